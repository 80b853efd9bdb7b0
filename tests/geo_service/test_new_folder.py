"""Folders made anew: the old one stays until the new one is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo_service.new_folder import new_folder


def test_the_new_folder_takes_the_place_of_the_old(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "built"
    for name in ("first", "second"):
        with new_folder(target) as making:
            (making / name).touch()
            assert [path.name for path in target.glob("*")] == (
                [] if name == "first" else ["first"]
            )
        assert [path.name for path in target.iterdir()] == [name]
    assert [path.name for path in target.parent.iterdir()] == ["built"]


def test_a_fault_leaves_the_old_folder(tmp_path: Path) -> None:
    target = tmp_path / "built"
    with new_folder(target) as making:
        (making / "whole").touch()

    def fail() -> None:
        with new_folder(target) as making:
            (making / "half").touch()
            raise OSError("plein")

    with pytest.raises(OSError, match="plein"):
        fail()
    assert [path.name for path in target.iterdir()] == ["whole"]
    assert [path.name for path in tmp_path.iterdir()] == ["built"]
