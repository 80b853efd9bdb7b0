"""Search: what people type, and what they mean."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaries.names import normalise
from geo_service.search_index import SearchIndex, one_keystroke_away
from tests.geo_service import little_atlas

NAMES = st.text("abcd é-'", min_size=1, max_size=12).filter(normalise)
TOWNS = st.lists(st.tuples(NAMES, st.integers(0, 100)), min_size=1, max_size=12)


def index_of(towns: list[tuple[str, int]]) -> tuple[SearchIndex, dict]:
    rows = [
        (("commune", f"{number:05}"), normalise(name), people, [])
        for number, (name, people) in enumerate(towns)
    ]
    return SearchIndex(rows, {}), {key: (name, people) for key, name, people, _ in rows}


@given(TOWNS, st.data())
def test_every_town_is_found_by_its_name_however_typed(towns, data):
    index, known = index_of(towns)
    name, _ = data.draw(st.sampled_from(towns))
    found = index.find(name.upper(), None, 100)
    exact = [key for key in known if known[key][0] == normalise(name)]
    # The exact names come first, the most populated of them first.
    assert set(found[: len(exact)]) == set(exact)
    people = [known[key][1] for key in found[: len(exact)]]
    assert people == sorted(people, reverse=True)
    assert len(found) == len(set(found))


@given(TOWNS, st.data())
def test_a_town_is_found_by_its_beginning_and_despite_a_misspelling(towns, data):
    index, known = index_of(towns)
    key = data.draw(st.sampled_from(sorted(known)))
    name = known[key][0]
    end = data.draw(st.integers(1, len(name)))
    assert not normalise(name[:end]) or key in index.find(name[:end], None, 100)
    typed = data.draw(st.sampled_from(sorted(one_keystroke_away(name))))
    if normalise(typed) == typed:
        assert key in index.find(typed, None, 100)


@given(TOWNS, NAMES, st.integers(1, 5))
def test_a_limit_and_a_niveau_only_remove(towns, typed, limit):
    index, _ = index_of(towns)
    whole = index.find(typed, None, 1000)
    assert index.find(typed, None, limit) == whole[:limit]
    assert index.find(typed, "commune", 1000) == whole
    assert index.find(typed, "epci", 1000) == []


@given(st.text("abc ", min_size=1, max_size=6))
def test_keystrokes_go_both_ways(text):
    for other in one_keystroke_away(text):
        assert other != text
        if not set(other) - set("abc "):
            assert text in one_keystroke_away(other)


def test_intercommunalites_are_found_by_their_kind_in_short():
    names = {
        "1": "Communauté de communes Couserans-Pyrénées",
        "2": "Communauté d'agglomération Pau Béarn Pyrénées",
        "3": "Communauté de communes du Pays de Pau",
        "4": "Ardenne Métropole",
    }
    rows = [(("epci", code), normalise(name), 1000 * int(code), []) for code, name in names.items()]
    rows.append((("commune", "64445"), "caunay sur pau", 9_000_000, []))
    index = SearchIndex(rows, {})
    assert index.find("CC Couserans", None, 1) == [("epci", "1")]
    assert index.find("comcom couserans", None, 1) == [("epci", "1")]
    # The kind asked for comes first, then any other, then what merely begins so.
    assert index.find("CA Pau", None, 9) == [("epci", "2"), ("epci", "3"), ("commune", "64445")]
    assert index.find("cc pau", None, 9)[:2] == [("epci", "3"), ("epci", "2")]
    # The name need not say the kind, and one letter may be wrong.
    assert index.find("ca ardenne", None, 9) == [("epci", "4")]
    assert index.find("cc couseran", None, 1) == index.find("cc couzerans", None, 1)
    assert index.find("cc", None, 9) == []


async def first(api: httpx.AsyncClient, q: str, **params: str) -> tuple[str, str] | None:
    answer = await api.get("/api/territoires", params={"q": q, **params})
    assert answer.status_code == 200, answer.text
    found = answer.json()["territoires"]
    return (found[0]["niveau"], found[0]["code"]) if found else None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("st etienne", ("commune", "42218")),
        ("SAINT-ÉTIENNE", ("commune", "42218")),
        ("St-Étienne le m", ("commune", "42222")),
        ("saint etiene", ("commune", "42218")),
        ("molard etienne", ("commune", "42222")),
        ("cesson", ("commune", "35051")),
        ("acigne", ("commune", "35001")),
        ("Acgné", ("commune", "35001")),
        ("mnede", ("commune", "48095")),
        ("rennes metropole", ("epci", "243500139")),
        ("métropole", ("epci", "243500139")),
        ("35238", ("commune", "35238")),
        ("35200", ("commune", "35238")),
        ("35999", ("commune", "35238")),
        ("75115", ("arrondissement", "75115")),
        ("243 500 139", ("epci", "243500139")),
        ("243500", ("epci", "243500139")),
        ("paris", ("commune", "75056")),
        ("paris 15", ("arrondissement", "75115")),
        ("nouméa", ("commune", "98818")),
        ("nouvelle caledonie", ("departement", "988")),
        ("villes choisies", ("groupe", "villes-choisies")),
        ("étienne 42130", ("commune", "42222")),
        ("ile de france", ("region", "11")),
        ("zéro habitant", ("commune", "48903")),
        ("", ("pays", "france")),
        ("'; drop table territoires; --", None),
        ("%", None),
        ("___", None),
        ("\x00", None),
        ("😀", None),
        ("xyzxyz", None),
    ],
)
async def test_what_people_mean(api: httpx.AsyncClient, typed: str, meant: tuple | None):
    assert await first(api, typed) == meant


@pytest.mark.anyio
async def test_the_niveau_filters(api: httpx.AsyncClient):
    assert await first(api, "paris", niveau="departement") == ("departement", "75")
    assert await first(api, "", niveau="commune") == ("commune", "75056")


@pytest.mark.anyio
async def test_parents_go_up_from_the_smallest(api: httpx.AsyncClient):
    async def parents(address: str) -> list[tuple[str, str]]:
        body = (await api.get(f"/api/territoires/{address}")).json()
        return [(item["niveau"], item["code"]) for item in body["parents"]]

    above = [("epci", "243500139"), ("departement", "35"), ("region", "53"), ("pays", "france")]
    assert await parents("commune/35238") == above
    assert await parents("epci/243500139") == above[1:]
    assert await parents("departement/35") == above[2:]
    assert await parents("pays/france") == []
    # No EPCI there.
    assert [niveau for niveau, _ in await parents("commune/48095")] == [
        "departement",
        "region",
        "pays",
    ]
    assert (await parents("arrondissement/75115"))[0] == ("commune", "75056")


@pytest.mark.anyio
async def test_a_hostile_name_is_only_text(api: httpx.AsyncClient):
    answer = await api.get("/api/territoires", params={"q": "script alert"})
    assert answer.json()["territoires"][0]["nom"] == little_atlas.HOSTILE
    assert answer.headers["x-content-type-options"] == "nosniff"
