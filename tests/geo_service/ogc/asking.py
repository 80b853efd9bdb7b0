"""What the tests of the OGC API ask again and again."""

from __future__ import annotations

from typing import Any

import httpx

COLLECTIONS = (
    "communes",
    "epcis",
    "departements",
    "regions",
    "arrondissements",
    "actions",
    "lieux",
    "lacunes",
)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
#: Every CRS of the atlas.
CRS = (CRS84, *(f"{EPSG}{srid}" for srid in (4326, 3857, 2154, 5490, 2972, 2975, 4471)))


async def get(ogc: httpx.AsyncClient, path: str, **parameters: str) -> Any:
    """Ask for a JSON document under ``/ogc``."""
    answer = await ogc.get(f"/ogc{path}", params=spelt(parameters))
    assert answer.status_code == 200, answer.text
    return answer.json()


def spelt(parameters: dict[str, str]) -> dict[str, str]:
    """Write parameters as in an address: ``filter_crs`` is ``filter-crs``."""
    known = {"filter_lang", "filter_crs", "bbox_crs"}
    return {
        name.replace("_", "-") if name in known else name: value
        for name, value in parameters.items()
    }


async def features(
    ogc: httpx.AsyncClient, collection: str, **parameters: str
) -> list[dict[str, Any]]:
    """Give the features of the first page, which holds them all unless ``limit`` says less."""
    given = {"limit": "1000", **parameters}
    page = await get(ogc, f"/collections/{collection}/items", **given)
    found: list[dict[str, Any]] = page["features"]
    return found


async def ids(ogc: httpx.AsyncClient, collection: str, **parameters: str) -> list[str]:
    """Identifiers of these features, in order."""
    return [one["id"] for one in await features(ogc, collection, **parameters)]


async def refusal(ogc: httpx.AsyncClient, path: str, **parameters: str) -> str:
    """Ask for what is refused; give the sentence of the refusal."""
    answer = await ogc.get(f"/ogc{path}", params=spelt(parameters))
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 400
    detail: str = problem["detail"]
    assert detail.endswith((".", "?", "»", ")")), detail
    return detail


def relations(links: list[dict[str, Any]], rel: str) -> list[dict[str, Any]]:
    """Links of one relation; each of them has what is needed to follow it."""
    found = [link for link in links if link["rel"] == rel]
    assert all(link["href"].startswith("http") and link["title"] for link in found)
    return found
