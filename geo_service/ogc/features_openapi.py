"""What OGC API – Features adds to the OpenAPI document (17-069r4 §7 and annex B of the schemas)."""

from __future__ import annotations

from typing import Any

from geo_service.exports import FORMATS
from geo_service.ogc.collections import COLLECTIONS, Collection
from geo_service.ogc.crs import CRS84, SUPPORTED
from geo_service.ogc.describing import property_schema
from geo_service.ogc.exchange import GEOJSON, HTML, JSON, OPENAPI_JSON, SCHEMA_JSON
from geo_service.ogc.filters import LANGUAGES, LONGEST
from geo_service.ogc.selection import DEFAULT_LIMIT, MOST_FEATURES, sortable

_CRS_SCHEMA = {"type": "string", "format": "uri", "enum": list(SUPPORTED), "default": CRS84}


def _parameter(name: str, description: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
        **more,
    }


_PARAMETERS: dict[str, dict[str, Any]] = {
    "f": _parameter(
        "f",
        "Forme de la réponse ; sans lui, l’en-tête Accept décide.",
        {"type": "string", "enum": ["json", "html"]},
    ),
    "form": _parameter(
        "f",
        "Forme de la réponse ; sans elle, l’en-tête Accept décide. « json » et « html » sont des "
        "pages ; les autres, des fichiers de toutes les entités choisies, ou des premières avec "
        "« limit ».",
        {"type": "string", "enum": ["json", "html", *FORMATS]},
    ),
    "limit": _parameter(
        "limit",
        "Nombre d’entités de la page. Une valeur plus grande que le maximum y est ramenée.",
        {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_FEATURES,
            "default": DEFAULT_LIMIT,
        },
    ),
    "bbox": _parameter(
        "bbox",
        "Entités qui touchent cette boîte, et celles qui n’ont pas de géométrie : ouest, sud, est, "
        "nord en degrés, ou selon « bbox-crs ». Avec six nombres, les hauteurs ne comptent pas.",
        {
            "type": "array",
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "items": {"type": "number"},
        },
    ),
    "bbox-crs": _parameter("bbox-crs", "Système de coordonnées de « bbox ».", _CRS_SCHEMA),
    "datetime": _parameter(
        "datetime",
        "Entités de cet instant ou de cet intervalle, et celles qui n’ont pas de date : "
        "2026-01-31T00:00:00Z, 2026-01-01T00:00:00Z/.., ../2026-01-01T00:00:00Z.",
        {"type": "string"},
    ),
    "crs": _parameter("crs", "Système de coordonnées des géométries.", _CRS_SCHEMA),
    "skipGeometry": _parameter(
        "skipGeometry", "Sans les géométries.", {"type": "boolean", "default": False}
    ),
    "cursor": _parameter(
        "cursor", "Page suivante : donné par le lien « next », sans autre sens.", {"type": "string"}
    ),
    "filter": _parameter("filter", "Condition en CQL2.", {"type": "string", "maxLength": LONGEST}),
    "filter-lang": _parameter(
        "filter-lang",
        "Langage de « filter ».",
        {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]},
    ),
    "filter-crs": _parameter(
        "filter-crs", "Système de coordonnées des géométries de « filter ».", _CRS_SCHEMA
    ),
}

_PROBLEM = {
    "description": "Erreur, en français dans « detail » (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/probleme"}}},
}

_LINK = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {
        "href": {"type": "string", "format": "uri"},
        "rel": {"type": "string"},
        "type": {"type": "string"},
        "title": {"type": "string"},
        "hreflang": {"type": "string"},
        "length": {"type": "integer"},
    },
}
_LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_BOX = {
    "type": "array",
    "minItems": 4,
    "maxItems": 6,
    "items": {"type": "number"},
}

