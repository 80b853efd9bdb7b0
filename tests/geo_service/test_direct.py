"""The straight way to the addresses of territories: the answers of FastAPI, to the byte."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from geo_service.app import create_app
from geo_service.direct import DirectAddresses
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas
from tests.geo_service.test_contract import ADDRESSES

pytestmark = pytest.mark.anyio

RENNES = "/api/territoires/commune/35238"
#: Requests in which something is not plain.
ODD = (
    f"{RENNES}/diagnostic?x=1",
    f"{RENNES}/diagnostic?",
    f"{RENNES}/diagnostic/",
    f"{RENNES}/",
    f"{RENNES}//diagnostic",
    "/api/territoires/commune//diagnostic",
    "/api/territoires//35238/diagnostic",
    f"{RENNES}/Diagnostic",
    f"{RENNES}/inconnu",
    f"{RENNES}/lacunes?limit=3&limit=4",
    f"{RENNES}/lacunes?limit=",
    f"{RENNES}/lacunes?limit=0",
    f"{RENNES}/lacunes?limit=deux",
    f"{RENNES}/lacunes?service=inconnu",
    f"{RENNES}/lacunes?%6Cimit=3",
    f"{RENNES}/lacunes?service=%C3%A9&enjeu=%ff",
    f"{RENNES}/recommandations?n=3&format=csv",
    f"{RENNES}/recommandations?n=51",
    f"{RENNES}/recommandations?service=" + "a" * 300,
    f"{RENNES}/recommandations?departement=99",
    f"{RENNES}/implantations?service={little_atlas.SITE}&nombre=1",
    f"{RENNES}/implantations",
    "/api/territoires/commune/35%32%338/diagnostic",
    "/api/territoires/commune/35238%2Fdiagnostic",
    "/api/territoires/commune/inconnue/diagnostic",
    "/api/territoires/ville/35238/diagnostic",
    "/api/territoires/Commune/35238/diagnostic",
    "/api/territoires/commune/2a004/diagnostic",
    "/api/territoires/arrondissement/75115/diagnostic",
    "/api/territoires/arrondissement/75115",
    "/api/territoires/commune/48999/couverture?theme=partage",
    "/api/territoires/departement/48/mutualisation?format=xml",
)


@pytest.fixture(scope="module")
async def by_fastapi(watcher: AtlasWatcher) -> AsyncIterator[httpx.AsyncClient]:
    """Client of the same application, in which FastAPI answers everything."""
    app = create_app(watcher)
    app.frame.direct = DirectAddresses([])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas.test") as client:
        yield client


def told(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
async def test_every_address_answers_as_fastapi_does(
    api: httpx.AsyncClient, by_fastapi: httpx.AsyncClient, method: str
) -> None:
    addresses = [path for path in ADDRESSES if path.startswith("/api/territoires/")]
    for path in [*addresses, *ODD]:
        found = await api.request(method, path)
        assert told(found) == told(await by_fastapi.request(method, path)), (method, path)


async def test_conditional_requests_are_answered_as_fastapi_does(
    api: httpx.AsyncClient, by_fastapi: httpx.AsyncClient
) -> None:
    etag = (await api.get(f"{RENNES}/couverture")).headers["etag"]
    for condition in (etag, f"W/{etag}", f'"autre", {etag}', "*", '"autre"', ""):
        # Spelt in another way, so that the ETag is not known by the address.
        for path in (f"{RENNES}/couverture?theme=", f"{RENNES}/couverture"):
            headers = {"if-none-match": condition}
            found = await api.get(path, headers=headers)
            assert told(found) == told(await by_fastapi.get(path, headers=headers)), condition
            assert found.status_code == (200 if condition in {'"autre"', ""} else 304)


def test_which_addresses_are_answered_directly(watcher: AtlasWatcher) -> None:
    direct = create_app(watcher).frame.direct
    assert {"", "diagnostic", "recommandations", "lacunes", "couverture"} <= direct.names
