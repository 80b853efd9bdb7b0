"""Results of the label in the atlas's own format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from etl.errors import EtlError
from etl.readers import READERS, Context, Reading
from etl.templates import LABELS
from tests.etl import small_atlas

ROW = {"annee": "2024", "niveau": "commune", "code": "01001", "arobases": "3"}


def read(path: Path, context: Context, *rows: Mapping[str, str], **settings: object) -> Reading:
    path = path / "labels.csv"
    path.write_text(small_atlas.csv_text(LABELS.names, rows), encoding="utf-8")
    source = small_atlas.source("labels", role="labels", **settings)
    (reading,) = READERS["labels"](path, source, context)
    return reading


def test_labels_are_read(tmp_path: Path, small_context: Context) -> None:
    reading = read(
        tmp_path,
        small_context,
        {**ROW, "arobase_verte": "Oui", "mentions": "Inclusion | Coopération"},
        {**ROW, "annee": "2023", "code": "1001", "arobases": "2"},
        {**ROW, "niveau": "Intercommunalité", "code": "200000001", "arobases": "5"},
    )
    assert reading.labels.to_numpy().tolist() == [
        ["commune", "01001", 2024, 3, True, ["Inclusion", "Coopération"]],
        ["commune", "01001", 2023, 2, False, []],
        ["epci", "200000001", 2024, 5, False, []],
    ]
    assert reading.lignes_reparees == 1


@pytest.mark.parametrize(
    ("change", "motif"),
    [
        ({"annee": "1998"}, "nombre_hors_bornes"),
        ({"annee": "2026"}, "nombre_hors_bornes"),
        ({"arobases": "6"}, "nombre_hors_bornes"),
        ({"arobases": "2,5"}, "nombre_hors_bornes"),
        ({"arobases": ""}, "valeur_obligatoire_absente"),
        ({"code": "99999"}, "porteur_inconnu"),
        ({"code": "01010"}, "identifiant_double"),
    ],
)
def test_impossible_labels_are_refused(
    tmp_path: Path, small_context: Context, change: dict[str, str], motif: str
) -> None:
    reading = read(tmp_path, small_context, ROW, {**ROW, **change})
    assert (reading.lignes_chargees, reading.lignes_rejetees) == (1, 1)
    rejected = reading.signalements[reading.signalements["gravite"] == "rejet"]
    assert rejected[["ligne", "motif"]].to_numpy().tolist() == [[2, motif]]


def test_a_word_that_is_neither_yes_nor_no_is_told(tmp_path: Path, small_context: Context) -> None:
    reading = read(tmp_path, small_context, {**ROW, "arobase_verte": "peut-être"})
    assert list(reading.labels["arobase_verte"]) == [False]
    assert list(reading.signalements["motif"]) == ["valeur_inconnue"]


def test_a_label_is_exhaustive_for_no_service(tmp_path: Path, small_context: Context) -> None:
    with pytest.raises(EtlError, match="ne peut pas être exhaustive"):
        read(tmp_path, small_context, ROW, exhaustive=["site-internet-commune"])
