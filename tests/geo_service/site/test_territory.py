"""The page of a territory says what the API says, in every state, and is a well-made document."""

from __future__ import annotations

import re

import pytest

from geo_service.french_sentences import compte
from geo_service.site.rendering import environment
from geo_service.site.territory import describe_territory
from geo_service.territories import Territory
from tests.geo_service import little_atlas
from tests.geo_service.site.reading import Read

pytestmark = pytest.mark.anyio

#: One of each niveau, and the states that real data may lack.
TERRITORIES = (
    "commune/35238",
    "commune/48095",
    "commune/48900",  # a hostile name
    "commune/48902",  # population unknown
    "commune/48903",  # nobody lives there, nobody said anything
    "commune/98818",  # no outline
    "epci/243500139",
    "departement/48",
    "pays/france",
    "groupe/villes-choisies",
)


def plain(text: str) -> str:
    """French spaces and apostrophes as a keyboard writes them."""
    return " ".join(text.replace("’", "'").split())


async def read(site, territory: str) -> Read:
    page = await site.get(f"/{territory}")
    assert page.status_code == 200
    return Read(page.text)


async def answer(site, territory: str, name: str):
    return (await site.get(f"/api/territoires/{territory}/{name}")).json()


def rows(page: Read, table: str) -> list[list[str]]:
    """Cells of the body of a table: what sorts them where it is given, else their text."""
    return [
        [
            cell.get("data-valeur", " ".join(cell.text_content().split()))
            for cell in row.xpath("./th|./td")
        ]
        for row in page.root.xpath(f"//table[@id='{table}']/tbody/tr")
    ]


def figure(value: float | None) -> str:
    return "" if value is None else str(value)


@pytest.mark.parametrize("territory", [*TERRITORIES, "arrondissement/75115"])
async def test_a_well_made_document(site, territory):
    page = await read(site, territory)
    assert page.faults() == []
    described = (await site.get(f"/api/territoires/{territory}")).json()
    assert page.texts("//h1") == [" ".join(described["nom"].replace("'", "’").split())]
    assert [a.get("href") for a in page.root.xpath("//nav//ol[@class='ariane']//a")] == [
        f"/{parent['niveau']}/{parent['code']}" for parent in described["parents"][::-1]
    ]
    assert page.meta("og:image").endswith(f"/api/territoires/{territory}/carte.png?cadre=apercu")
    # Whatever scrolls can be reached by keyboard, and has a name.
    for region in page.root.xpath("//div[@class='table']"):
        assert (region.get("tabindex"), region.get("role")) == ("0", "region")
    for cell in page.root.xpath("//th"):
        assert cell.get("scope") in {"row", "col"}
    for control in page.root.xpath("//select|//input"):
        assert page.root.xpath("//label[@for=$id]", id=control.get("id"))


@pytest.mark.parametrize("territory", TERRITORIES)
async def test_every_service_is_told_as_the_api_does(site, territory):
    page = await read(site, territory)
    covered = await answer(site, territory, "couverture")
    commune = territory.startswith("commune/")
    expected = []
    for item in covered["services"]:
        if not item["documente"]:
            continue
        known = item["part_population"] is not None
        larger = [
            figure(item["part_population"]),
            figure(item["population_couverte"] if known else None),
            figure(item["communes_presentes"] + item["communes_partagees"]),
            figure(item["communes_absentes"]),
            figure(item["communes_non_renseignees"]),
        ]
        statut = item["statut"].replace("non_renseigne", "non renseigne")
        expected.append(
            [
                plain(item["libelle"]),
                statut,
                *([] if commune else larger),
                figure(item["lieux"]),
                figure(item["actions"]),
            ]
        )
    shown = [
        [plain(row[0]), row[1].replace("é", "e"), *row[2:-1]]
        for row in rows(page, "tableau-services")
    ]
    assert shown == expected
    undocumented = [plain(i["libelle"]) for i in covered["services"] if not i["documente"]]
    assert [plain(t) for t in page.texts("//ul[@class='colonnes']/li")] == undocumented


