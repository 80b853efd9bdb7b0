from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaries.errors import BoundariesError
from boundaries.history import History
from boundaries.resolution import in_words, parse_date
from boundaries.succession import Movement
from tests.boundaries.movements import Land, lands, row

LINKS = [
    ("75101", "75056", "arrondissement"),
    ("01007", "01003", "deleguee"),
    ("01008", "01007", "fusion"),
]


def history(current: list[str], movements: list[Movement] | None) -> History:
    return History({code: f"Ville-{code}" for code in current}, LINKS, movements, 2026)


def codes(answer: History, code: str, date: str | None = None) -> tuple[str, list[str]]:
    found = answer.resolve(code, date)
    return found.statut, [commune.code for commune in found.candidats]


def of_land(land: Land) -> History:
    return History({code: f"Ville-{code}" for code in land.communes()}, (), land.rows, 2026)


def candidates(land: Land, code: str, owners: dict[tuple[str, int], str]) -> set[str]:
    return {land.owner[cell] for cell, owner in owners.items() if owner == code}


@given(lands(creations=False))
def test_at_any_date_the_answer_is_where_the_ground_is(land: Land) -> None:
    answer = of_land(land)
    for day, owners in land.days:
        for code in set(owners.values()):
            found = answer.resolve(code, day)
            assert {one.code for one in found.candidats} == candidates(land, code, owners), (
                day,
                code,
                land.rows,
            )


@given(lands(creations=True))
def test_the_ground_is_always_among_the_candidates(land: Land) -> None:
    answer = of_land(land)
    for day, owners in land.days:
        for code in set(owners.values()):
            found = answer.resolve(code, day)
            true = candidates(land, code, owners)
            assert true <= {one.code for one in found.candidats}, (day, code, land.rows)
            assert len(found.candidats) == 1 or found.statut == "partage"


@given(lands(creations=True), st.none() | st.dates().map(str))
def test_no_dead_end_and_resolving_twice_changes_nothing(land: Land, date: str | None) -> None:
    answer = of_land(land)
    for code in answer.codes:
        found = answer.resolve(code, date)
        assert found.candidats, (code, land.rows)
        for commune in found.candidats:
            again = answer.resolve(commune.code)
            assert (again.statut, again.candidats) == ("actuel", (commune,))


@given(st.text(max_size=12), st.none() | st.dates().map(str))
def test_any_text_has_an_answer(text: str, date: str | None) -> None:
    found = history(["01003"], [row("31", "1970-01-01", "01001", "01003")]).resolve(text, date)
    assert found.statut != "inconnu" or found.chemin


def test_chain_through_a_change_of_departement_of_the_same_day() -> None:
    answer = history(
        ["50592"],
        [
            row("32", "2018-01-01", "50649", "50592"),
            row("32", "2018-01-01", "50592", "50592"),
            row("41", "2018-01-01", "14513", "50649"),
        ],
    )
    found = answer.resolve("14513")
    assert (found.statut, found.commune.code if found.commune else None) == ("resolu", "50592")
    when = "Le 1er janvier 2018, Ville-"
    assert found.chemin == (
        f"{when}14513 (14513) change de département et prend le code 50649.",
        f"{when}50649 (50649) entre dans la commune nouvelle Ville-50592 (50592).",
    )


def test_a_restoration_undoes_a_merger_and_the_date_tells_what_was_meant() -> None:
    answer = history(
        ["15031", "15141"],
        [
            row("32", "2016-12-01", "15031", "15141"),
            row("32", "2016-12-01", "15141", "15141"),
            row("32", "2016-12-01", "15031", "15031", type_ap="COMD"),
            row("21", "2025-01-01", "15141", "15031"),
            row("21", "2025-01-01", "15141", "15141"),
            row("21", "2025-01-01", "15031", "15031", type_av="COMD"),
        ],
    )
    assert codes(answer, "15031", "2010-01-01") == ("actuel", ["15031"])
    assert codes(answer, "15141", "2010-01-01") == ("actuel", ["15141"])
    assert codes(answer, "15141", "2016-12-01") == ("partage", ["15141", "15031"])
    assert codes(answer, "15141", "2024-12-31") == ("partage", ["15141", "15031"])
    assert codes(answer, "15141", "2025-01-01") == ("actuel", ["15141"])
    assert codes(answer, "15031", "2020-01-01") == ("actuel", ["15031"])
    today = answer.resolve("15141")
    assert today.statut == "actuel"
    assert "Ville-15031 (15031)" in today.avertissements[0]
    assert "1er janvier 2025" in today.avertissements[0]
    assert answer.resolve("15141", "2020-01-01").choix


def test_other_parts_restored_take_their_own_ground() -> None:
    movements = [
        *(row("33", "1972-01-01", code, "01001") for code in ("01001", "01002", "01004")),
        *(row("21", "1990-01-01", "01001", code) for code in ("01001", "01002")),
    ]
    answer = history(["01001", "01002"], movements)
    assert codes(answer, "01004") == ("resolu", ["01001"])
    assert codes(answer, "01001", "1980-01-01") == ("partage", ["01001", "01002"])


