"""``/ogc/collections`` and what describes each: extent, CRS, queryables, sortables."""

from __future__ import annotations

from typing import Any

from geo_service.atlas import PublishedAtlas
from geo_service.ogc import pages
from geo_service.ogc.collections import COLLECTIONS, Collection, Field
from geo_service.ogc.cql2_sql import GEOMETRY
from geo_service.ogc.crs import CRS84, SUPPORTED
from geo_service.ogc.exchange import (
    GEOJSON,
    HTML,
    JSON,
    SCHEMA_JSON,
    Answer,
    Exchange,
    Link,
    as_json,
    link,
    own_links,
)
from geo_service.ogc.items import known_collection
from geo_service.ogc.rows import read_extent
from geo_service.ogc.selection import sortable
from geo_service.provenance import provenance

#: Relations of Part 3 (19-079r2 §7.2), and of the draft of Part 8.
QUERYABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SORTABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/sortables"

_JSON_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "texts": {"type": "array", "items": {"type": "string"}},
}
_GEOMETRY_FORMATS = {
    "MultiPolygon": "geometry-multipolygon",
    "Point": "geometry-point",
    "MultiPoint": "geometry-multipoint",
}

_DOCUMENT = {"json": JSON, "html": HTML}
_SCHEMA = {"json": SCHEMA_JSON, "html": HTML}


def collection_links(base: str, collection: Collection, more: list[Link]) -> list[Link]:
    """Link a collection to its features and to what describes them."""
    root = f"{base}/collections/{collection.id}"
    return [
        link(f"{root}/items?f=json", "items", GEOJSON, f"{collection.title} (GeoJSON)"),
        link(f"{root}/items?f=html", "items", HTML, f"{collection.title} (page web)"),
        link(
            f"{root}/queryables?f=json",
            QUERYABLES_REL,
            SCHEMA_JSON,
            "Propriétés utilisables dans un filtre",
        ),
        link(
            f"{root}/queryables?f=html", QUERYABLES_REL, HTML, "Propriétés utilisables (page web)"
        ),
        link(f"{root}/sortables?f=json", SORTABLES_REL, SCHEMA_JSON, "Propriétés de tri"),
        *more,
    ]


async def described(
    atlas: PublishedAtlas, collection: Collection, links: list[Link]
) -> dict[str, Any]:
    """Describe a collection."""
    return {
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "attribution": attribution(atlas),
        "links": links,
        "extent": await read_extent(atlas, collection),
        "itemType": "feature",
        "crs": list(SUPPORTED),
        "storageCrs": CRS84,
    }


def attribution(atlas: PublishedAtlas) -> str:
    """Credit the producers of the sources that were read, each once."""
    names = {source["producteur"]: None for source in provenance(atlas, ())["sources"]}
    return ", ".join(names)


async def collections(exchange: Exchange) -> Answer:
    """Answer the list of collections."""
    # Here and not above: the parts name the routes of this module.
    from geo_service.ogc.parts import links_of_collection  # noqa: PLC0415

    exchange.check_names({"f"})
    kind = exchange.representation()
    found = []
    for collection in COLLECTIONS.values():
        address = f"{exchange.base}/collections/{collection.id}"
        links = [
            link(f"{address}?f=json", "self", JSON, f"{collection.title} : description"),
            link(f"{address}?f=html", "alternate", HTML, f"{collection.title} : page web"),
            *links_of_collection(exchange, collection),
        ]
        found.append(await described(exchange.atlas, collection, links))
    content = {
        "title": "Collections de l’Atlas de l’internet citoyen",
        "links": own_links(exchange, kind, "Collections", _DOCUMENT),
        "crs": list(SUPPORTED),
        "collections": found,
        **provenance(exchange.atlas, ()),
    }
    if kind == "html":
        return pages.collections(exchange, content)
    return as_json(content)


async def collection(exchange: Exchange) -> Answer:
    """Answer the description of one collection."""
    from geo_service.ogc.parts import links_of_collection  # noqa: PLC0415

    exchange.check_names({"f"})
    found = known_collection(exchange)
    kind = exchange.representation()
    links = [
        *own_links(exchange, kind, f"{found.title} : description", _DOCUMENT),
        *links_of_collection(exchange, found),
    ]
    content = {
        **await described(exchange.atlas, found, links),
        **provenance(exchange.atlas, found.words),
    }
    if kind == "html":
        return pages.collection(exchange, content)
    return as_json(content)


def property_schema(field: Field) -> dict[str, Any]:
    """Write the JSON schema of a property."""
    schema = {"title": field.title, **_JSON_TYPES[field.kind]}
    return {**schema, "enum": list(field.values)} if field.values else schema


def queryables_schema(exchange: Exchange, found: Collection) -> dict[str, Any]:
    """Write the JSON schema of the queryables of a collection."""
    properties = {field.name: property_schema(field) for field in found.fields}
    properties[GEOMETRY] = {
        "title": "Géométrie",
        "x-ogc-role": "primary-geometry",
        "format": _GEOMETRY_FORMATS[found.geometry_type],
    }
    return _schema(exchange, found, "queryables", "Propriétés utilisables", properties)


def _schema(
    exchange: Exchange, found: Collection, name: str, title: str, properties: dict[str, Any]
) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{exchange.base}/collections/{found.id}/{name}",
        "type": "object",
        "title": f"{found.title} : {title.lower()}",
        "description": found.description,
        "properties": properties,
        "additionalProperties": False,
    }


async def queryables(exchange: Exchange) -> Answer:
    """Answer the properties that filters may name."""
    exchange.check_names({"f"})
    found = known_collection(exchange)
    schema = queryables_schema(exchange, found)
    return _answer(exchange, found, schema)


async def sortables(exchange: Exchange) -> Answer:
    """Answer the properties that ``sortby`` may name."""
    exchange.check_names({"f"})
    found = known_collection(exchange)
    properties = {name: property_schema(field) for name, field in sortable(found).items()}
    return _answer(
        exchange, found, _schema(exchange, found, "sortables", "Propriétés de tri", properties)
    )


def _answer(exchange: Exchange, found: Collection, schema: dict[str, Any]) -> Answer:
    if exchange.representation() == "html":
        return pages.schema(exchange, found, schema)
    links = own_links(exchange, "json", schema["title"], _SCHEMA)
    header = ", ".join(
        f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"' for one in links
    )
    return as_json(schema, SCHEMA_JSON, {"Link": header})
