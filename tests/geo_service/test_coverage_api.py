"""Coverage, gaps and indicators, against figures worked out by hand from the little atlas."""

from __future__ import annotations

import httpx
import pytest

from geo_service.api import cursor as cursors
from geo_service.errors import Problem
from tests.geo_service import little_atlas
from tests.geo_service.little_atlas import BUDGET, COMMUNES, CYBER, MAIRIE, NEVER, SITE, WITH_SITE

pytestmark = pytest.mark.anyio

PEOPLE = {row[0]: row[2] for row in COMMUNES}
#: Communes that the exhaustive source lists without a web site.
WITHOUT_SITE = set(PEOPLE) - set(WITH_SITE) - {"48903"}


async def get(api: httpx.AsyncClient, address: str) -> dict:
    answer = await api.get(f"/api/{address}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def service(body: dict, code: str) -> dict:
    (found,) = [item for item in body["services"] if item["code"] == code]
    return found


async def test_a_commune(api):
    body = await get(api, "territoires/commune/35051/couverture")
    # A web site and a mairie; budget and cyber are documented, and nobody said anything of them.
    assert (body["taux"], body["presents"], body["documentes"]) == (0.5, 2, 4)
    assert body["services_total"] == 5
    assert service(body, SITE)["statut"] == "present"
    assert service(body, SITE)["population_couverte"] == 19_000
    assert service(body, SITE)["part_population"] == 1
    assert service(body, BUDGET)["statut"] == "non_renseigne"
    assert service(body, BUDGET)["communes_non_renseignees"] == 1
    assert service(body, NEVER)["documente"] is False


async def test_a_groupe_is_a_territory_as_another(api):
    """Three communes of Saint-Étienne Métropole, and Rennes: two of the four have a site."""
    body = await get(api, "territoires/groupe/villes-choisies/couverture")
    population = sum(PEOPLE[code] for code in little_atlas.GROUPED)
    assert body["territoire"] == {
        "niveau": "groupe",
        "code": "villes-choisies",
        "nom": "Villes choisies",
        "population": population,
        "population_annee": 2023,
        "communes": 4,
    }
    site = service(body, SITE)
    assert (site["communes_presentes"], site["communes_absentes"]) == (2, 2)
    assert site["population_couverte"] == PEOPLE["35238"] + PEOPLE["42218"]
    # Rates of the communes: 4/4, 3/4, 2/4 and 2/4, weighted by their people.
    rates = {"35238": 1, "42218": 0.75, "42207": 0.5, "42222": 0.5}
    expected = sum(rates[code] * PEOPLE[code] for code in rates) / population
    assert body["taux"] == pytest.approx(expected, abs=1e-4)
    gaps = await get(api, f"territoires/groupe/villes-choisies/lacunes?service={SITE}")
    assert [item["code"] for item in gaps["communes"]] == ["42207", "42222"]
    assert (await get(api, "indicateurs/groupe"))["codes"] == ["villes-choisies"]


async def test_territories_name_the_groupes_that_hold_them_whole(api):
    async def groupes(place: str) -> list[dict]:
        return (await get(api, f"territoires/{place}"))["programmes"]

    mine = [{"code": "villes-choisies", "nom": "Villes choisies"}]
    for place in ("commune/35238", "commune/42222", "epci/244200770", "departement/42"):
        assert await groupes(place) == mine
    # Rennes is only a part of its EPCI, Saint-Étienne of the pays; a groupe is in no other.
    for place in ("commune/35051", "epci/243500139", "pays/france", "groupe/villes-choisies"):
        assert await groupes(place) == []
    groupe = await get(api, "territoires/groupe/villes-choisies")
    assert [parent["niveau"] for parent in groupe["parents"]] == ["pays"]
    answer = await api.get("/api/territoires/groupe/Villes-Choisies")
    assert answer.status_code == 301


async def test_an_arrondissement_has_the_services_of_its_city(api):
    for end in ("couverture", "lacunes", "lieux", "actions"):
        answer = await api.get(f"/api/territoires/arrondissement/75115/{end}?service={SITE}")
        assert answer.status_code == 301
        assert answer.headers["location"] == f"/api/territoires/commune/75056/{end}?service={SITE}"
    for query in ("", f"?service={SITE}", f"?service={SITE}&indicateur=part_population"):
        answer = await api.get(f"/api/indicateurs/arrondissement{query}")
        assert answer.status_code == 400
        assert "ceux de sa ville" in answer.json()["detail"]
    people = await get(api, "indicateurs/arrondissement?indicateur=population")
    assert (people["codes"], people["valeurs"]) == (["75115"], [229_713])


async def test_a_collectivite_without_polygon(api):
    place = await get(api, "territoires/commune/98818")
    assert (place["population"], place["population_annee"]) == (94_285, 2025)
    assert (place["centre"], place["bbox"], place["superficie_km2"]) == (None, None, None)
    assert [parent["code"] for parent in place["parents"]] == ["988"]
    body = await get(api, "territoires/departement/988/couverture")
    assert {item["statut"] for item in body["services"]} == {"non_renseigne"}
    unknown = await get(api, "territoires/departement/988/lacunes?statut=non_renseigne")
    assert (unknown["total"], unknown["population"]) == (1, 94_285)
    # The pays counts neither the city nor its people, and sums over the map are the pays's.
    country = await get(api, "territoires/pays/france/couverture")
    assert country["territoire"]["communes"] == len(COMMUNES)
    for niveau in ("commune", "departement"):
        for query in ("", "?indicateur=population", f"?service={SITE}"):
            codes = (await get(api, f"indicateurs/{niveau}{query}"))["codes"]
            assert not {"98818", "988"} & set(codes)


async def test_an_unknown_population_is_never_none(api):
    body = await get(api, "territoires/commune/48902/couverture")
    assert body["territoire"]["population"] is None
    site = service(body, SITE)
    assert (site["population_couverte"], site["part_population"]) == (None, None)
    nobody = await get(api, "territoires/commune/48903/couverture")
    assert service(nobody, SITE)["population_couverte"] == 0
    gaps = await get(api, f"territoires/commune/48902/lacunes?service={SITE}")
    assert (gaps["total"], gaps["population"]) == (1, None)
    none = await get(api, f"territoires/commune/35238/lacunes?service={SITE}")
    assert (none["total"], none["population"]) == (0, 0)


async def test_absent_and_unknown_are_not_mixed_up(api):
    lacking = await get(api, "territoires/commune/35001/couverture")
    unknown = await get(api, "territoires/commune/48903/couverture")
    assert service(lacking, SITE)["statut"] == "absent"
    assert service(unknown, SITE)["statut"] == "non_renseigne"


async def test_what_a_larger_territory_carries_is_shared(api):
    communes = [row[0] for row in COMMUNES if row[3] == "48"]
    for code in communes:
        body = await get(api, f"territoires/commune/{code}/couverture")
        assert service(body, BUDGET)["statut"] == "partage"
        assert service(body, BUDGET)["actions"] == 1
    body = await get(api, "territoires/departement/48/couverture")
    assert service(body, BUDGET)["statut"] == "present"
    assert service(body, BUDGET)["communes_partagees"] == len(communes)


async def test_a_larger_territory_is_weighted_by_population(api):
    for niveau, code, members in (
        ("departement", "35", ["35238", "35051", "35001"]),
        ("epci", "244200770", ["42218", "42207", "42222"]),
        ("pays", "france", list(PEOPLE)),
    ):
        body = await get(api, f"territoires/{niveau}/{code}/couverture")
        rates = {
            member: (await get(api, f"territoires/commune/{member}/couverture"))["taux"]
            for member in members
        }
        whole = sum(PEOPLE[member] or 0 for member in members)
        mean = sum(rates[member] * (PEOPLE[member] or 0) for member in members) / whole
        assert body["taux"] == pytest.approx(mean, abs=1e-4)
        assert body["territoire"]["population"] == whole
        site = service(body, SITE)
        covered = sum(PEOPLE[member] or 0 for member in members if member in WITH_SITE)
        assert site["population_couverte"] == covered
        assert site["part_population"] == pytest.approx(covered / whole, abs=1e-4)
        statuts = ("presentes", "partagees", "absentes", "non_renseignees")
        for item in body["services"]:
            assert (item["statut"] == "non_renseigne") == (item["part_population"] is None)
            assert sum(item[f"communes_{statut}"] for statut in statuts) == len(members)


async def test_filters_narrow_the_coverage(api):
    address = "territoires/departement/35/couverture"
    whole = await get(api, address)
    enjeu = await get(api, f"{address}?enjeu=services-publics")
    assert [item["code"] for item in enjeu["services"]] == [SITE, MAIRIE]
    (only,) = enjeu["par_enjeu"]
    assert only == next(item for item in whole["par_enjeu"] if item["code"] == "services-publics")
    assert (enjeu["taux"], enjeu["documentes"]) == (only["taux"], only["documentes"])
    theme = await get(api, f"{address}?theme=partage")
    assert {item["code"] for item in theme["services"]} == {CYBER, NEVER}
    (only,) = theme["par_theme"]
    assert (theme["taux"], only["services"], only["documentes"]) == (only["taux"], 2, 1)
    one = await get(api, f"{address}?service={SITE}")
    assert one["taux"] == service(whole, SITE)["part_population"]
    none = await get(api, f"{address}?theme=partage&service={SITE}")
    assert (none["services"], none["taux"], none["part_presents"]) == ([], None, None)
    never = await get(api, f"territoires/commune/35238/couverture?service={NEVER}")
    assert (never["taux"], never["documentes"], never["services_total"]) == (None, 0, 1)


async def test_a_territory_without_people_has_no_share(api):
    body = await get(api, "territoires/commune/48902/couverture")
    assert body["territoire"]["population"] is None
    assert {item["part_population"] for item in body["services"]} == {None}
    zero = await get(api, "territoires/commune/48903/couverture")
    assert {item["part_population"] for item in zero["services"]} == {None}


async def test_gaps_are_those_of_the_exhaustive_source(api):
    body = await get(api, f"territoires/pays/france/lacunes?service={SITE}")
    assert {item["code"] for item in body["communes"]} == WITHOUT_SITE
    assert body["total"] == len(WITHOUT_SITE)
    assert body["population"] == sum(PEOPLE[code] or 0 for code in WITHOUT_SITE)
    assert {item["statut"] for item in body["communes"]} == {"absent"}
    order = [(-(item["population"] or -1), item["code"]) for item in body["communes"]]
    assert order == sorted(order)
    assert body["suivant"] is None
    chamond = body["communes"][0]
    assert chamond["code"] == "42207"
    assert chamond["lieu_proche"]["id"] == "mairies:42218"
    assert chamond["lieu_proche"]["commune"] == "Saint-Étienne"
    assert 9 < chamond["distance_km"] < 11


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (f"service={SITE}&population_min=900", {"35001", "42207", "42222"}),
        (f"service={SITE}&statut=present", set(WITH_SITE)),
        (f"service={SITE}&statut=non_renseigne", {"48903"}),
        (f"service={SITE}&statut=partage", set()),
        (f"service={BUDGET}&statut=partage&population_min=1000", {"42218", "42207", "48095"}),
        (f"service={CYBER}&statut=non_renseigne&population_min=100000", {"42218", "75056"}),
        # Lieux of the service are in Rennes and Mende.
        (f"service={CYBER}&distance_km=100&population_min=1000", {"42218", "42207", "75056"}),
        (
            f"service={CYBER}&distance_km=8&population_min=6000",
            {"35001", "42218", "42207", "75056"},
        ),
        (f"service={CYBER}&distance_km=8&statut=present", set()),
        (f"service={CYBER}&distance_km=20000", set()),
        (f"service={BUDGET}&distance_km=0", set()),
        (f"service={NEVER}", set()),
        (f"service={NEVER}&statut=non_renseigne", set(PEOPLE)),
        (f"service={SITE}&enjeu=education", set()),
        (f"service={SITE}&enjeu=services-publics", WITHOUT_SITE),
        ("enjeu=services-publics", WITHOUT_SITE),
        ("enjeu=education", set()),
        ("", WITHOUT_SITE),
    ],
)
async def test_filters_combine(api, filters, expected):
    body = await get(api, f"territoires/pays/france/lacunes?{filters}")
    assert {item["code"] for item in body["communes"]} == expected
    assert body["total"] == len(expected)
    assert body["population"] == sum(PEOPLE[code] or 0 for code in expected)


