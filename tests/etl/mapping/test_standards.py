"""Each standard on its real file: which it is told to be, and an account of every row."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from etl.config import AtlasConfig
from etl.formats import open_table
from etl.mapping import library, reader
from etl.motifs import MOTIFS
from etl.readers import Context, Reading
from etl.signalements import EMAIL
from tests.etl.mapping.files import check_account
from tests.support import ROOT

#: Source of the atlas: rows, standard its headers tell, rows refused whatever their place.
FILES: dict[str, tuple[int, str | None, dict[str, int]]] = {
    "conseillers-numeriques-2022": (4_930, "mediation-numerique-ancien", {}),
    "data-inclusion-mednum-2023": (3_811, "mediation-numerique-ancien", {}),
    "data-inclusion-services-2022": (4_261, "data-inclusion-services", {"sans_service": 4_005}),
    "aidants-connect-2021": (3_407, "aidants-connect", {"doublon": 38}),
    "le-havre-mediation": (80, "mediation-numerique-ancien", {"identifiant_double": 1}),
    "antilles-mediation": (165, "mediation-numerique-ancien", {}),
    "gironde-mediation": (347, None, {"sans_service": 25}),
    "bourgogne-franche-comte-mediation": (697, None, {}),
    "france-services": (2_845, "france-services", {}),
}
#: Refusals of rows that nobody can place.
PLACE = {
    "sans_localisation",
    "point_hors_territoire",
    "commune_inconnue",
    "commune_partagee",
    "commune_ambigue",
    "nom_de_commune_inconnu",
}

pytestmark = pytest.mark.national


@pytest.fixture(scope="module")
def readings(shared_data: Path, national_context: Context) -> dict[str, list[Reading]]:
    """Every file, read in the order of the atlas."""
    config = AtlasConfig.load(ROOT / "atlas.toml")
    return {
        source.id: list(reader.read(shared_data / str(source.fichier), source, national_context))
        for source in config.sources
        if source.id in FILES
    }


def raw(shared_data: Path, name: str) -> Any:
    return json.loads((shared_data / "lieux" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_headers_tell_the_standard(name: str, shared_data: Path) -> None:
    path = shared_data / str(AtlasConfig.load(ROOT / "atlas.toml").source(name).fichier)
    found = library.recognise(open_table(path).columns)
    best = found[0].nom if found and found[0].recognised else None
    assert best == FILES[name][1]


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_accounted_for(name: str, readings: dict[str, list[Reading]]) -> None:
    rows, _, expected = FILES[name]
    said = check_account(readings[name], rows)
    refused = Counter(said.loc[said["gravite"] == "rejet", "motif"])
    assert {motif: n for motif, n in refused.items() if motif not in PLACE} == expected
    assert set(said["motif"]) <= set(MOTIFS)
    assert said["phrase"].str.strip().ne("").all()


def test_no_service_of_a_better_list_is_given(readings: dict[str, list[Reading]]) -> None:
    for name, found in readings.items():
        given = set(pd.concat([reading.lieux_services["service"] for reading in found]))
        assert "bibliotheque-publique" not in given
        assert ("france-services" in given) == (name == "france-services")


def test_no_personal_data_comes_through(
    readings: dict[str, list[Reading]], shared_data: Path
) -> None:
    emails = {row["courriel"] for row in raw(shared_data, "le-havre.json")} - {""}
    assert len(emails) == 50
    for reading in readings["le-havre-mediation"]:
        text = reading.lieux.drop(columns="geom").to_csv() + reading.signalements.to_csv()
        assert not any(email in text for email in emails)
    for found in readings.values():
        for reading in found:
            text = reading.lieux.drop(columns="geom").to_csv() + reading.signalements.to_csv()
            assert EMAIL.search(text) is None


def test_conseillers_against_the_file(
    readings: dict[str, list[Reading]], shared_data: Path
) -> None:
    (reading,) = readings["conseillers-numeriques-2022"]
    rows = {f"conseillers-numeriques-2022:{row['source']}:{row['id']}": row
            for row in raw(shared_data, "conseillers-numeriques-lieux-2022.json")}  # fmt: skip
    loaded = reading.lieux["id"]
    services = reading.lieux_services.groupby("service")["lieu"].agg(set)
    assert services["conseiller-numerique"] == set(loaded)
    aidants = {name for name in loaded if "Aidants Connect" in rows[name]["labels_nationaux"]}
    assert services["aidants-connect"] == aidants
    assert set(services.index) == {
        "conseiller-numerique",
        "aidants-connect",
        "ateliers-initiation-numerique",
    }
    # Only points are there to place them: each lieu is where the file says.
    exact = reading.lieux[reading.lieux["localisation"] == "point"]
    points = exact.geometry
    expected = pd.DataFrame([rows[name] for name in exact["id"]])
    assert points.x.tolist() == expected["longitude"].tolist()
    assert points.y.tolist() == expected["latitude"].tolist()
    assert len(exact) >= 4_850


def test_structures_get_the_services_tied_to_them(
    readings: dict[str, list[Reading]], shared_data: Path
) -> None:
    (reading,) = readings["data-inclusion-services-2022"]
    assert reading.lieux.empty
    rows = raw(shared_data, "data-inclusion-services.json")
    numeric = [row for row in rows if any(t.startswith("numerique--") for t in row["thematiques"])]
    loaded = {
        name for found in readings["data-inclusion-mednum-2023"] for name in found.lieux["id"]
    }
    parents = {
        f"data-inclusion-mednum-2023:{row['source']}:{row['structure_id']}" for row in numeric
    }
    assert reading.lignes_chargees == len(numeric) == 256
    assert set(reading.lieux_services["lieu"]) <= parents & loaded
    before = pd.concat([found.lieux_services for found in readings["data-inclusion-mednum-2023"]])
    both = pd.concat([before, reading.lieux_services])
    assert not both.duplicated().any()


def test_gironde_reads_its_axes_the_right_way(readings: dict[str, list[Reading]]) -> None:
    (reading,) = readings["gironde-mediation"]
    exact = reading.lieux[reading.lieux["localisation"] == "point"]
    assert exact["commune"].str.startswith("33").all()
    assert len(exact) == len(reading.lieux) == 322
    assert "axes_inverses" not in set(reading.signalements["motif"])


def test_bourgogne_has_hours_by_half_day(
    readings: dict[str, list[Reading]], shared_data: Path
) -> None:
    (reading,) = readings["bourgogne-franche-comte-mediation"]
    by_id = reading.lieux.set_index("id")["horaires"].str.replace("\u00a0", " ")
    assert by_id["bourgogne-franche-comte-mediation:mednumBFC_TL_7_"] == (
        "Lundi au jeudi : 9 h – 17 h ; vendredi : 9 h – 15 h 30"
    )
    table = pd.read_csv(
        shared_data / "lieux" / "mednum-bourgogne-franche-comte-2021.csv",
        dtype="str",
        keep_default_na=False,
    )
    halves = table.filter(regex="matin|midi").replace({"-": "", "x": "", "X": ""})
    opened = int((halves != "").any(axis=1).sum())
    unread = int((reading.signalements["motif"] == "horaires_illisibles").sum())
    assert by_id.notna().sum() == opened - unread
    assert unread <= 12
