"""The parts of the OGC API, each with its classes, links, routes and OpenAPI description.

A new part (tiles, say) is a module with a ``PART`` and one line in :data:`PARTS`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from geo_service.ogc import (
    describing,
    features_openapi,
    files,
    items,
    landing,
    openapi,
    stylesheet,
    tiles,
    tiles_documents,
    tiles_openapi,
)
from geo_service.ogc.collections import Collection
from geo_service.ogc.exchange import Answer, Exchange, Link

Handler = Callable[[Exchange], Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """An address and what answers it.

    Attributes
    ----------
    path
        Parts of the path after ``/ogc``: a name between braces is a variable, one that ends with
        ``+`` takes all that is left, slashes included.
    handler
        Answers an exchange.
    """

    path: str
    handler: Handler


@dataclass(frozen=True)
class Part:
    """A part of the OGC API.

    Attributes
    ----------
    conformance
        URIs of the conformance classes it declares: tests bind each to a module of tests.
    routes
        Its addresses.
    landing_links
        Links that it adds to the landing page.
    collection_links
        Links that it adds to each collection.
    openapi
        ``paths``, ``parameters`` and ``schemas`` that it adds to the OpenAPI document.
    """

    conformance: tuple[str, ...]
    routes: tuple[Route, ...] = ()
    landing_links: Callable[[Exchange], list[Link]] = lambda _exchange: []
    collection_links: Callable[[Exchange, Collection], list[Link]] = lambda _exchange, _one: []
    openapi: Callable[[], Mapping[str, Mapping[str, Any]]] = dict


_FEATURES_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
_FEATURES_2 = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/"
_FEATURES_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"

CORE = Part(
    conformance=tuple(_FEATURES_1 + name for name in ("core", "oas30", "html", "geojson")),
    routes=(
        Route("/", landing.landing),
        Route("/conformance", landing.conformance),
        Route("/api", openapi.api),
        Route("/collections", describing.collections),
        Route("/collections/{collection}", describing.collection),
        Route("/collections/{collection}/items", items.items),
        Route("/collections/{collection}/items/{feature+}", items.item),
        Route("/apparence.css", stylesheet.stylesheet),
    ),
    landing_links=landing.core_links,
    collection_links=lambda exchange, one: describing.collection_links(exchange.base, one, []),
    openapi=features_openapi.core,
)

CRS = Part(conformance=(_FEATURES_2 + "crs",))

FILTER = Part(
    conformance=(
        *(
            _FEATURES_3 + name
            for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
        ),
        *(
            _CQL2 + name
            for name in (
                "cql2-text",
                "cql2-json",
                "basic-cql2",
                "advanced-comparison-operators",
                "case-insensitive-comparison",
                "accent-insensitive-comparison",
                "basic-spatial-functions",
                "basic-spatial-functions-plus",
                "spatial-functions",
                "temporal-functions",
                "array-functions",
                "property-property",
                "arithmetic",
            )
        ),
    ),
    routes=(
        Route("/collections/{collection}/queryables", describing.queryables),
        Route("/collections/{collection}/sortables", describing.sortables),
    ),
    openapi=features_openapi.filtering,
)

TILES = Part(
    conformance=tiles_documents.CONFORMANCE,
    routes=(
        Route("/tileMatrixSets", tiles.list_matrix_sets),
        Route("/tileMatrixSets/{matrix_set}", tiles.one_matrix_set),
        Route("/tiles", tiles.list_tilesets),
        Route("/tiles/{matrix_set}", tiles.one_tileset),
        Route("/collections/{collection}/tiles", tiles.list_tilesets),
        Route("/collections/{collection}/tiles/{matrix_set}", tiles.one_tileset),
    ),
    landing_links=tiles.links_of_landing,
    collection_links=tiles.links_of_collection,
    openapi=tiles_openapi.tiles,
)

DOWNLOADS = Part(conformance=(), collection_links=files.links)

PARTS: tuple[Part, ...] = (CORE, CRS, FILTER, TILES, DOWNLOADS)


def conformance_classes() -> tuple[str, ...]:
    """URIs of all the classes declared."""
    return tuple(uri for part in PARTS for uri in part.conformance)


def landing_links(exchange: Exchange) -> list[Link]:
    """Links of the landing page, of all parts."""
    return [one for part in PARTS for one in part.landing_links(exchange)]


def links_of_collection(exchange: Exchange, collection: Collection) -> list[Link]:
    """Links of a collection, of all parts."""
    return [one for part in PARTS for one in part.collection_links(exchange, collection)]
