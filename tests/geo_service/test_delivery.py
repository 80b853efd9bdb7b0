"""Which brotli tiles are kept when archives are delivered."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from etl import publication
from geo_service import delivery
from geo_service.delivery import Delivery
from tiles.store import FolderStore


@pytest.mark.parametrize(("active", "taken"), [("avant", "avant"), ("moi", None), (None, None)])
def test_a_publication_repaired_takes_no_tile_from_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, active: str | None, taken: str | None
) -> None:
    """What is beside a damaged archive may be damaged too."""
    known = [SimpleNamespace(id=name, active=name == active) for name in ("moi", "avant")]
    asked: list[Path | None] = []
    monkeypatch.setattr(publication, "list_publications", lambda _conn: known)
    monkeypatch.setattr(delivery, "pack", lambda _path, before: asked.append(before))
    (tmp_path / "moi").mkdir()
    (tmp_path / "moi" / "lieux.pmtiles").touch()
    made = Delivery(FolderStore(tmp_path), tmp_path, brotli=True)
    made.deliver(cast("Any", None), "moi", ["lieux"])
    assert asked == [None if taken is None else tmp_path / taken / "lieux.pmtiles"]
