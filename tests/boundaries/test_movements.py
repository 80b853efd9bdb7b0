"""INSEE's file of changes: its reading, and the whole of it resolved."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import orjson
import pandas as pd
import pytest

from boundaries.cog import Cog
from boundaries.errors import BoundariesError
from boundaries.history import History
from boundaries.readers import etalab, mouvements
from tests.boundaries.movements import row, write

ROWS = [
    row("41", "1976-01-01", "20004", "2A004"),
    row("32", "2016-01-01", "01002", "01002", type_ap="COMD"),
    row("20", "2011-03-31", "", "97601"),
]


def test_rows_are_read_as_they_are(tmp_path: Path) -> None:
    read = mouvements.read(write(tmp_path / "mvt.csv", ROWS))
    assert list(read.itertuples(index=False, name=None)) == [tuple(one) for one in ROWS]


def altered(folder: Path, old: str, new: str) -> Path:
    path = write(folder / "mvt.csv", ROWS)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",01002,", ",1002,", "ligne 3, colonne COM_AV : « 1002 ».*zéro du début"),
        ("20004", "200O4", "ligne 2, colonne COM_AV : « 200O4 »"),
        ("2A004", "2A4", "ligne 2, colonne COM_AP : « 2A4 »"),
        ("2011-03-31", "31/03/2011", "ligne 4, colonne DATE_EFF : « 31/03/2011 »"),
        ("41,", "99,", "ligne 2, colonne MOD : l’événement « 99 » est inconnu"),
        ("DATE_EFF", "DATE", "n’a pas la ou les colonnes DATE_EFF"),
    ],
)
def test_a_file_that_was_altered_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BoundariesError, match=f"mvt.csv.*{said}"):
        mouvements.read(altered(tmp_path, old, new))


def test_a_file_that_is_no_such_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mvt.csv"
    with pytest.raises(BoundariesError, match=r"mvt\.csv est introuvable"):
        mouvements.read(path)
    path.write_bytes(b"")
    with pytest.raises(BoundariesError, match=r"mvt\.csv est vide"):
        mouvements.read(path)
    write(path, [])
    with pytest.raises(BoundariesError, match=r"mvt\.csv n’a aucune ligne"):
        mouvements.read(path)
    path.write_bytes(write(path, ROWS).read_bytes().replace(b"Ville", b"Chaum\xe9", 1))
    with pytest.raises(BoundariesError, match=r"mvt\.csv n’est pas enregistré en UTF-8"):
        mouvements.read(path)
    path.write_text('MOD,DATE_EFF\n41,"1976\n', encoding="utf-8")
    with pytest.raises(BoundariesError, match=r"mvt\.csv est coupé"):
        mouvements.read(path)


# --- the whole file ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cog(default_packages: dict[str, Path]) -> Cog:
    return etalab.read(default_packages["etalab"])


@pytest.fixture(scope="module")
def movements(shared_data: Path) -> pd.DataFrame:
    return mouvements.read(shared_data / "cog" / "mvtcommune_2026.csv")


@pytest.fixture(scope="module")
def history(cog: Cog, movements: pd.DataFrame) -> History:
    return History.from_cog(cog, movements)


@pytest.mark.national
def test_the_current_cog_resolves_to_itself(cog: Cog, history: History) -> None:
    for code in cog.communes["code"]:
        found = history.resolve(code)
        assert (found.statut, [one.code for one in found.candidats]) == ("actuel", [code])


@pytest.mark.national
@pytest.mark.parametrize("date", [None, "1943-01-01", "1968-01-01", "2000-01-01", "2024-01-01"])
def test_every_code_of_the_file_resolves(
    cog: Cog, movements: pd.DataFrame, history: History, date: str | None
) -> None:
    current = set(cog.communes["code"])
    codes = (set(movements["code_av"]) | set(movements["code_ap"])) - {""}
    assert len(codes) == 8717
    for code in codes:
        found = history.resolve(code, date)
        assert found.candidats, code
        assert {one.code for one in found.candidats} <= current
        assert (found.statut == "partage") == (len(found.candidats) > 1)


@pytest.mark.national
def test_the_two_histories_agree(cog: Cog, history: History) -> None:
    """The COG's own links, made by others, name one of our candidates, nearly always the only."""
    links = History.from_cog(cog, None)
    divided = []
    for code in sorted(history.codes & links.codes):
        ours, theirs = history.resolve(code), links.resolve(code)
        assert set(theirs.candidats) <= set(ours.candidats), code
        if ours.statut == "partage":
            divided.append(code)
    assert divided == [
        *("08227", "27443", "45117", "51385", "51606"),
        *("60606", "77362", "78122", "78471", "97355"),
    ]


@pytest.mark.national
@pytest.mark.parametrize(
    ("code", "date", "expected"),
    [
        ("14513", None, ["50592"]),
        ("49144", "2000-01-01", ["44180"]),
        ("20004", None, ["2A004"]),
        ("78471", "1967-01-01", ["91471", "91692"]),
        ("91471", None, ["91471"]),
        ("91471", "1970-01-01", ["91471", "91692"]),
        ("15031", "2020-01-01", ["15031"]),
        ("15141", "2020-01-01", ["15141", "15031", "15035", "15047", "15171"]),
        ("27676", "2022-01-01", ["27676"]),
        ("75115", None, ["75056"]),
        ("59355", None, ["59350"]),
        ("55273", None, ["55386"]),
        ("97123", None, ["97701"]),
    ],
)
def test_known_stories(history: History, code: str, date: str | None, expected: list[str]) -> None:
    assert [one.code for one in history.resolve(code, date).candidats] == expected


def codes_of_places(folder: Path) -> dict[str, list[str]]:
    """Codes of communes of each file of places, under any of the names they have there."""
    names = {"code_insee", "INSEE", "insee_com", "result_citycode", "result_oldcitycode"}
    found: dict[str, list[str]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as stream:
                rows = list(csv.DictReader(stream))
        else:
            rows = orjson.loads(path.read_bytes())
        codes = [str(one[name]) for one in rows for name in names if one.get(name)]
        if codes:
            found[path.name] = codes
    return found


@pytest.mark.national
def test_every_code_of_the_shared_places_is_accounted_for(
    shared_data: Path, history: History
) -> None:
    counts = {}
    unknown = []
    for name, codes in codes_of_places(shared_data / "lieux").items():
        answers = [history.resolve(code) for code in codes]
        statuts = Counter(answer.statut for answer in answers)
        counts[name] = tuple(statuts[one] for one in ("actuel", "resolu", "partage", "inconnu"))
        unknown += [(name, answer.code) for answer in answers if answer.statut == "inconnu"]
    assert counts == {
        "bibliotheques-2020.csv": (15611, 167, 0, 1),
        "data-inclusion-mednum-2023-02.json": (3635, 133, 0, 0),
        "france-services-2024-08-01.csv": (2813, 32, 0, 0),
        "le-havre.json": (80, 0, 0, 0),
        "mednum-hub-antilles.json": (164, 0, 0, 0),
    }
    assert unknown == [("bibliotheques-2020.csv", "69303")]
