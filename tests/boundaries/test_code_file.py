from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaries.code_file import COLUMNS, Summary, resolve_file
from boundaries.errors import BoundariesError
from boundaries.history import History
from tests.boundaries.movements import row

HISTORY = History(
    {"01001": "L'Abergement; et Cie", "35238": "Rennes", "2A004": "Ajaccio", "08203": "Guignicourt",
     "08454": "Touligny"},
    [("75101", "75056", "arrondissement")],
    [
        row("41", "1976-01-01", "20004", "2A004"),
        row("30", "1968-03-02", "08227", "08203"),
        row("30", "1968-03-02", "08227", "08454"),
        row("30", "1968-03-02", "08203", "08203"),
        row("30", "1968-03-02", "08454", "08454"),
    ],
    2026,
)  # fmt: skip


def run(
    folder: Path, content: str | bytes, separator: str = ",", **options: str
) -> tuple[list[list[str]], Summary]:
    path = folder / "codes.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    target = io.StringIO(newline="")
    summary = resolve_file(path, target, HISTORY, **options)  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(target.getvalue()), delimiter=separator)), summary


def test_each_row_gets_its_commune_and_why(tmp_path: Path) -> None:
    rows, summary = run(
        tmp_path,
        'nom;code_insee\n"A; ""b""\nc";20004\nB;1001\nC;08227\nD;99999\nE\n\nF;99999\n',
        ";",
    )
    assert rows[0] == ["nom", "code_insee", *COLUMNS]
    answers = [dict(zip(rows[0], one, strict=True)) for one in rows[1:]]
    assert [one["cog_statut"] for one in answers] == [
        *("resolu", "actuel", "partage", "inconnu", "inconnu", "inconnu"),
    ]
    assert answers[0]["nom"] == 'A; "b"\nc'
    assert (answers[0]["cog_code"], answers[0]["cog_nom"]) == ("2A004", "Ajaccio")
    assert "1er janvier 1976" in answers[0]["cog_motif"]
    assert answers[1]["cog_nom"] == "L'Abergement; et Cie"
    assert "pour un nombre" in answers[1]["cog_avertissement"]
    assert answers[2]["cog_candidats"] == "08203 Guignicourt / 08454 Touligny"
    assert "choisissez" in answers[2]["cog_motif"]
    assert summary.colonne == "code_insee"
    assert summary.lignes == 6
    assert summary.statuts == {"resolu": 1, "actuel": 1, "partage": 1, "inconnu": 3}
    assert summary.inconnus == {"99999": 2, "": 1}
    assert summary.partages == {"08227": 1}
    assert summary.avertissements == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["35238", "20004", "08227", "0", "", "1001"]),
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
        ),
        min_size=1,
    ),
    st.sampled_from(",;\t|"),
)
def test_the_rows_are_given_back_as_they_are(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[str, str]], separator: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(["insee", "texte"])
    writer.writerows(values)
    rows, summary = run(tmp_path_factory.mktemp("csv"), text.getvalue(), separator)
    assert [tuple(one[:2]) for one in rows[1:]] == values
    assert summary.lignes == len(values)
    for (code, _), one in zip(values, rows[1:], strict=True):
        assert one[4] == HISTORY.resolve(code).statut


@pytest.mark.parametrize(
    ("content", "column"),
    [
        ("Code INSEE,code\n35238,x\n", "Code INSEE"),
        ("cp,lieu\n35238,35238\n", "lieu"),
        ("nom,lieu\n35000,35238\nx,20004\n", "lieu"),
        ("code_postal,CODGEO\n35238,20004\n", "CODGEO"),
        ("35238\n20004\n", "code"),
        ("x;35238\ny;20004\n", "colonne_2"),
        ("\ufeffinsee\n35238\n", "insee"),
    ],
)
def test_the_column_of_codes_is_found(tmp_path: Path, content: str, column: str) -> None:
    rows, summary = run(tmp_path, content, ";" if ";" in content else ",")
    assert summary.colonne == column
    assert all(one[rows[0].index("cog_statut")] in {"actuel", "resolu"} for one in rows[1:])


def test_a_column_and_an_encoding_may_be_named(tmp_path: Path) -> None:
    content = "commune,insee,autre\nVendôme,35238,20004\n".encode("cp1252")
    rows, summary = run(tmp_path, content, column="autre", encoding="cp1252")
    assert summary.colonne == "autre"
    assert rows[1][:4] == ["Vendôme", "35238", "20004", "2A004"]


def test_the_date_is_that_of_the_data(tmp_path: Path) -> None:
    _, summary = run(tmp_path, "insee\n2A004\n", date="1960-01-01")
    assert summary.avertissements == 1


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"", {}, "est vide"),
        (b"\n\n", {}, "est vide"),
        (b"insee,nom\n35238,Rennes\n35238,Vend\xf4me\n", {}, r"ligne 3, colonne « nom ».*cp1252"),
        ("insee\n35238\n".encode("utf-16"), {}, "UTF-16"),
        (b"insee\n35238\n", {"encoding": "latin-99"}, "« latin-99 » n’existe pas"),
        (b"insee,nom\n35238,a,b\n", {}, "ligne 2 : 3 valeurs.*la première ligne en a 2"),
        (b'insee\n"35238\n', {}, "coupé ou mal formé"),
        (
            b"insee,nom\n35238,x\n",
            {"column": "code"},
            "pas de colonne « code ».*« insee », « nom »",
        ),
        (b"a,b\nx,y\n", {}, "avec --colonne.*« a », « b »"),
        (b"a,b\n35238,35238\n", {}, "avec --colonne"),
        (b"insee,cog_nom\n35238,x\n", {}, "déjà la ou les colonnes cog_nom"),
    ],
)
def test_bad_files_are_told(
    tmp_path: Path, content: bytes, options: dict[str, str], said: str
) -> None:
    with pytest.raises(BoundariesError, match=said) as caught:
        run(tmp_path, content, **options)
    assert "codes.csv" in str(caught.value) or "latin-99" in str(caught.value)


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BoundariesError, match="ne peut pas être lu"):
        resolve_file(tmp_path / "rien.csv", io.StringIO(), HISTORY)
