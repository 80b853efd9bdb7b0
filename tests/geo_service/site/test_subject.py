"""The page of a service, of an enjeu or of a thème: its figures are the API's, its states told."""

from __future__ import annotations

import httpx
import pytest

from etl.french import figure
from tests.geo_service import little_atlas
from tests.geo_service.site.reading import Read

pytestmark = pytest.mark.anyio

SITE = little_atlas.SITE
PAGES = [
    f"/commune/35238?service={SITE}",
    f"/commune/48901?service={SITE}",
    f"/commune/48903?service={SITE}",
    f"/commune/42218?service={little_atlas.BUDGET}",
    f"/commune/98818?service={SITE}",
    f"/commune/48900?service={little_atlas.NEVER}",
    f"/epci/243500139?service={SITE}",
    f"/departement/48?service={SITE}",
    f"/departement/48?service={SITE}&implanter=1&rayon_km=5",
    f"/groupe/villes-choisies?service={little_atlas.CYBER}",
    f"/region/53?service={little_atlas.NEVER}",
    "/commune/35238?enjeu=education",
    "/departement/48?enjeu=education",
    "/departement/988?theme=partage",
    "/pays/france?theme=democratie",
]


def plain(value: int) -> str:
    """Write a figure as the reading of a page gives it: with ordinary spaces."""
    return " ".join(figure(value).split())


@pytest.mark.parametrize("address", PAGES)
async def test_pages_are_whole_without_script(site: httpx.AsyncClient, address: str):
    page = await site.get(address)
    assert page.status_code == 200, page.text
    read = Read(page.text)
    assert read.faults() == []
    assert read.root.xpath("//figure[@data-carte]")
    same = await site.get(address, headers={"If-None-Match": page.headers["etag"]})
    assert same.status_code == 304


async def test_figures_are_those_of_the_api(site: httpx.AsyncClient):
    read = Read((await site.get(f"/departement/48?service={SITE}")).text)
    place = "/api/territoires/departement/48"
    (row,) = (await site.get(f"{place}/couverture?service={SITE}")).json()["services"]
    names = [
        ("communes_presentes", "population_presente"),
        ("communes_partagees", "population_partagee"),
        ("communes_absentes", "population_absente"),
        ("communes_non_renseignees", "population_non_renseignee"),
    ]
    table = "//table[caption[@id='t-statuts']]"
    assert read.texts(f"{table}//td[1]") == [plain(row[communes]) for communes, _ in names]
    assert read.texts(f"{table}//td[2]") == [plain(row[people]) for _, people in names]

    gaps = (await site.get(f"{place}/lacunes?service={SITE}")).json()
    lines = read.root.xpath("//table[caption[@id='t-lacunes']]/tbody/tr")
    assert [line.xpath("string(th)").strip() for line in lines] == [
        commune["nom"] for commune in gaps["communes"]
    ]
    assert [line.xpath("td[1]/@data-valeur")[0] for line in lines] == [
        "" if commune["population"] is None else str(commune["population"])
        for commune in gaps["communes"]
    ]
    said = " ".join(read.texts("//section[@aria-labelledby='lacunes']/p"))
    assert f"Dans {gaps['total']} communes, ce service manque : {gaps['population']} hab" in said


async def test_a_gap_and_a_question_are_never_mixed_up(site: httpx.AsyncClient):
    absent = Read((await site.get(f"/commune/48901?service={SITE}")).text)
    unknown = Read((await site.get(f"/commune/48903?service={SITE}")).text)
    silent = Read((await site.get(f"/commune/35238?service={little_atlas.NEVER}")).text)
    shared = Read((await site.get(f"/commune/42218?service={little_atlas.BUDGET}")).text)
    ici = "//section[@aria-labelledby='t-ici']"
    assert absent.texts(f"{ici}//*[@class='verdict']") == ["absent"]
    assert "c’est un manque" in absent.texts(ici)[0]
    assert "Mairies" in absent.texts(ici)[0]
    assert unknown.texts(f"{ici}//*[@class='verdict']") == ["non renseigné"]
    assert "une question à poser, pas un manque" in unknown.texts(ici)[0]
    assert "Aucune source de cette publication" in silent.texts(ici)[0]
    assert shared.texts(f"{ici}//*[@class='verdict']") == ["partagé"]