def test_a_commune_shared_out_has_all_its_candidates() -> None:
    movements = [
        row("30", "1968-03-02", "08227", "08454"),
        row("30", "1968-03-02", "08227", "08203"),
        row("30", "1968-03-02", "08203", "08203"),
        row("30", "1968-03-02", "08454", "08454"),
    ]
    answer = history(["08203", "08454"], movements)
    assert codes(answer, "08227") == ("partage", ["08203", "08454"])
    assert codes(answer, "08203", "1960-01-01") == ("actuel", ["08203"])
    assert answer.resolver(["08203", "08454"]).resolve("08227") is None


def test_the_resolver_takes_what_both_histories_know() -> None:
    answer = history(["01003", "75056", "2A004"], [row("41", "1976-01-01", "20004", "2A004")])
    resolver = answer.resolver(["01003", "75056", "2A004"])
    assert resolver.anciens().values.tolist() == [
        ["01007", "01003", "deleguee"],
        ["01008", "01003", "fusion"],
        ["20004", "2A004", "fusion"],
        ["75101", "75056", "arrondissement"],
    ]


def test_what_a_code_is_today_beats_what_the_movements_let_guess() -> None:
    answer = history(
        ["01003", "01005"],
        [row("32", "2019-01-01", "01007", "01005"), row("32", "2019-01-01", "01005", "01005")],
    )
    found = answer.resolve("01007")
    assert [one.code for one in found.candidats] == ["01003"]
    assert "commune déléguée" in found.chemin[0]


def test_what_left_guadeloupe_and_what_led_nowhere() -> None:
    movements = [
        row("30", "2007-02-23", "97123", ""),
        row("30", "1950-01-01", "01099", ""),
        row("20", "2011-03-31", "", "97601"),
    ]
    answer = history(["97701", "97601"], movements)
    found = answer.resolve("97123")
    assert (found.statut, [one.code for one in found.candidats]) == ("resolu", ["97701"])
    assert "collectivité d’outre-mer" in found.chemin[-1]
    assert codes(answer, "01099") == ("inconnu", [])
    early = answer.resolve("97601", "1990-01-01")
    assert early.statut == "actuel"
    said = "Le code 97601 n’existait pas encore : il est lu au 31 mars 2011."
    assert early.avertissements == (said,)


def test_a_commune_that_grows_without_being_said_to_be_there() -> None:
    answer = history(
        ["01002"],
        [row("31", "1960-01-01", "01003", "01002"), row("31", "1970-01-01", "01001", "01002")],
    )
    assert codes(answer, "01001") == ("resolu", ["01002"])
    assert codes(answer, "01003", "1950-01-01") == ("resolu", ["01002"])


def test_later_movements_than_the_cog_are_left_aside() -> None:
    answer = history(["01001"], [row("41", "2027-01-01", "01001", "69999")])
    assert codes(answer, "01001", "2020-01-01") == ("actuel", ["01001"])


def test_codes_read_as_numbers_are_recognised_with_a_warning() -> None:
    answer = history(["01001", "35238"], [])
    for text, code in (("1001", "01001"), ("1001.0", "01001"), ("35238.0", "35238")):
        found = answer.resolve(text)
        assert (found.statut, found.code) == ("actuel", code)
        assert "pour un nombre" in found.avertissements[0]
    assert not answer.resolve(" 35238 ").avertissements


@pytest.mark.parametrize("text", ["", "   ", "Rennes", "123", "350000", "2C001", "١٢٣٤٥"])
def test_what_is_no_code_is_said(text: str) -> None:
    found = history(["01001"], []).resolve(text)
    assert found.statut == "inconnu"
    assert "n’a pas la forme d’un code" in found.chemin[0]


def test_without_insee_s_file_the_links_answer_and_say_the_date_is_lost() -> None:
    answer = history(["01003", "75056"], None)
    assert answer.historique == "liens"
    assert codes(answer, "01008") == ("resolu", ["01003"])
    assert codes(answer, "75101") == ("resolu", ["75056"])
    assert "n’a pas servi" in answer.resolve("01008", "2000-01-01").avertissements[0]
    assert "ni un ancien code" in answer.resolve("99999").chemin[0]


def test_links_in_circles_end() -> None:
    answer = History({}, [("01001", "01002", "fusion"), ("01002", "01001", "fusion")])
    assert codes(answer, "01001") == ("inconnu", [])


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2015", "2015-01-01"),
        (" 2015-12-31", "2015-12-31"),
        ("31/12/2015", "2015-12-31"),
        ("1/2/2003", "2003-02-01"),
    ],
)
def test_dates_as_people_write_them(text: str, date: str) -> None:
    assert parse_date(text) == date


@pytest.mark.parametrize("text", ["", "hier", "2015-13-01", "31/02/2015", "20151231", "3015"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(BoundariesError, match="n’est pas une date"):
        parse_date(text)


def test_days_in_words() -> None:
    assert in_words("2016-01-01") == "1er janvier 2016"
    assert in_words("1976-08-12") == "12 août 1976"