@pytest.mark.parametrize("territory", TERRITORIES)
async def test_what_is_absent_and_what_is_unknown_are_apart(site, territory):
    page = await read(site, territory)
    covered = await answer(site, territory, "couverture")
    documented = [item for item in covered["services"] if item["documente"]]

    def listed(block: str) -> set[str]:
        found = page.texts(f"//div[contains(@class, '{block}')]//ul[@class='constat-liste']//a")
        return {plain(text) for text in found}

    absent = {plain(i["libelle"]) for i in documented if i["communes_absentes"]}
    unknown = {plain(i["libelle"]) for i in documented if i["communes_non_renseignees"]}
    there = {plain(i["libelle"]) for i in documented if i["statut"] in {"present", "partage"}}
    assert listed("constat-manque") == absent
    assert listed("constat-question") == unknown
    assert listed("constat-la") == there
    for address in page.root.xpath("//div[@class='constats']//li/a/@href"):
        assert re.fullmatch(rf"/{territory}\?service=[a-z-]+", address)


@pytest.mark.parametrize("territory", TERRITORIES)
async def test_sentences_and_rate_are_those_of_the_diagnosis(site, territory):
    page = await read(site, territory)
    diagnosis = await answer(site, territory, "diagnostic")
    (rate,) = page.texts("//p[@class='phare-taux']")
    (words,) = page.texts("//p[@class='phare-mots']")
    covered = diagnosis["couverture"]
    sentences = page.texts("//div[@class='phrases']/p")
    if covered["part_non_renseignee"] == 1 or covered["taux"] is None:
        # Nobody said anything: that is not 0 %.
        assert rate == "?"
    else:
        shown = f"{100 * covered['taux']:.1f}".replace(".", ",").removesuffix(",0")
        assert plain(rate) == f"{shown} %"
        assert f"{covered['presents']} service" in plain(words)
        assert f"sur {plain(compte(covered['documentes'], 'documenté'))}" in plain(words)
    silent = all(item["statut"] == "non_renseigne" for item in diagnosis["services"])
    if not silent:
        assert [plain(t) for t in sentences] == [plain(t) for t in diagnosis["phrases"]]
    else:
        assert "0 %" not in " ".join(map(plain, sentences))


@pytest.mark.parametrize("territory", TERRITORIES)
async def test_what_to_begin_with_is_what_the_api_recommends(site, territory):
    page = await read(site, territory)
    told = await answer(site, territory, "recommandations?n=50")
    advice = page.root.xpath("//li[@class='conseil']")
    assert len(advice) == len(told["recommandations"])
    for shown, item in zip(advice, told["recommandations"], strict=True):
        text = plain(shown.text_content())
        assert plain(item["phrase"]) in text
        assert plain(item["effet"]["phrase"]) in text
        for example in item["exemples"]:
            assert plain(example["phrase"]) in text
        addresses = shown.xpath(".//ul[@class='exemples']//a/@href")
        for example in item["exemples"]:
            assert f"/{example['niveau']}/{example['code']}" in addresses
            if example["id"] is not None:
                assert f"/{example['nature']}/{example['id']}" in addresses
    asked = [plain(t) for t in page.texts("//div[@class='verifier']//li/a")]
    assert asked[: len(told["a_verifier"])] == [plain(i["libelle"]) for i in told["a_verifier"]]
    if told["raison"] is not None:
        section = page.texts("//section[@id='commencer']")[0]
        assert plain(told["raison"]) in plain(section)


@pytest.mark.parametrize("territory", TERRITORIES)
async def test_comparables_are_those_of_the_api(site, territory):
    page = await read(site, territory)
    told = await answer(site, territory, "comparables")
    names = ("population", "taux", "presents", "rang", "distance_km")
    shown = [row[1:] for row in rows(page, "tableau-comparables")]
    assert shown == [[figure(item[name]) for name in names] for item in told["comparables"]]
    niveau, code = territory.split("/")
    first = [f"{niveau}/{item['code']}" for item in told["comparables"][:3]]
    beside = page.root.xpath("//a[starts-with(@href, '/comparer?')]/@href")
    assert f"/comparer?territoires={','.join([f'{niveau}/{code}', *first])}" in beside
    if told["comparables"]:
        assert len(page.root.xpath("//svg[@class='bande']/circle")) == len(told["comparables"]) + 1
    else:
        section = plain(page.texts("//section[@id='comparaison']")[0])
        assert plain(told["raison"] or "aucun service n'est documenté") in section


