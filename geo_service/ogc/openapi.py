"""``/ogc/api``: the OpenAPI 3.0 document of the OGC API, gathered from its parts."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from geo_service.ogc import pages
from geo_service.ogc.exchange import HTML, OPENAPI_JSON, Answer, Exchange, as_json

#: 3.0 and not 3.1: it is what the conformance class oas30 and its clients read.
OPENAPI = "3.0.3"

_MEDIA_TYPES = {"json": OPENAPI_JSON, "html": HTML}


def document(exchange: Exchange) -> dict[str, Any]:
    """Write the document."""
    from geo_service.ogc.parts import PARTS  # noqa: PLC0415 (parts name the routes of this module)

    found = [part.openapi() for part in PARTS]

    def gathered(name: str) -> dict[str, Any]:
        return {key: value for part in found for key, value in part.get(name, {}).items()}

    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Atlas de l’internet citoyen : OGC API",
            "description": (
                "Les collections de l’atlas selon OGC API – Features et OGC API – Tiles. Tout se "
                "lit avec GET, sans clé. Une erreur est un document application/problem+json."
            ),
            "version": version("atlas-internet-citoyen"),
        },
        "servers": [{"url": exchange.base}],
        "tags": gathered("tags_by_name") and list(gathered("tags_by_name").values()),
        "paths": gathered("paths"),
        "components": {name: gathered(name) for name in ("parameters", "schemas", "responses")},
    }


async def api(exchange: Exchange) -> Answer:
    """Answer the document, or a page that tells the same."""
    exchange.check_names({"f"})
    content = document(exchange)
    if exchange.representation() == "html":
        return pages.api(exchange, content)
    return as_json(content, OPENAPI_JSON)
