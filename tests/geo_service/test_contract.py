"""Every address of the API: validators, provenance, shape, errors."""

from __future__ import annotations

import re

import httpx
import pytest
from pydantic import BaseModel

from geo_service.api import shapes
from geo_service.database import Database
from tests.geo_service import little_atlas
from tests.support import heard

pytestmark = pytest.mark.anyio

RENNES = "/api/territoires/commune/35238"
PLACES = "/implantations?service"
ADDRESSES: dict[str, type[BaseModel]] = {
    "/api/territoires?q=st+etienne": shapes.Search,
    "/api/territoires": shapes.Search,
    RENNES: shapes.Description,
    "/api/territoires/arrondissement/75115": shapes.Description,
    "/api/territoires/pays/france": shapes.Description,
    f"{RENNES}/couverture": shapes.Coverage,
    "/api/territoires/epci/243500139/couverture?theme=partage": shapes.Coverage,
    "/api/territoires/commune/48902/couverture": shapes.Coverage,
    "/api/territoires/commune/48903/couverture": shapes.Coverage,
    "/api/territoires/groupe/villes-choisies": shapes.Description,
    "/api/territoires/groupe/villes-choisies/couverture": shapes.Coverage,
    "/api/territoires/groupe/villes-choisies/lacunes": shapes.Gaps,
    "/api/territoires/groupe/villes-choisies/lieux": shapes.Places,
    "/api/territoires/groupe/villes-choisies/actions": shapes.Actions,
    "/api/territoires/commune/98818": shapes.Description,
    "/api/territoires/departement/988/couverture": shapes.Coverage,
    "/api/territoires/commune/98818/lacunes?statut=non_renseigne": shapes.Gaps,
    "/api/territoires/commune/98818/lieux": shapes.Places,
    "/api/indicateurs/arrondissement?indicateur=population": shapes.Indicators,
    f"/api/territoires/departement/48/lacunes?service={little_atlas.SITE}": shapes.Gaps,
    "/api/territoires/pays/france/lacunes": shapes.Gaps,
    "/api/territoires/pays/france/lacunes?distance_km=5": shapes.Gaps,
    "/api/territoires/pays/france/lacunes?groupe=villes-choisies&theme=democratie": shapes.Gaps,
    f"/api/territoires/pays/france/lacunes?service={little_atlas.NEVER}": shapes.Gaps,
    "/api/territoires?parent=epci/243500139": shapes.Search,
    "/api/territoires?niveau=region": shapes.Search,
    "/api/indicateurs/departement?indicateur=part_absente&theme=partage": shapes.Indicators,
    "/api/indicateurs/commune?indicateur=part_non_renseignee": shapes.Indicators,
    "/api/territoires/commune/48903/lacunes?enjeu=education": shapes.Gaps,
    f"{RENNES}/diagnostic": shapes.Diagnosis,
    "/api/territoires/epci/244200770/diagnostic": shapes.Diagnosis,
    "/api/territoires/departement/48/diagnostic": shapes.Diagnosis,
    "/api/territoires/region/76/diagnostic": shapes.Diagnosis,
    "/api/territoires/pays/france/diagnostic": shapes.Diagnosis,
    "/api/territoires/groupe/villes-choisies/diagnostic": shapes.Diagnosis,
    "/api/territoires/commune/48902/diagnostic": shapes.Diagnosis,
    "/api/territoires/commune/48903/diagnostic": shapes.Diagnosis,
    "/api/territoires/commune/98818/diagnostic": shapes.Diagnosis,
    f"{RENNES}/accessibilite": shapes.Access,
    f"{RENNES}/accessibilite?service={little_atlas.SITE}&rayon_km=30": shapes.Access,
    "/api/territoires/pays/france/accessibilite?seuils_km=1,2": shapes.Access,
    "/api/territoires/groupe/villes-choisies/accessibilite": shapes.Access,
    "/api/territoires/departement/988/accessibilite": shapes.Access,
    f"/api/territoires/region/53{PLACES}={little_atlas.CYBER}": shapes.Implantations,
    f"/api/territoires/departement/48{PLACES}={little_atlas.NEVER}&methode=cible": (
        shapes.Implantations
    ),
    f"/api/territoires/epci/244200770{PLACES}={little_atlas.CYBER}&methode=p-mediane": (
        shapes.Implantations
    ),
    f"/api/territoires/commune/48903{PLACES}={little_atlas.CYBER}": shapes.Implantations,
    f"/api/territoires/commune/98818{PLACES}={little_atlas.SITE}": shapes.Implantations,
    f"/api/territoires/groupe/villes-choisies{PLACES}={little_atlas.CYBER}&rayon_km=5": (
        shapes.Implantations
    ),
    f"{RENNES}/lieux": shapes.Places,
    "/api/territoires/commune/48902/lieux": shapes.Places,
    f"{RENNES}/actions": shapes.Actions,
    "/api/territoires/departement/75/actions": shapes.Actions,
    f"{RENNES}/comparables": shapes.Comparables,
    "/api/territoires/epci/244200770/comparables?k=3&region=53": shapes.Comparables,
    "/api/territoires/pays/france/comparables": shapes.Comparables,
    "/api/territoires/commune/48902/comparables": shapes.Comparables,
    "/api/territoires/commune/98818/comparables": shapes.Comparables,
    "/api/territoires/epci/244200770/recommandations": shapes.Recommendations,
    "/api/territoires/departement/48/recommandations?n=1&theme=partage": shapes.Recommendations,
    "/api/territoires/groupe/villes-choisies/recommandations": shapes.Recommendations,
    "/api/territoires/commune/48901/mutualisation": shapes.Pooling,
    "/api/territoires/departement/48/mutualisation?enjeu=education": shapes.Pooling,
    "/api/territoires/pays/france/mutualisation": shapes.Pooling,
    f"{RENNES}/acteurs": shapes.NearActeurs,
    "/api/territoires/departement/48/acteurs?rayon_km=0": shapes.NearActeurs,
    "/api/territoires/commune/98818/acteurs": shapes.NearActeurs,
    "/api/acteurs?q=coop": shapes.Acteurs,
    "/api/acteurs?q=rien-du-tout": shapes.Acteurs,
    "/api/acteurs/732829320": shapes.ActeurDetail,
    "/api/lieux/mairies:35238": shapes.PlaceDetail,
    "/api/lieux/mairies:48900": shapes.PlaceDetail,
    "/api/actions/a:1": shapes.ActionDetail,
    "/api/actions/a:3": shapes.ActionDetail,
    "/api/comparaison?territoires=commune/48095,commune/35238": shapes.Comparison,
    "/api/comparaison?territoires=commune/48902,commune/98818,pays/france": shapes.Comparison,
    "/api/comparaison?territoires=commune/35999,epci/244200770,groupe/villes-choisies": (
        shapes.Comparison
    ),
    "/api/labels": shapes.Labels,
    "/api/labels?annee=1999": shapes.Labels,
    "/api/modeles": shapes.Templates,
    "/api/indicateurs/commune": shapes.Indicators,
    f"/api/indicateurs/commune?service={little_atlas.SITE}": shapes.Indicators,
    f"/api/indicateurs/departement?service={little_atlas.SITE}": shapes.Indicators,
    f"/api/indicateurs/commune?service={little_atlas.SITE}&indicateur=distance": shapes.Indicators,
    f"/api/indicateurs/commune?service={little_atlas.SITE}&indicateur=accessibilite": (
        shapes.Indicators
    ),
    f"/api/indicateurs/commune?service={little_atlas.SITE}&indicateur=grappe": shapes.Indicators,
    "/api/indicateurs/region?enjeu=services-publics": shapes.Indicators,
    "/api/indicateurs/groupe": shapes.Indicators,
    "/api/indicateurs/epci?indicateur=population": shapes.Indicators,
    "/api/cog/resoudre?code=48999&date=1960": shapes.Resolution,
    "/api/cog/resoudre?code=99999": shapes.Resolution,
    "/api/referentiel": shapes.Referentiel,
    "/api/sources": shapes.Sources,
    "/api/publications": shapes.Publications,
    f"/api/publications/{little_atlas.FIRST}/rapport": shapes.Report,
    f"/api/publications/{little_atlas.FIRST}/rapport?gravite=rejet": shapes.Report,
    f"/api/publications/{little_atlas.FIRST}/diff/{little_atlas.SECOND}": shapes.PublicationDiff,
    f"/api/publications/{little_atlas.FIRST}/diff/{little_atlas.FIRST}": shapes.PublicationDiff,
    "/api/definitions": shapes.Definitions,
}
EVERY = pytest.mark.parametrize("address", ADDRESSES)


