"""The mapping of a source decides the publication's id as the source's file does."""

from __future__ import annotations

from pathlib import Path

from geo_service.inputs import mapping_fingerprint
from tests.etl import small_atlas


def test_what_a_mapping_says_is_part_of_the_inputs(tmp_path: Path) -> None:
    toml = tmp_path / "lieux.toml"
    source = small_atlas.source("correspondance", correspondance=str(toml))
    toml.write_text("titre = 'un'")
    first = mapping_fingerprint(source)
    moved = tmp_path / "ailleurs.toml"
    moved.write_text("titre = 'un'")
    elsewhere = small_atlas.source("correspondance", correspondance=str(moved))
    assert mapping_fingerprint(elsewhere) == first
    toml.write_text("titre = 'deux'")
    assert mapping_fingerprint(source) != first


def test_a_standard_is_named_and_is_part_of_the_code() -> None:
    named = small_atlas.source("correspondance", correspondance="scdl-equipements")
    assert mapping_fingerprint(named) == "scdl-equipements"
    assert mapping_fingerprint(small_atlas.source("mairies")) is None