@pytest.mark.parametrize("territory", TERRITORIES)
async def test_distances_are_those_of_the_api(site, territory):
    page = await read(site, territory)
    told = await answer(site, territory, "accessibilite")
    shown = {row[0].removesuffix(" *"): row[1:] for row in rows(page, "tableau-distances")}
    measured = [i for i in told["services"] if i["distances"]["plus_eloignee"] is not None]
    assert set(shown) == {item["service"]["libelle"] for item in measured}
    for item in measured:
        cells = shown[item["service"]["libelle"]]
        far, index = item["distances"]["plus_eloignee"], item["e2sfca"]
        if territory.startswith("commune/"):
            assert cells[0] == figure(far["distance_km"])
            assert cells[1] == figure(item["lieux"]["total"])
            assert cells[2] == figure(index["moyenne"])
            continue
        quantiles = item["distances"]["quantiles_km"]
        assert cells[:2] == [figure(quantiles["p50"]), figure(quantiles["p90"])]
        assert cells[2:5] == [figure(limit["population"]) for limit in item["seuils"]]
        assert cells[5:] == [
            figure(far["distance_km"]),
            *map(figure, (index["moyenne"], index["gini"])),
        ]
    pooled = await answer(site, territory, "mutualisation")
    neighbours = [plain(text) for text in page.texts("//ul[@class='voisins']/li")]
    expected = [f"{plain(i['nom'])} {plain(i['phrase'])}" for i in pooled["voisins"][:5]]
    assert neighbours == expected
    if pooled["raison"]:
        assert plain(pooled["raison"]) in plain(page.texts("//section[@id='distances']")[0])


@pytest.mark.parametrize(
    ("territory", "niveaux"),
    [
        ("epci/243500139", ["commune"]),
        ("departement/35", ["epci", "commune"]),
        ("region/53", ["departement"]),
        ("pays/france", ["region", "departement"]),
        ("groupe/villes-choisies", ["commune"]),
    ],
)
async def test_parts_have_the_rates_of_the_api(site, territory, niveaux):
    page = await read(site, territory)
    for niveau in niveaux:
        found = await site.get(f"/api/territoires?parent={territory}&niveau={niveau}&limit=500")
        known = {item["nom"]: item for item in found.json()["territoires"]}
        shown = rows(page, f"tableau-{niveau}")
        assert {row[0] for row in shown} == set(known)
        for nom, *cells in shown:
            names = ("taux", "presents", "documentes", "population")
            assert cells == [figure(known[nom][name]) for name in names]


@pytest.mark.parametrize("territory", TERRITORIES)
async def test_lieux_and_actions_lead_to_their_pages(site, territory):
    page = await read(site, territory)
    niveau = territory.split("/")[0]
    for name in ("lieux", "actions"):
        told = await answer(site, territory, f"{name}?limit=5")
        kind = name.removesuffix("x").removesuffix("s")
        shown = page.root.xpath(f"//ul[@class='fiches']//a[starts-with(@href, '/{kind}/')]/@href")
        assert shown == [f"/{kind}/{item['id']}" for item in told[name]]
        every = page.root.xpath(f"//a[@href='/{territory}/{name}']")
        assert bool(every) == (told["total"] > len(told[name]))
    assert niveau


async def test_sources_are_named_with_their_dates(site):
    page = await read(site, "commune/35238")
    sources = (await site.get("/api/sources")).json()["sources"]
    loaded = [item for item in sources if item["statut"] == "chargee"]
    shown = rows(page, "tableau-sources")
    assert [row[0] for row in shown] == [item["nom"] for item in loaded]
    assert [row[2] for row in shown] == [item["date_donnees"] for item in loaded]
    assert [row[3] for row in shown] == [item["licence"] for item in loaded]


async def test_labels_and_programmes(site):
    page = await read(site, "commune/35238")
    labels = [plain(text) for text in page.texts("//ul[@class='labels']/li")]
    assert labels == [
        "@@@@@ Label 2025 : 5 arobases, arobase verte ; mention : Inclusion",
        "@@@@ Label 2024 : 4 arobases",
    ]
    assert page.links()["Villes choisies"] == "/groupe/villes-choisies"


async def test_a_hostile_name_stays_text(site):
    page = await read(site, "commune/48900")
    assert len(page.root.xpath("//script")) == 1
    assert page.texts("//h1") == [little_atlas.HOSTILE]
    assert page.title.startswith(little_atlas.HOSTILE)
    assert little_atlas.HOSTILE in page.meta("description")
    around = await read(site, "departement/48")
    assert len(around.root.xpath("//script")) == 1


@pytest.mark.parametrize("sign", ["\u202e", "\u202a", "\u2067", "\u2069"])
def test_no_name_turns_a_page_around(sign):
    written = environment().from_string("<p>{{ nom }}</p>").render(nom=f"{sign}Mende <b>é")
    assert written == "<p>Mende &lt;b&gt;é</p>"


