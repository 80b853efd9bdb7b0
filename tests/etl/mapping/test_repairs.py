"""Each repair, told with its reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from etl.mapping import repairs
from etl.mapping.repairs import Column
from etl.signalements import Signalements


def column(*texts: str) -> Column:
    values = pd.Series(texts, dtype="str")
    return Column(values, pd.Series(range(1, len(texts) + 1)), "colonne")


def said(signalements: Signalements) -> dict[int, list[str]]:
    frame = signalements.frame()
    return {int(ligne): sorted(rows["motif"]) for ligne, rows in frame.groupby("ligne")}


def listed(series: pd.Series) -> list[Any]:
    return series.astype("object").where(series.notna(), None).tolist()


def test_words_for_nothing() -> None:
    signalements = Signalements()
    texts = ["#Invalid Ref", "#REF!", "N/A", "None", "null", "#N/A", "  Nantes\u200b ", "@",
             "Nan-sous-Thil", "É\ufffdcole"]  # fmt: skip
    done = repairs.tidy(pd.DataFrame({"a": texts}), pd.Series(range(1, 11)), ["@"], signalements)
    assert done["a"].tolist() == [
        "",
        "",
        "",
        "",
        "",
        "",
        "Nantes",
        "",
        "Nan-sous-Thil",
        "É\ufffdcole",
    ]
    assert said(signalements) == {
        **{line: ["valeur_vide"] for line in range(1, 7)},
        10: ["caracteres_perdus"],
    }


def test_numbers_of_french_people() -> None:
    signalements = Signalements()
    given = column("3\u202f913,5", "1 000", "46.05", "46,05", "-.5", "", "douze", "1e999", "1'200")
    assert listed(repairs.decimals(given, signalements)) == [
        3913.5, 1000.0, 46.05, 46.05, -0.5, None, None, None, 1200.0,
    ]  # fmt: skip
    assert said(signalements) == {
        **{line: ["nombre_corrige"] for line in (1, 2, 4, 9)},
        7: ["nombre_invalide"],
        8: ["nombre_invalide"],
    }


def test_codes_with_a_lost_zero() -> None:
    signalements = Signalements()
    postcodes = column("2820", "33000.0", "75 001", "9300A", "", "97200")
    assert listed(repairs.codes(postcodes, signalements, postcodes=True)) == [
        "02820", "33000", "75001", "", "", "97200",
    ]  # fmt: skip
    assert said(signalements) == {1: ["zero_perdu"], 4: ["code_postal_invalide"]}
    codes = repairs.codes(column("1001.0", "2a004"), Signalements(), postcodes=False)
    assert listed(codes) == ["1001", "2A004"]


def test_sirets() -> None:
    signalements = Signalements()
    given = column(
        "22\u202f740\u202f001\u202f700\u202f074", "22740001700074", "00000000000000", "1", "",
        "22740001700075", "35600000049837",
    )  # fmt: skip
    assert listed(repairs.sirets(given, signalements)) == [
        "22740001700074", "22740001700074", None, None, None, None, "35600000049837",
    ]  # fmt: skip
    assert said(signalements) == {
        1: ["siret_corrige"],
        **{line: ["siret_invalide"] for line in (3, 4, 6)},
    }


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2022-06-16", dt.date(2022, 6, 16)),
        ("15/03/2021", dt.date(2021, 3, 15)),
        ("15-03-2021", dt.date(2021, 3, 15)),
        ("15.03.21", None),
        ("15/03/21", dt.date(2021, 3, 15)),
        ("20210315", dt.date(2021, 3, 15)),
        ("2022-06-16T08:30:00Z", dt.date(2022, 6, 16)),
        ("2022-06-16 08:30:00+02:00", dt.date(2022, 6, 16)),
        ("31/02/2021", None),
        ("15/03/2052", None),
        ("15/03/1852", None),
        ("hier", None),
    ],
)
def test_dates_in_several_forms(text: str, day: dt.date | None) -> None:
    signalements = Signalements()
    found = repairs.dates(column(text), [], dt.date(2025, 1, 1), signalements)
    assert listed(found) == [day]
    assert said(signalements) == ({} if day else {1: ["date_invalide"]})


def test_a_declared_form_wins() -> None:
    found = repairs.dates(column("03/04/2021"), ["%m/%d/%Y"], dt.date(2025, 1, 1), Signalements())
    assert listed(found) == [dt.date(2021, 3, 4)]


def test_phones() -> None:
    signalements = Signalements()
    given = column(
        "+33 5 57 65 75 39", "+596596780040", "596596625256", "556678066",
        "05 56 67 80 66 / 06 00 00 00 00", "3949", "054088085", "0033(0)556678066",
    )  # fmt: skip
    assert listed(repairs.phones(given, signalements)) == [
        "05 57 65 75 39", "05 96 78 00 40", "05 96 62 52 56", "05 56 67 80 66", "05 56 67 80 66",
        "39 49", None, "05 56 67 80 66",
    ]  # fmt: skip
    assert said(signalements) == {7: ["telephone_invalide"]}


def test_sites() -> None:
    signalements = Signalements()
    given = column(
        "abracodabra.fr", "https://a.fr/|https://b.fr/", "lieu@exemple.fr", "",
        "https://rdv.fr/jeanne@exemple.fr/prendre",
    )  # fmt: skip
    assert listed(repairs.urls(given, signalements)) == [
        "http://abracodabra.fr", "https://a.fr/", None, None, None,
    ]  # fmt: skip
    assert said(signalements) == {
        1: ["adresse_web_corrigee"],
        3: ["adresse_web_invalide"],
        5: ["donnee_personnelle"],
    }
    assert "exemple.fr" not in signalements.frame().to_csv()
