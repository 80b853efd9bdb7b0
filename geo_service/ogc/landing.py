"""``/ogc/`` and ``/ogc/conformance``: where to start, and what is declared."""

from __future__ import annotations

from geo_service.ogc import pages
from geo_service.ogc.exchange import (
    HTML,
    JSON,
    OPENAPI_JSON,
    Answer,
    Exchange,
    Link,
    as_json,
    link,
    own_links,
)
from geo_service.provenance import provenance

_DOCUMENT = {"json": JSON, "html": HTML}
TITLE = "Atlas de l’internet citoyen : OGC API"
DESCRIPTION = (
    "Les communes de France et leurs territoires, les actions numériques des collectivités, les "
    "lieux où des services sont rendus, et ce qui manque : à lire avec QGIS, GDAL ou un navigateur."
)


def core_links(exchange: Exchange) -> list[Link]:
    """Links of the landing page that the core asks for (17-069r4 §7.2)."""
    base = exchange.base
    return [
        link(f"{base}/api?f=json", "service-desc", OPENAPI_JSON, "Description OpenAPI 3.0"),
        link(f"{base}/api?f=html", "service-doc", HTML, "Documentation"),
        link(f"{base}/conformance?f=json", "conformance", JSON, "Classes de conformité"),
        link(f"{base}/collections?f=json", "data", JSON, "Collections"),
        link(f"{base}/collections?f=html", "data", HTML, "Collections (page web)"),
    ]


async def landing(exchange: Exchange) -> Answer:
    """Answer the landing page."""
    # Here and not above: the parts name the routes of this module.
    from geo_service.ogc.parts import landing_links  # noqa: PLC0415

    exchange.check_names({"f"})
    kind = exchange.representation()
    content = {
        "title": TITLE,
        "description": DESCRIPTION,
        "links": [
            *own_links(exchange, kind, "Page d’accueil", _DOCUMENT),
            *landing_links(exchange),
        ],
        **provenance(exchange.atlas, ()),
    }
    if kind == "html":
        return pages.landing(exchange, content)
    return as_json(content)


async def conformance(exchange: Exchange) -> Answer:
    """Answer the conformance classes, gathered from the parts."""
    from geo_service.ogc.parts import conformance_classes  # noqa: PLC0415

    exchange.check_names({"f"})
    kind = exchange.representation()
    content = {
        "conformsTo": list(conformance_classes()),
        "links": own_links(exchange, kind, "Classes de conformité", _DOCUMENT),
    }
    if kind == "html":
        return pages.conformance(exchange, content)
    return as_json(content)
