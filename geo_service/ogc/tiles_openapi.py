"""What OGC API – Tiles adds to the OpenAPI document (OGC 20-057, operation identifiers)."""

from __future__ import annotations

from typing import Any

from geo_service.ogc.exchange import JSON
from geo_service.ogc.features_openapi import operation
from geo_service.ogc.tiles_app import MVT
from geo_service.ogc.tiles_sets import MATRIX_SET_ID, TILED

_TAG = "Tuiles"

_SCHEMAS: dict[str, dict[str, Any]] = {
    "tileSets": {
        "type": "object",
        "required": ["tilesets"],
        "properties": {
            "tilesets": {"type": "array", "items": {"$ref": "#/components/schemas/tileSet"}},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/link"}},
        },
    },
    "tileSet": {
        "type": "object",
        "required": ["dataType", "crs", "links"],
        "properties": {
            "title": {"type": "string"},
            "dataType": {"type": "string", "enum": ["vector"]},
            "crs": {"type": "string", "format": "uri"},
            "tileMatrixSetURI": {"type": "string", "format": "uri"},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/link"}},
            "tileMatrixSetLimits": {"type": "array", "items": {"type": "object"}},
            "layers": {"type": "array", "items": {"type": "object"}},
        },
    },
    "tileMatrixSets": {
        "type": "object",
        "required": ["tileMatrixSets"],
        "properties": {"tileMatrixSets": {"type": "array", "items": {"type": "object"}}},
    },
    "tileMatrixSet": {
        "type": "object",
        "required": ["crs", "tileMatrices"],
        "properties": {
            "id": {"type": "string"},
            "crs": {"type": "string", "format": "uri"},
            "tileMatrices": {"type": "array", "items": {"type": "object"}},
        },
    },
}


def _in_path(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
    }


_NUMBER = {"type": "integer", "minimum": 0}
_SET = _in_path(
    "tileMatrixSetId", "Découpage en tuiles.", {"type": "string", "enum": [MATRIX_SET_ID]}
)
_COLLECTION = _in_path(
    "collectionId", "Collection qui a des tuiles.", {"type": "string", "enum": list(TILED)}
)
_ADDRESS = (
    _in_path("tileMatrix", "Zoom.", _NUMBER),
    _in_path("tileRow", "Ligne, de haut en bas.", _NUMBER),
    _in_path("tileCol", "Colonne, de gauche à droite.", _NUMBER),
)
_SELECTION = {
    "name": "collections",
    "in": "query",
    "required": False,
    "style": "form",
    "explode": False,
    "description": "Couches à donner, séparées par des virgules, dans l’ordre où les dessiner.",
    "schema": {"type": "array", "items": {"type": "string"}},
}
_F_TILE = {
    "name": "f",
    "in": "query",
    "required": False,
    "description": "Forme des tuiles : il n’y en a qu’une.",
    "schema": {"type": "string", "enum": ["mvt"]},
}
_F_TILESET = {
    "name": "f",
    "in": "query",
    "required": False,
    "description": "Forme de la réponse ; sans lui, l’en-tête Accept décide.",
    "schema": {"type": "string", "enum": ["json", "html", "tilejson"]},
}


def _schema(name: str) -> tuple[str, dict[str, Any]]:
    return JSON, {"$ref": f"#/components/schemas/{name}"}


def _of(root: str, prefix: str, what: str, own: list[dict[str, Any]]) -> dict[str, Any]:
    """Describe the list, the metadata and the tiles of the dataset or of a collection."""
    selection = [] if own else [_SELECTION]
    metadata = operation(
        f"{prefix}.vector.getTileSet",
        _TAG,
        f"Description des tuiles {what}",
        _schema("tileSet"),
        parameters=[_F_TILESET, *own, _SET, *selection],
        html=False,
        found=False,
    )
    tile = operation(
        f"{prefix}.vector.getTile",
        _TAG,
        f"Une tuile {what}",
        (MVT, {"type": "string", "format": "binary"}),
        parameters=[_F_TILE, *own, _SET, *_ADDRESS, *selection],
        html=False,
        found=False,
    )
    tile["get"]["responses"]["204"] = {"description": "Aucune donnée dans cette tuile."}
    return {
        root: operation(
            f"{prefix}.vector.getTileSetsList",
            _TAG,
            f"Jeux de tuiles {what}",
            _schema("tileSets"),
            parameters=own,
            found=not own,
        ),
        f"{root}/{{tileMatrixSetId}}": metadata,
        f"{root}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": tile,
    }


def tiles() -> dict[str, dict[str, Any]]:
    """Describe the part."""
    paths = {
        "/tileMatrixSets": operation(
            "getTileMatrixSetsList", _TAG, "Découpages en tuiles", _schema("tileMatrixSets")
        ),
        "/tileMatrixSets/{tileMatrixSetId}": operation(
            "getTileMatrixSet",
            _TAG,
            "Définition d’un découpage",
            _schema("tileMatrixSet"),
            parameters=[_SET],
            found=False,
        ),
        **_of("/tiles", "dataset", "de l’atlas", []),
        **_of("/collections/{collectionId}/tiles", "collection", "d’une collection", [_COLLECTION]),
    }
    return {"tags_by_name": {_TAG: {"name": _TAG}}, "paths": paths, "schemas": _SCHEMAS}
