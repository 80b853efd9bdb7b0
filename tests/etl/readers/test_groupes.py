"""Groupes: every member accounted for, whatever its code, and the real programmes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from boundaries.build import Territories
from etl.config import AtlasConfig
from etl.errors import EtlError
from etl.readers import Context
from etl.readers.groupes import Groupes, gather, read
from tests.etl import small_atlas
from tests.support import ROOT

HEADER = "groupe_code,groupe_nom,membre_code"
MEMBERS = pd.DataFrame(
    [
        *(("commune", code, code) for code in small_atlas.SQUARES),
        ("epci", "200000001", "01001"),
        ("epci", "200000001", "01002"),
    ],
    columns=["niveau", "code", "commune"],
)


def read_text(tmp_path: Path, text: str | bytes, name: str = "groupes.csv") -> Groupes:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    source = small_atlas.source("groupes", role="groupes", id="essai", nom="Mon essai")
    return read(path, source, small_atlas.context(), MEMBERS)


def read_rows(tmp_path: Path, *rows: str) -> Groupes:
    return read_text(tmp_path, "\n".join([HEADER, *rows]))


def features(*properties: dict[str, Any] | None) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": item, "geometry": None} for item in properties
            ],
        }
    )


def members(found: Groupes) -> dict[str, list[str]]:
    return {str(code): list(mine) for code, mine in found.membres.groupby("groupe")["commune"]}


def reasons(found: Groupes) -> list[tuple[int, str]]:
    frame = found.reading.signalements
    return list(zip(frame["ligne"], frame["motif"], strict=True))


def test_a_code_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    found = read_rows(tmp_path, f"{'x' * 300},Long,01001", "b,B,75056")
    assert members(found) == {"b": ["75056"]}
    assert reasons(found) == [(1, "identifiant_trop_long")]


def test_communes_and_epcis_of_a_csv(tmp_path: Path) -> None:
    found = read_rows(tmp_path, "petr-ain,PETR de l'Ain,200000001", "petr-ain,,01003", "b,B,75056")
    assert members(found) == {"petr-ain": ["01001", "01002", "01003"], "b": ["75056"]}
    assert found.groupes.to_dict("records") == [
        {"code": "petr-ain", "nom": "PETR de l'Ain", "nature": None},
        {"code": "b", "nom": "B", "nature": None},
    ]
    assert reasons(found) == []
    assert (found.reading.lignes_lues, found.reading.lignes_chargees) == (3, 3)


def test_a_french_spreadsheet_writes_semicolons(tmp_path: Path) -> None:
    text = "\ufeffgroupe_code;groupe_nom;membre_code\r\nScot Ain;SCoT, de l'Ain;200 000 001\r\n"
    found = read_text(tmp_path, text)
    assert members(found) == {"scot-ain": ["01001", "01002"]}
    assert found.groupes["nom"].tolist() == ["SCoT, de l'Ain"]


def test_codes_of_any_year_and_without_their_zero(tmp_path: Path) -> None:
    found = read_rows(tmp_path, "g,G,01010", "g,G,1003", "g,G,75101")
    assert members(found) == {"g": ["01001", "01003", "75056"]}
    assert reasons(found) == [(1, "code_ancien"), (2, "zero_perdu"), (3, "code_ancien")]
    assert found.reading.lignes_reparees == 3


def test_each_refused_row_has_its_reason(tmp_path: Path) -> None:
    found = read_rows(tmp_path, "g,G,99999", "g,G,999999999", ",G,01001", "g,G,", "g,H,01001")
    assert members(found) == {"g": ["01001"]}
    assert reasons(found) == [
        (1, "membre_inconnu"),
        (2, "membre_inconnu"),
        (3, "identifiant_absent"),
        (4, "membre_inconnu"),
        (5, "groupe_renomme"),
    ]
    counts = found.reading
    assert (counts.lignes_lues, counts.lignes_chargees, counts.lignes_rejetees) == (5, 1, 4)
    assert "« H » ici, et « G » plus haut" in counts.signalements["phrase"].iloc[-1]


def test_a_groupe_without_member_or_name(tmp_path: Path) -> None:
    found = read_rows(tmp_path, "vide,Vide,99999", "muet,,01001")
    assert found.groupes["code"].tolist() == ["muet"]
    assert found.groupes["nom"].tolist() == ["muet"]
    assert (2, "nom_absent") in reasons(found)


def test_a_programme_is_one_groupe(tmp_path: Path) -> None:
    found = read_text(
        tmp_path,
        features(
            {"liste_geo": "Amareins (01001); Le Bourg (Ville) (01002)"},
            {"liste_geo": "Les Ormes (01003);  Nulle part (99999)"},
            {"liste_geo": "Saint-Denis (97411); sans code"},
            {"liste_geo": "Nulle part (99999); Ailleurs (99998)"},
            {"liste_geo": None},
            {"liste_geo": "L'Isle (2001)"},
        ),
        "programme.geojson",
    )
    assert members(found) == {"essai": ["01001", "01002", "01003", "97411"]}
    assert found.groupes.to_dict("records") == [
        {"code": "essai", "nom": "Mon essai", "nature": "programme"}
    ]
    assert reasons(found) == [
        (2, "membre_ignore"),
        (3, "membre_ignore"),
        (4, "membre_inconnu"),
        (5, "membre_inconnu"),
        (6, "membre_inconnu"),
    ]
    assert (found.reading.lignes_lues, found.reading.lignes_rejetees) == (6, 3)


def test_properties_may_be_the_columns(tmp_path: Path) -> None:
    rows = [
        {"groupe_code": 12, "groupe_nom": "Douze", "membre_code": code}
        for code in ("01001", "200000001")
    ]
    found = read_text(tmp_path, features(*rows), "groupes.json")
    assert members(found) == {"12": ["01001", "01002"]}


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("a,b\n1,2\n", "g.csv", ["g.csv", "groupe_code, groupe_nom, membre_code"]),
        (f"{HEADER}\n", "g.csv", ["0 lignes lues"]),
        (f"{HEADER}\ng,Pré,01001".encode("latin-1"), "g.csv", ["g.csv", "UTF-8"]),
        (features(), "g.geojson", ["g.geojson", "vide"]),
        (features(None, {"nom": "x"}), "g.geojson", ["liste_geo", "membre_code", "trouvés : nom"]),
        ("{", "g.geojson", ["g.geojson", "GeoJSON correct"]),
        ("[]", "g.geojson", ["features"]),
        (features({"liste_geo": "é"}).encode() + b"\xe9", "g.geojson", ["UTF-8"]),
    ],
    ids=["columns", "empty", "encoding", "no-feature", "fields", "cut", "list", "mixed"],
)
def test_a_file_of_another_shape_is_refused(
    text: str | bytes, name: str, expected: Sequence[str], tmp_path: Path
) -> None:
    with pytest.raises(EtlError) as refusal:
        read_text(tmp_path, text, name)
    for part in expected:
        assert part in str(refusal.value)


def test_two_sources_may_not_name_the_same_groupe(tmp_path: Path) -> None:
    found = read_rows(tmp_path, "g,G,01001")
    source = small_atlas.source("groupes", role="groupes")
    groupes, membres = gather([(source, found)])
    assert (len(groupes), len(membres)) == (1, 1)
    with pytest.raises(EtlError, match="« g »"):
        gather([(source, found), (source, found)])
    assert gather([])[0].columns.tolist() == ["code", "nom", "nature"]


@pytest.mark.national
@pytest.mark.parametrize(
    ("identifier", "least"),
    [
        ("action-coeur-de-ville", 240),
        ("petites-villes-de-demain", 1500),
        ("villages-d-avenir", 2300),
        ("fabriques-de-territoire", 250),
        ("cites-educatives", 180),
    ],
)
def test_the_real_programmes(
    identifier: str,
    least: int,
    shared_data: Path,
    national_context: Context,
    national_territories: Territories,
) -> None:
    context = national_context
    source = AtlasConfig.load(ROOT / "atlas.toml").source(identifier)
    assert source.fichier is not None
    path = shared_data / source.fichier
    found = read(path, source, context, national_territories.appartenances)
    raw = json.loads(path.read_text())["features"]
    assert found.reading.lignes_lues == len(raw)
    assert found.groupes["code"].tolist() == [identifier]
    assert len(found.membres) >= least
    # A quarter of a city, or a row nobody can read, is rare: nearly every code is a commune's.
    assert found.reading.lignes_rejetees <= 1
    codes = {feature["properties"]["liste_geo"][-6:-1] for feature in raw} & context.codes[
        "commune"
    ]
    assert codes <= set(found.membres["commune"])