async def test_without_a_service_all_are_told(api):
    body = await get(api, "territoires/commune/48903/lacunes?statut=non_renseigne")
    (commune,) = body["communes"]
    assert commune["services"] == [SITE, MAIRIE, CYBER]
    body = await get(api, "territoires/commune/35238/lacunes?distance_km=0&statut=absent")
    assert body["communes"] == []


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
async def test_pages_make_the_whole_list(api, limit):
    address = "territoires/pays/france/lacunes?statut=non_renseigne"
    whole = (await get(api, address))["communes"]
    pages, cursor = [], ""
    while cursor is not None:
        body = await get(api, f"{address}&limit={limit}&cursor={cursor}")
        assert body["total"] == len(whole)
        assert len(body["communes"]) <= limit
        pages += body["communes"]
        cursor = body["suivant"]
    assert pages == whole


async def test_a_cursor_serves_its_own_list_only(api):
    address = "/api/territoires/pays/france/lacunes?statut=non_renseigne"
    cursor = (await api.get(f"{address}&limit=1")).json()["suivant"]
    for other in (
        f"/api/territoires/departement/48/lacunes?statut=non_renseigne&cursor={cursor}",
        f"/api/territoires/pays/france/lacunes?statut=absent&cursor={cursor}",
    ):
        answer = await api.get(other)
        assert answer.status_code == 400
        assert "autre liste" in answer.json()["detail"]
    # The size of the page may change on the way.
    assert (await api.get(f"{address}&limit=9&cursor={cursor}")).is_success
    with pytest.raises(Problem):
        cursors.decode(cursor, "another", "pays/france?statut=non_renseigne")