_SCHEMAS: dict[str, dict[str, Any]] = {
    "link": _LINK,
    "landingPage": {
        "type": "object",
        "required": ["links"],
        "properties": {
            "title": {"type": "string"},
            "description": {"type": "string"},
            "links": _LINKS,
        },
    },
    "confClasses": {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": {"type": "string"}}},
    },
    "extent": {
        "type": "object",
        "properties": {
            "spatial": {
                "type": "object",
                "properties": {
                    "bbox": {"type": "array", "minItems": 1, "items": _BOX},
                    "crs": {"type": "string", "enum": [CRS84], "default": CRS84},
                },
            },
            "temporal": {
                "type": "object",
                "properties": {
                    "interval": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "array",
                            "minItems": 2,
                            "maxItems": 2,
                            "items": {
                                "type": "string",
                                "format": "date-time",
                                "nullable": True,
                            },
                        },
                    },
                    "trs": {"type": "string"},
                },
            },
        },
    },
    "collection": {
        "type": "object",
        "required": ["id", "links"],
        "properties": {
            "id": {"type": "string"},
            "title": {"type": "string"},
            "description": {"type": "string"},
            "attribution": {"type": "string"},
            "links": _LINKS,
            "extent": {"$ref": "#/components/schemas/extent"},
            "itemType": {"type": "string", "default": "feature"},
            "crs": {"type": "array", "items": {"type": "string"}, "default": [CRS84]},
            "storageCrs": {"type": "string", "format": "uri"},
        },
    },
    "collections": {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {
            "links": _LINKS,
            "crs": {"type": "array", "items": {"type": "string"}},
            "collections": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/collection"},
            },
        },
    },
    "geometryGeoJSON": {
        "type": "object",
        "nullable": True,
        "required": ["type", "coordinates"],
        "properties": {
            "type": {"type": "string", "enum": ["Point", "MultiPoint", "MultiPolygon"]},
            "coordinates": {"type": "array", "items": {}},
        },
    },
    "featureGeoJSON": {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": {"$ref": "#/components/schemas/geometryGeoJSON"},
            "properties": {"type": "object", "nullable": True},
            "links": _LINKS,
        },
    },
    "featureCollectionGeoJSON": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/featureGeoJSON"},
            },
            "links": _LINKS,
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
        },
    },
    "probleme": {
        "type": "object",
        "required": ["status", "title", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
        },
    },
}


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def operation(
    name: str,
    tag: str,
    summary: str,
    content: tuple[str, dict[str, Any]],
    *,
    parameters: list[dict[str, Any]] | None = None,
    html: bool = True,
    found: bool = True,
    files: bool = False,
) -> dict[str, Any]:
    """Describe the GET of an address.

    Parameters
    ----------
    name
        ``operationId``.
    tag, summary
        As told to people.
    content
        Media type and schema of its JSON form.
    parameters
        Besides ``f``.
    html
        Whether it has a page too.
    files
        Whether it has files too.
    found
        Whether it always is there: else it may answer 404.
    """
    media_type, schema = content
    forms: dict[str, Any] = {media_type: {"schema": schema}}
    if html:
        forms[HTML] = {"schema": {"type": "string"}}
    if files:
        binary = {"schema": {"type": "string", "format": "binary"}}
        types = (form.media_type for form in FORMATS.values())
        forms |= {media_type: binary for media_type in types if media_type not in forms}
    responses: dict[str, Any] = {
        "200": {"description": summary, "content": forms},
        "304": {"description": "Inchangé depuis l’ETag donné dans If-None-Match."},
        "400": _reference("responses", "erreur"),
        "503": _reference("responses", "erreur"),
    }
    if not found:
        responses["404"] = _reference("responses", "erreur")
    own = [_reference("parameters", "form" if files else "f")] if html else []
    return {
        "get": {
            "tags": [tag],
            "summary": summary,
            "operationId": name,
            "parameters": [*own, *(parameters or [])],
            "responses": dict(sorted(responses.items())),
        }
    }


_CAPABILITIES = "Description"
_DATA = "Données"


def core() -> dict[str, dict[str, Any]]:
    """Describe Parts 1 and 2."""
    paths = {
        "/": operation(
            "accueil", _CAPABILITIES, "Page d’accueil", (JSON, _reference("schemas", "landingPage"))
        ),
        "/conformance": operation(
            "conformite",
            _CAPABILITIES,
            "Classes de conformité",
            (JSON, _reference("schemas", "confClasses")),
        ),
        "/api": operation("api", _CAPABILITIES, "Ce document", (OPENAPI_JSON, {"type": "object"})),
        "/collections": operation(
            "collections",
            _CAPABILITIES,
            "Collections",
            (JSON, _reference("schemas", "collections")),
        ),
    }
    for collection in COLLECTIONS.values():
        paths |= _of_collection(collection)
    return {
        "tags_by_name": {name: {"name": name} for name in (_CAPABILITIES, _DATA)},
        "paths": paths,
        "parameters": _PARAMETERS,
        "schemas": _SCHEMAS,
        "responses": {"erreur": _PROBLEM},
    }


def _of_collection(collection: Collection) -> dict[str, Any]:
    root = f"/collections/{collection.id}"
    names = ", ".join(collection.by_name)
    selection = [
        _reference("parameters", name) for name in _PARAMETERS if name not in {"f", "form"}
    ]
    selection.append(
        _parameter(
            "properties",
            "Propriétés à donner, séparées par des virgules.",
            {"type": "array", "items": {"type": "string", "enum": list(collection.by_name)}},
        )
    )
    keys = [sign + name for name in sortable(collection) for sign in ("", "+", "-")]
    selection.append(
        _parameter(
            "sortby",
            "Propriétés de tri, séparées par des virgules ; « - » devant l’une inverse l’ordre.",
            {
                "type": "array",
                "minItems": 1,
                "maxItems": 5,
                "items": {"type": "string", "enum": keys},
            },
        )
    )
    for field in collection.fields:
        schema = property_schema(field)
        if field.kind == "texts":
            schema = {"type": "string", "title": field.title}
        selection.append(_parameter(field.name, f"{field.title} : égal à cette valeur.", schema))
    identifier = {
        "name": "featureId",
        "in": "path",
        "required": True,
        "description": "Identifiant de l’entité.",
        "schema": {"type": "string"},
    }
    return {
        root: operation(
            f"{collection.id}.description",
            _CAPABILITIES,
            f"{collection.title} : description",
            (JSON, _reference("schemas", "collection")),
        ),
        f"{root}/items": operation(
            f"{collection.id}.entites",
            _DATA,
            f"{collection.title} : entités ({names})",
            (GEOJSON, _reference("schemas", "featureCollectionGeoJSON")),
            parameters=selection,
            files=True,
        ),
        f"{root}/items/{{featureId}}": operation(
            f"{collection.id}.entite",
            _DATA,
            f"{collection.title} : une entité",
            (GEOJSON, _reference("schemas", "featureGeoJSON")),
            parameters=[identifier, _reference("parameters", "crs")],
            found=False,
        ),
    }


def filtering() -> dict[str, dict[str, Any]]:
    """Describe Part 3."""
    paths: dict[str, Any] = {}
    for collection in COLLECTIONS.values():
        root = f"/collections/{collection.id}"
        for name, title in (
            ("queryables", "propriétés utilisables dans un filtre"),
            ("sortables", "propriétés de tri"),
        ):
            paths[f"{root}/{name}"] = operation(
                f"{collection.id}.{name}",
                _CAPABILITIES,
                f"{collection.title} : {title}",
                (SCHEMA_JSON, {"type": "object"}),
            )
    return {"paths": paths}