@EVERY
async def test_answers_have_their_shape_and_provenance(api: httpx.AsyncClient, address: str):
    answer = await api.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    ADDRESSES[address].model_validate(body)
    assert body["publication"] == little_atlas.FIRST
    assert body["millesime"] == 2026
    # A source that is absent was not used.
    whole = address == "/api/sources" or "/rapport" in address
    assert whole or {source["id"] for source in body["sources"]} == {
        "cog",
        "mairies",
    }
    assert "NaN" not in answer.text


@EVERY
async def test_answers_can_be_cached_and_validated(api: httpx.AsyncClient, address: str):
    answer = await api.get(address)
    etag = answer.headers["etag"]
    assert etag.startswith('"')
    assert answer.headers["cache-control"].startswith("public, max-age=")
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]

    same = await api.get(address, headers={"If-None-Match": f'"other", W/{etag}'})
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == etag
    assert same.headers["vary"] == answer.headers["vary"]
    assert same.headers["cache-control"] == answer.headers["cache-control"]
    assert (await api.get(address, headers={"If-None-Match": "*"})).status_code == 304
    assert (await api.get(address, headers={"If-None-Match": '"other"'})).status_code == 200


@EVERY
async def test_each_encoding_has_its_etag(api: httpx.AsyncClient, address: str):
    plain = await api.get(address, headers={"Accept-Encoding": "identity"})
    zipped = await api.get(address, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    refused = await api.get(address, headers={"Accept-Encoding": "gzip;q=0, *;q=0"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.json() == plain.json()
    assert zipped.headers["etag"] != plain.headers["etag"] == refused.headers["etag"]
    assert "content-encoding" not in plain.headers
    crossed = {"Accept-Encoding": "gzip", "If-None-Match": plain.headers["etag"]}
    assert (await api.get(address, headers=crossed)).status_code == 200


@EVERY
async def test_head_has_the_headers_of_get(api: httpx.AsyncClient, address: str):
    got, headed = await api.get(address), await api.head(address)
    assert headed.status_code == 200
    assert headed.content == b""
    for name in ("etag", "content-length", "content-type", "vary", "cache-control"):
        assert headed.headers[name] == got.headers[name]


@EVERY
async def test_unknown_parameters_are_refused(api: httpx.AsyncClient, address: str):
    answer = await api.get(httpx.URL(address).copy_merge_params({"servise": "x"}))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert "« servise »" in problem["detail"]
    assert problem["instance"] == httpx.URL(address).path
    assert problem["status"] == 400


@EVERY
async def test_other_methods_are_refused(api: httpx.AsyncClient, address: str):
    answer = await api.post(address)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.headers["content-type"] == "application/problem+json"
    preflight = await api.options(address)
    assert preflight.status_code == 204
    assert "If-None-Match" in preflight.headers["access-control-allow-headers"]


async def test_a_matching_etag_asks_the_database_nothing(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    etag = (await api.get(f"{RENNES}/couverture")).headers["etag"]

    async def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Database, "fetch", refuse)
    same = await api.get(f"{RENNES}/couverture", headers={"If-None-Match": etag})
    assert same.status_code == 304


async def test_etags_tell_answers_apart(api: httpx.AsyncClient):
    addresses = [*ADDRESSES, f"{RENNES}/couverture?format=csv", f"{RENNES}/couverture?format=xlsx"]
    etags = [(await api.get(address)).headers["etag"] for address in addresses]
    assert len(set(etags)) == len(etags)


async def test_an_address_has_one_etag_however_it_is_spelt(api: httpx.AsyncClient):
    spellings = [
        f"{RENNES}/lacunes?enjeu=education&statut=absent&tri=population",
        f"{RENNES}/lacunes?statut=absent&enjeu=education",
        f"{RENNES}/lacunes?statut=absent&enjeu=education&limit=&format=json",
    ]
    assert len({(await api.get(address)).headers["etag"] for address in spellings}) == 1


BAD = {
    f"{RENNES}/comparables?k=0": ("k", "au moins 1"),
    f"{RENNES}/comparables?k=500": ("k", "au plus 100"),
    f"{RENNES}/comparables?departement=999": ("departement", "un département connu"),
    f"{RENNES}/comparables?n=3": ("n", "n’existe pas"),
    "/api/territoires/departement/48/comparables?departement=48": ("departement", "plus petits"),
    "/api/territoires/region/76/recommandations?region=76": ("region", "plus petits"),
    f"{RENNES}/recommandations?n=500": ("n", "au plus 50"),
    f"{RENNES}/recommandations?enjeu=educaton": ("enjeu", "« education »"),
    f"{RENNES}/recommandations?theme=x": ("theme", "référentiel"),
    f"{RENNES}/mutualisation?n=500": ("n", "au plus 50"),
    f"{RENNES}/mutualisation?format=geojson": ("format", "parquet"),
    "/api/territoires?parent=rennes": ("parent", "niveau/code"),
    "/api/territoires/pays/france/lacunes?departement=lozere": ("departement", "Lozère"),
    f"{RENNES}/lacunes?population_min=2&population_max=1": ("population_max", "Échangez"),
    f"{RENNES}/lieux?cursor=abc": ("cursor", "première page"),
    f"{RENNES}/actions?cursor=abc": ("cursor", "première page"),
    "/api/territoires?limit=-1": ("limit", "au moins 1"),
    "/api/territoires?limit=1000000000": ("limit", "au plus 100"),
    "/api/territoires?limit=dix": ("limit", "nombre entier"),
    "/api/territoires?niveau=planete": ("niveau", "commune, arrondissement"),
    "/api/territoires?format=shp": ("format", "geojson"),
    "/api/territoires?q=" + "a" * 101: ("q", "100 caractères"),
    "/api/territoires?limit=1&limit=2": ("limit", "plusieurs fois"),
    "/api/territoires/planete/35238": ("niveau", "commune, arrondissement"),
    "/api/indicateurs/planete": ("niveau", "commune, arrondissement"),
    "/api/indicateurs/commune?service=site-internet&enjeu=education": ("service", "référentiel"),
    "/api/indicateurs/commune?enjeu=education&theme=partage": ("enjeu", "un seul"),
    "/api/indicateurs/commune?indicateur=statut": ("statut", "service"),
    f"/api/indicateurs/epci?service={little_atlas.SITE}&indicateur=distance": (
        "distance",
        "niveau « commune »",
    ),
    f"/api/indicateurs/epci?service={little_atlas.SITE}&indicateur=taux": ("taux", "statut"),
    f"{RENNES}/couverture?service=site-internet-comune": ("service", little_atlas.SITE),
    f"{RENNES}/couverture?format=geojson": ("format", "json, csv, xlsx, parquet"),
    f"{RENNES}/accessibilite?seuils_km=cinq": ("seuils_km", "virgules"),
    f"{RENNES}/accessibilite?service={little_atlas.SITE}&rayon_km=0": ("rayon_km", "au moins 0.5"),
    f"{RENNES}/accessibilite?poids=1": ("poids", "service"),
    f"{RENNES}/acteurs?rayon_km=500": ("rayon_km", "au plus"),
    f"{RENNES}/acteurs?service=rien": ("service", "référentiel"),
    "/api/labels?annee=1812": ("annee", "au moins"),
    "/api/modeles/actions.csv?exemples=peut-etre": ("exemples", "true"),
    f"{RENNES}/lacunes?distance_km=nan": ("distance_km", "fini"),
    f"{RENNES}/lacunes?distance_km=-3": ("distance_km", "au moins 0"),
    f"{RENNES}/lacunes?statut=peut-etre": ("statut", "non_renseigne"),
    f"/api/publications/{little_atlas.FIRST}/rapport?source=mairie": ("source", "« mairies »"),
    f"/api/publications/{little_atlas.FIRST}/rapport?motif=zero": ("motif", "les montre tous"),
    f"/api/publications/{little_atlas.FIRST}/rapport?gravite=x": ("gravite", "reparation"),
    f"/api/publications/{little_atlas.FIRST}/rapport?cursor=abc": ("cursor", "première page"),
    f"/api/publications/{little_atlas.FIRST}/diff/{little_atlas.SECOND}?objet=x": (
        "objet",
        "territoire",
    ),
    f"{RENNES}/lacunes?cursor=abc": ("cursor", "première page"),
    f"{RENNES}/lacunes?cursor=%C3%A9": ("cursor", "première page"),
    f"{RENNES}/implantations": ("service", "obligatoire"),
    f"{RENNES}{PLACES}=sit-internet-commune": ("service", little_atlas.SITE),
    f"{RENNES}{PLACES}={little_atlas.SITE}&nombre=500": ("nombre", "au plus 100"),
    f"{RENNES}{PLACES}={little_atlas.SITE}&nombre=0": ("nombre", "au moins 1"),
    f"{RENNES}{PLACES}={little_atlas.SITE}&rayon_km=0": ("rayon_km", "au moins 1"),
    f"{RENNES}{PLACES}={little_atlas.SITE}&rayon_km=10000": (
        "rayon_km",
        "au plus 100",
    ),
    f"{RENNES}{PLACES}={little_atlas.SITE}&duree_max_s=60": (
        "duree_max_s",
        "au plus",
    ),
    f"{RENNES}{PLACES}={little_atlas.SITE}&part=1.2&methode=cible": (
        "part",
        "au plus",
    ),
    f"{RENNES}{PLACES}={little_atlas.SITE}&part=0.5": ("part", "cible"),
    f"{RENNES}{PLACES}={little_atlas.SITE}&nombre=2&methode=cible": (
        "nombre",
        "cible",
    ),
    f"{RENNES}{PLACES}={little_atlas.SITE}&methode=magie": ("methode", "p-mediane"),
    f"{RENNES}/lacunes?population_min=99999999999999999999": ("population_min", "au plus"),
}


@pytest.mark.parametrize("address", BAD)
async def test_bad_parameters_are_told_in_french(api: httpx.AsyncClient, address: str):
    answer = await api.get(address)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    name, words = BAD[address]
    detail = answer.json()["detail"]
    assert name in detail
    assert words in detail


async def test_the_likely_parameter_is_proposed(api: httpx.AsyncClient):
    answer = await api.get(f"{RENNES}/lacunes?servise=x")
    (parameter,) = answer.json()["parametres"]
    assert parameter["suggestion"] == "service"
    assert "distance_km" in parameter["permis"]


@pytest.mark.parametrize(
    "end", ["", "/couverture", "/lacunes", "/accessibilite", "/lieux", "/actions"]
)
async def test_unknown_territories_are_not_found(api: httpx.AsyncClient, end: str):
    answer = await api.get(f"/api/territoires/commune/00000{end}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "« 00000 »" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("commune/243500139", ("epci", "243500139")),
        ("epci/35238", ("commune", "35238")),
        ("commune/35700", ("commune", "35238")),
        ("commune/france", ("pays", "france")),
    ],
)
async def test_the_likely_territory_is_proposed(api: httpx.AsyncClient, asked: str, meant: tuple):
    problem = (await api.get(f"/api/territoires/{asked}")).json()
    first = problem["suggestions"][0]
    assert (first["niveau"], first["code"]) == meant
    assert first["nom"] in problem["detail"]


@pytest.mark.parametrize("end", ["", "/couverture", "/lacunes?limit=3&statut=present", "/lieux"])
async def test_old_codes_redirect_for_good(api: httpx.AsyncClient, end: str):
    answer = await api.get(f"/api/territoires/commune/35999{end}")
    assert answer.status_code == 301
    assert answer.headers["location"] == f"/api/territoires/commune/35238{end}"
    assert "max-age" in answer.headers["cache-control"]


async def test_a_final_slash_is_forgiven(api: httpx.AsyncClient):
    answer = await api.get(f"{RENNES}/couverture/?theme=partage")
    assert answer.status_code == 301
    assert answer.headers["location"] == f"{RENNES}/couverture?theme=partage"


async def test_unknown_addresses_are_not_found(api: httpx.AsyncClient):
    answer = await api.get("/api/nimporte/quoi")
    assert answer.status_code == 404
    assert answer.json()["instance"] == "/api/nimporte/quoi"


async def test_an_unforeseen_error_tells_nothing_of_itself(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    async def fail(*_: object, **__: object) -> None:
        raise ValueError("secret of the house")

    monkeypatch.setattr(Database, "fetch", fail)
    with heard() as events:
        answer = await api.get("/api/publications")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert [event["event"] for event in events] == ["erreur_imprevue"]
    assert events[0]["exc_info"]


#: Types of the addresses that are files, each with tests of its own: test_modeles_api.py, maps/…
FILES = {
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".pdf": "application/pdf",
}


async def test_the_openapi_document_describes_every_address(api: httpx.AsyncClient):
    document = (await api.get("/openapi.json")).json()
    described = {path for path in document["paths"] if path.startswith("/api/")}
    asked = {httpx.URL(address).path for address in ADDRESSES}
    for path in {path for path in described if path[-4:] not in FILES}:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
        assert any(re.fullmatch(pattern, address) for address in asked), path
    for path in described:
        operation = document["paths"][path]["get"]
        assert operation["summary"]
        content = operation["responses"]["200"]["content"]
        if path[-4:] in FILES:
            assert FILES[path[-4:]] in content
        else:
            assert content["application/json"]["schema"]
        assert {"304", "400", "404", "503"} <= set(operation["responses"])
        assert "422" not in operation["responses"]
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (path, parameter)


async def test_documentation_asks_nothing_elsewhere(api: httpx.AsyncClient):
    page = await api.get("/docs")
    assert page.status_code == 200
    assert "http" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "ouvrir.js"):
        file = await api.get(f"/docs/{name}")
        assert file.status_code == 200
        assert name in page.text
        again = await api.get(f"/docs/{name}", headers={"If-None-Match": file.headers["etag"]})
        assert again.status_code == 304


async def test_probes(api: httpx.AsyncClient):
    assert (await api.get("/health")).json() == {"statut": "ok"}
    assert (await api.get("/ready")).status_code == 200