async def test_indicators(api):
    rates = await get(api, "indicateurs/commune")
    assert rates["codes"] == sorted(PEOPLE)
    assert dict(zip(rates["codes"], rates["valeurs"], strict=True))["35051"] == 0.5
    statuts = await get(api, f"indicateurs/commune?service={SITE}")
    assert statuts["indicateur"] == "statut"
    assert statuts["libelle"] == "Statut : Site internet de la commune"
    found = dict(zip(statuts["codes"], statuts["valeurs"], strict=True))
    assert {code for code, value in found.items() if value == "absent"} == WITHOUT_SITE
    assert found["48903"] == "non_renseigne"
    shares = await get(api, f"indicateurs/departement?service={SITE}")
    assert shares["indicateur"] == "part_population"
    share = dict(zip(shares["codes"], shares["valeurs"], strict=True))["35"]
    assert share == pytest.approx((227_830 + 19_000) / (227_830 + 19_000 + 7_000), abs=1e-4)
    unknown = await get(api, f"indicateurs/departement?service={NEVER}&indicateur=part_population")
    assert set(unknown["valeurs"]) == {None}
    people = await get(api, "indicateurs/commune?indicateur=population")
    assert dict(zip(people["codes"], people["valeurs"], strict=True)) == PEOPLE
    far = await get(api, f"indicateurs/commune?service={CYBER}&indicateur=distance")
    assert dict(zip(far["codes"], far["valeurs"], strict=True))["35238"] == 0
    assert far["unite"] == "km"
    none = await get(api, f"indicateurs/commune?service={BUDGET}&indicateur=distance")
    assert set(none["valeurs"]) == {None}
    enjeu = await get(api, "indicateurs/region?enjeu=services-publics")
    assert enjeu["libelle"] == "Taux de couverture, enjeu « Services publics »"