async def test_filters_are_kept_and_refused_at_their_field(site: httpx.AsyncClient):
    address = f"/departement/48?service={SITE}"
    filtered = Read((await site.get(f"{address}&population_min=35")).text)
    assert filtered.texts("//table[caption[@id='t-lacunes']]//th[@scope='row']") == [
        little_atlas.HOSTILE
    ]
    assert filtered.root.xpath("//input[@name='population_min']/@value") == ["35"]
    assert all(
        "population_min=35" in link
        for name, link in filtered.links().items()
        if name in {"CSV", "GeoJSON"} and "lacunes" in link
    )

    refused = await site.get(f"{address}&population_min=beaucoup&distance_km=-3")
    assert refused.status_code == 400
    assert refused.headers["cache-control"] == "no-store"
    read = Read(refused.text)
    assert read.faults() == []
    for name, why in (("population_min", "nombre entier"), ("distance_km", "au moins 0")):
        (field,) = read.root.xpath("//input[@name=$name]", name=name)
        assert field.get("aria-invalid") == "true"
        (error,) = read.root.xpath("//*[@id=$id]", id=field.get("aria-describedby"))
        assert why in error.text_content()
    # Figures as French writes them.
    assert (await site.get(f"{address}&population_min=2 000&distance_km=7,5")).status_code == 200
    # A link of a letter has parameters of its own.
    assert (await site.get(f"{address}&utm_source=lettre")).status_code == 200


async def test_pages_of_the_list_follow_one_another(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("geo_service.site.subject_sections.missing._PAGE", 3)
    names: list[str] = []
    address: str | None = f"/pays/france?service={SITE}"
    while address:
        read = Read((await site.get(address)).text)
        names += read.texts("//table[caption[@id='t-lacunes']]//th[@scope='row']")
        address = read.links().get("Communes suivantes")
    gaps = (await site.get(f"/api/territoires/pays/france/lacunes?service={SITE}")).json()
    assert names == [commune["nom"] for commune in gaps["communes"]]
    assert len(names) > 3

    stale = Read((await site.get(f"/pays/france?service={SITE}&cursor=ancien")).text)
    assert "voici son début" in stale.texts("//section[@aria-labelledby='lacunes']")[0]


async def test_where_to_open_is_asked_for(site: httpx.AsyncClient):
    address = f"/region/53?service={little_atlas.CYBER}"
    assert not Read((await site.get(address)).text).root.xpath("//*[@id='t-ouvrir']")
    opened = Read((await site.get(f"{address}&implanter=1&rayon_km=5")).text)
    query = f"service={little_atlas.CYBER}&nombre=1&rayon_km=5"
    answer = (await site.get(f"/api/territoires/region/53/implantations?{query}")).json()
    assert opened.texts("//table[caption[@id='t-ouvrir']]//th[@scope='row']") == [
        commune["nom"] for commune in answer["communes"]
    ]
    for wrong in ("implanter=6", "implanter=x", "implanter=1&rayon_km=4"):
        read = Read((await site.get(f"{address}&{wrong}")).text)
        assert read.texts("//*[@role='alert']")[0].startswith("Choisissez")


async def test_an_unknown_code_leads_to_the_closest(site: httpx.AsyncClient):
    page = await site.get("/commune/35238?service=site-internet-comune")
    assert page.status_code == 404
    assert f"/commune/35238?service={SITE}" in Read(page.text).links().values()
    # The code of an enjeu where that of a service is expected.
    other = await site.get("/commune/35238?service=education")
    assert "/commune/35238?enjeu=education" in Read(other.text).links().values()
    hostile = await site.get("/commune/35238?service=%3Cscript%3Ealert(1)%3C/script%3E")
    assert hostile.status_code == 404
    assert Read(hostile.text).faults() == []
    city = await site.get(f"/arrondissement/75115?service={SITE}")
    assert (city.status_code, city.headers["location"]) == (301, f"/commune/75056?service={SITE}")
