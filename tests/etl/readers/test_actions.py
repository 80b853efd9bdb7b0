"""Actions in the atlas's own format."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import EtlError
from etl.identifiers import LONGEST_ID, LONGEST_ROW_ID
from etl.readers import READERS, Context, Reading
from etl.templates import ACTIONS, TEMPLATES, as_csv
from tests.etl import small_atlas

SITE = "site-internet-commune"
BUDGET = "budget-participatif"
ROW = {
    "id": "1",
    "titre": "Un site",
    "porteur_niveau": "commune",
    "porteur_code": "01001",
    "services": SITE,
}


def read(path: Path, context: Context, *rows: Mapping[str, str], **settings: object) -> Reading:
    """Read rows, those of a file in one part."""
    columns = settings.pop("columns", ACTIONS.names)
    path = path / "actions.csv"
    path.write_text(small_atlas.csv_text(columns, rows), encoding="utf-8")  # type: ignore[arg-type]
    source = small_atlas.source("actions", role="actions", **settings)
    (reading,) = READERS["actions"](path, source, context)
    return reading


def reasons(reading: Reading) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for ligne, motif in reading.signalements[["ligne", "motif"]].itertuples(index=False):
        found.setdefault(motif, []).append(ligne)
    return found


def test_a_full_row_is_read_as_it_is(tmp_path: Path, small_context: Context) -> None:
    reading = read(
        tmp_path,
        small_context,
        {
            **ROW,
            "id": "a",
            "titre": "Budget des Squares",
            "description": "On vote.",
            "url": "https://squares.exemple/budget",
            "porteur_niveau": "EPCI",
            "porteur_code": "200000001",
            "services": f"{BUDGET} | {SITE}",
            "type": "projet",
            "statut": "En cours",
            "date_debut": "2025-01-31",
            "date_fin": "1/2/2026",
            "acteurs": "Coopérative (732 829 320)|Les Amis du Net",
            "points": "46.05,5.05 | 46.05 ; 5.15",
        },
    )
    (action,) = reading.actions.to_dict("records")
    assert action["id"] == "actions:a"
    assert (action["porteur_niveau"], action["porteur_code"]) == ("epci", "200000001")
    assert (action["type"], action["statut"]) == ("projet", "en_cours")
    assert action["date_debut"].date() == dt.date(2025, 1, 31)
    assert action["date_fin"].date() == dt.date(2026, 2, 1)
    assert set(reading.actions_services["service"]) == {BUDGET, SITE}
    assert reading.actions_points[["rang", "commune"]].to_numpy().tolist() == [
        [1, "01001"],
        [2, "01002"],
    ]
    assert reading.acteurs[["id", "nom", "siren"]].fillna("").to_numpy().tolist() == [
        ["732829320", "Coopérative", "732829320"],
        ["les-amis-du-net", "Les Amis du Net", ""],
    ]
    assert len(reading.actions_acteurs) == 2
    assert reading.signalements.empty


def test_columns_not_given_are_empty_and_the_type_is_a_project(
    tmp_path: Path, small_context: Context
) -> None:
    reading = read(tmp_path, small_context, ROW, columns=tuple(ROW))
    (action,) = reading.actions.to_dict("records")
    assert action["type"] == "projet"
    assert pd.isna(action["statut"])
    assert reading.actions_points.empty
    assert reading.acteurs.empty


@pytest.mark.parametrize(
    ("change", "motif"),
    [
        ({"titre": ""}, "valeur_obligatoire_absente"),
        ({"id": ""}, "valeur_obligatoire_absente"),
        ({"porteur_niveau": "canton"}, "niveau_inconnu"),
        ({"porteur_code": "99999"}, "porteur_inconnu"),
        ({"services": "rien|autre"}, "vocabulaire_inconnu"),
        ({"titre": "Essai (exemple fictif)"}, "exemple_fictif"),
    ],
)
def test_rows_that_cannot_be_used_are_refused_with_their_reason(
    tmp_path: Path, small_context: Context, change: dict[str, str], motif: str
) -> None:
    reading = read(tmp_path, small_context, ROW, {**ROW, "id": "2", **change})
    assert (reading.lignes_lues, reading.lignes_chargees, reading.lignes_rejetees) == (2, 1, 1)
    assert reasons(reading) == {motif: [2]}
    (phrase,) = reading.signalements["phrase"]
    assert phrase.endswith(".")


@pytest.mark.parametrize(
    ("change", "motif"),
    [
        ({"services": f"{SITE}|rien"}, "service_inconnu"),
        ({"statut": "bientôt"}, "valeur_inconnue"),
        ({"date_debut": "31/02/2025"}, "date_invalide"),
        ({"date_debut": "2025"}, "date_invalide"),
        ({"date_debut": "2025-02-02", "date_fin": "2025-01-01"}, "dates_inversees"),
        ({"porteur_code": "1001"}, "zero_perdu"),
        ({"porteur_code": "01010"}, "code_ancien"),
        ({"points": "0,0"}, "point_invalide"),
        ({"points": "5.05,46.05"}, "point_invalide"),
        ({"points": "ici"}, "point_invalide"),
        ({"acteurs": "Coopérative (732829321)"}, "siren_invalide"),
        ({"acteurs": "Mme Michu|Coopérative"}, "donnee_personnelle"),
        ({"description": "Écrire à michu@exemple.fr"}, "donnee_personnelle"),
        ({"url": "javascript:alert(1)"}, "adresse_web_invalide"),
    ],
)
def test_rows_with_a_fault_are_kept_and_the_fault_is_told(
    tmp_path: Path, small_context: Context, change: dict[str, str], motif: str
) -> None:
    reading = read(tmp_path, small_context, {**ROW, **change})
    assert (reading.lignes_chargees, reading.lignes_rejetees) == (1, 0)
    assert reasons(reading) == {motif: [1]}
    assert "michu" not in reading.actions.to_csv().lower() + reading.acteurs.to_csv().lower()


def test_dates_the_wrong_way_round_are_exchanged(tmp_path: Path, small_context: Context) -> None:
    row = {**ROW, "date_debut": "2025-02-02", "date_fin": "2025-01-01"}
    (action,) = read(tmp_path, small_context, row).actions.to_dict("records")
    assert (action["date_debut"].month, action["date_fin"].month) == (1, 2)


def test_an_identifier_is_taken_once_even_parts_away(
    tmp_path: Path, small_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.readers.own_format.ROWS", 2)
    rows = [{**ROW, "id": name} for name in ("a", "b", "c", "a", "c", "d")]
    path = tmp_path / "actions.csv"
    path.write_text(small_atlas.csv_text(ACTIONS.names, rows), encoding="utf-8")
    source = small_atlas.source("actions", role="actions", exhaustive=[SITE])
    parts = list(READERS["actions"](path, source, small_context))
    assert [part.lignes_lues for part in parts] == [2, 2, 2]
    assert [list(part.actions["id"]) for part in parts] == [
        ["actions:a", "actions:b"],
        ["actions:c"],
        ["actions:d"],
    ]
    assert [reasons(part) for part in parts[1:]] == [
        {"identifiant_double": [4]},
        {"identifiant_double": [5]},
    ]
    # The communes of an exhaustive source are given once.
    assert [part.exhaustivites.empty for part in parts] == [False, True, True]


def test_identifiers_beyond_all_measure(tmp_path: Path, small_context: Context) -> None:
    """The row of one is refused; an organisation is kept, known by a shorter key."""
    name = "Association " + "x" * 5_000
    reading = read(
        tmp_path,
        small_context,
        {**ROW, "id": "x" * (LONGEST_ROW_ID + 1)},
        {**ROW, "id": "y" * LONGEST_ROW_ID, "acteurs": f"{name}|{name}y"},
    )
    assert reasons(reading) == {"identifiant_trop_long": [1]}
    (identifier,) = reading.actions["id"]
    assert len(identifier) < LONGEST_ID
    assert reading.acteurs["nom"].tolist() == [name, f"{name}y"]
    assert reading.acteurs["id"].nunique() == 2
    assert reading.acteurs["id"].str.len().max() <= LONGEST_ROW_ID


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("id", "titre"), "il manque la ou les colonnes : porteur_niveau"),
        ((*ROW, "couleur"), "colonnes inconnues : couleur"),
        ((*ROW, "TITRE "), "colonnes données deux fois : titre"),
    ],
)
def test_another_file_is_refused_naming_its_columns(
    tmp_path: Path, small_context: Context, columns: tuple[str, ...], words: str
) -> None:
    with pytest.raises(EtlError, match=words):
        read(tmp_path, small_context, ROW, columns=columns)


def test_an_unknown_exhaustive_service_is_told(tmp_path: Path, small_context: Context) -> None:
    with pytest.raises(EtlError, match="n'est pas un service du référentiel"):
        read(tmp_path, small_context, ROW, exhaustive=["rien"])


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
VALUES = {
    "porteur_niveau": st.sampled_from(["commune", "epci", "Région", "canton", ""]),
    "porteur_code": st.sampled_from(["01001", "1001", "01990", "200000001", "84", "x", ""]),
    "services": st.sampled_from([SITE, f"{SITE}|{BUDGET}", "rien", "|", ""]),
    "date_debut": st.sampled_from(["2025-01-01", "1/1/2024", "31/31/2024", "hier", ""]),
    "date_fin": st.sampled_from(["2024-06-06", "2026-01-01", ""]),
    "points": st.sampled_from(["46.05,5.05", "0 0", "46.05,5.05|1,1|x", ""]),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: VALUES.get(name, CELLS) for name in ACTIONS.names}),
    min_size=1,
    max_size=6,
)


@given(rows=ROWS)
def test_no_row_is_ever_unaccounted_for(
    tmp_path_factory: pytest.TempPathFactory, small_context: Context, rows: list[dict[str, str]]
) -> None:
    reading = read(tmp_path_factory.mktemp("lignes"), small_context, *rows)
    assert reading.lignes_lues == reading.lignes_chargees + reading.lignes_rejetees
    ids = set(reading.actions["id"])
    assert len(ids) == len(reading.actions) == reading.lignes_chargees
    assert set(reading.actions_services["action"]) == ids
    assert set(reading.actions_points["action"]) <= ids
    assert set(reading.actions_acteurs["acteur"]) == set(reading.acteurs["id"])


@pytest.mark.parametrize("code", TEMPLATES)
def test_a_template_is_read_and_its_examples_are_refused(
    tmp_path: Path, small_context: Context, code: str
) -> None:
    template = TEMPLATES[code]
    path = tmp_path / "modele.csv"
    path.write_bytes(as_csv(template, examples=True))
    source = small_atlas.source(code, role=code)
    (reading,) = READERS[code](path, source, small_context)
    assert reading.lignes_lues == reading.lignes_rejetees == len(template.colonnes[0].exemples)
    assert set(reading.signalements["motif"]) == {"exemple_fictif"}
    empty = as_csv(template, examples=False).decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(empty), delimiter=";")) == list(template.names)
    assert len(empty.splitlines()) == 1