async def test_lieux_and_actions_of_a_territory(api):
    body = await get(api, "territoires/departement/48/lieux?limit=1")
    assert (body["total"], len(body["lieux"])) == (3, 1)
    body = await get(api, f"territoires/pays/france/lieux?service={CYBER}")
    assert {item["id"] for item in body["lieux"]} == {"mairies:48095", "mairies:35238"}
    assert body["lieux"][0]["services"] == [MAIRIE, CYBER, SITE]
    actions = await get(api, "territoires/commune/42207/actions")
    assert [item["id"] for item in actions["actions"]] == ["a:2"]
    assert actions["actions"][0]["porteur"]["nom"] == "Saint-Étienne Métropole"
    everywhere = await get(api, f"territoires/pays/france/actions?service={BUDGET}")
    assert [item["id"] for item in everywhere["actions"]] == ["a:1", "a:2", "a:3"]
    # As many as the coverage counts.
    for niveau, code in (("commune", "42207"), ("region", "76"), ("pays", "france")):
        cover = await get(api, f"territoires/{niveau}/{code}/couverture")
        found = await get(api, f"territoires/{niveau}/{code}/actions?service={BUDGET}")
        assert service(cover, BUDGET)["actions"] == found["total"]
        places = await get(api, f"territoires/{niveau}/{code}/lieux?service={MAIRIE}")
        assert service(cover, MAIRIE)["lieux"] == places["total"]


async def test_what_the_atlas_is_made_of(api):
    body = await get(api, "referentiel")
    assert body["demarrage"] is True
    assert [theme["code"] for theme in body["themes"]] == ["democratie", "partage"]
    first = body["themes"][0]["enjeux"][0]["services"][0]
    assert (first["code"], first["documente"]) == (SITE, True)
    sources = (await get(api, "sources"))["sources"]
    assert {source["id"] for source in sources} == {"cog", "mairies", "absente"}
    publications = (await get(api, "publications"))["publications"]
    assert {item["id"]: item["active"] for item in publications} == {
        little_atlas.FIRST: True,
        little_atlas.SECOND: False,
    }
    words = {item["code"] for item in (await get(api, "definitions"))["definitions"]}
    for address in ("territoires", "territoires/commune/35238/couverture", "sources"):
        links = (await get(api, address))["definitions"].values()
        assert {link.partition("#")[2] for link in links} <= words