async def test_an_arrondissement_has_the_services_of_its_city(site):
    page = await read(site, "arrondissement/75115")
    assert page.links()["Voir Paris"] == "/commune/75056"
    told = await answer(site, "commune/75056", "diagnostic")
    assert [plain(t) for t in page.texts("//div[@class='phrases']/p")] == [
        plain(text) for text in told["phrases"]
    ]


async def test_without_outline_there_is_no_map_and_it_is_said(site):
    page = await read(site, "commune/98818")
    assert page.root.xpath("//figure") == []
    assert "l’atlas n’en a pas le contour" in page.texts("//section[@id='la-carte']")[0]
    assert "Mettre cette carte sur votre site" not in page.links()


async def test_the_map_has_its_table(site):
    page = await read(site, "epci/243500139")
    (drawn,) = page.root.xpath("//figure[@data-carte]")
    assert (drawn.get("data-niveau"), drawn.get("data-code")) == ("epci", "243500139")
    assert drawn.get("data-indicateur") == "ensemble"
    assert len(drawn.get("data-bbox").split(",")) == 4
    assert drawn.xpath(".//svg")
    members = await site.get("/api/territoires?parent=epci/243500139&limit=50")
    rates = {item["nom"]: figure(item["taux"]) for item in members.json()["territoires"]}
    assert {row[0]: row[1] for row in rows(page, "tableau-carte")} == rates


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (f"service:{little_atlas.SITE}", f"/epci/243500139?service={little_atlas.SITE}"),
        ("enjeu:education", "/epci/243500139?enjeu=education"),
        ("", "/epci/243500139"),
        ("autre:x", "/epci/243500139"),
        ("service:a&b=c/../", "/epci/243500139?service=a%26b%3Dc/../"),
        ("service:\r\nSet-Cookie: a=b", "/epci/243500139?service=%0D%0ASet-Cookie%3A%20a%3Db"),
    ],
)
async def test_the_form_of_the_map_leads_to_a_subject(site, asked, found):
    sent = await site.get("/epci/243500139", params={"sujet": asked})
    assert (sent.status_code, sent.headers["location"]) == (303, found)


async def test_every_choice_of_the_form_is_a_subject(site):
    page = await read(site, "epci/243500139")
    values = page.root.xpath("//select[@id='sujet']//option/@value")
    documented = (await answer(site, "epci/243500139", "couverture"))["services"]
    codes = [item["code"] for item in documented if item["documente"]]
    assert [v.partition(":")[2] for v in values if v.startswith("service:")] == codes
    assert values[0] == ""


async def test_addresses(site):
    moved = await site.get("/commune/35999?service=x")
    assert (moved.status_code, moved.headers["location"]) == (301, "/commune/35238?service=x")
    plainly, more = await site.get("/commune/35238"), await site.get("/commune/35238?utm=x")
    assert more.text == plainly.text
    assert Read(more.text).root.xpath("//link[@rel='canonical']/@href") == [
        "http://atlas.test/commune/35238"
    ]
    lost = await site.get("/commune/243500139")
    assert lost.status_code == 404
    assert Read(lost.text).links()["l’EPCI Rennes Métropole"] == "/epci/243500139"
    same = await site.get("/commune/35238", headers={"If-None-Match": plainly.headers["etag"]})
    assert same.status_code == 304


async def test_every_link_of_a_page_leads_somewhere(site):
    """Those of this site, but for pages that other parts make."""
    page = await read(site, "departement/35")
    for address in set(page.root.xpath("//main//a/@href")):
        if address.startswith("/") and "carte." not in address and "fiche." not in address:
            found = await site.get(address.partition("#")[0])
            assert found.status_code == 200, address


def test_french_of_descriptions():
    unknown = Territory("commune", "1", "Nulle-Part", None, None, None, 1, None, 0, 0)
    assert describe_territory(unknown) == (
        "Nulle-Part, population inconnue\u00a0: aucun service numérique documenté pour le moment."
    )
    known = Territory("commune", "1", "Ici", None, 1200, 2023, 1, 0.5, 4, 1)
    assert plain(describe_territory(known)).startswith(
        "Ici, 1 200 habitants en 2023 : taux de couverture de 50 % "
        "(1 service présent ou partagé sur 4 documentés)."
    )
