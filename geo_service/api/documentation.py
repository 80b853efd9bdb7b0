"""``/docs``: the OpenAPI document in Swagger UI, every file served from here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import static_response
from geo_service.exports import FORMATS
from geo_service.static_files import HOURLY, StaticFolder

router = APIRouter(include_in_schema=False)

#: Content of a file, in the words of OpenAPI.
_FILE = {"schema": {"type": "string", "format": "binary"}}
#: Content of GeoJSON, which clients read as JSON (RFC 7946).
_GEOJSON = {
    "schema": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"type": "object"}},
        },
    }
}

#: Swagger UI styles elements one by one and draws its icons from data addresses.
_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

_PAGE = """<!doctype html>
<html lang="fr">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>API – Atlas de l’internet citoyen</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <noscript>
      <p>Cette page a besoin de JavaScript. La description de l’API est aussi un document
      OpenAPI : <a href="/openapi.json">/openapi.json</a>.</p>
    </noscript>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/ouvrir.js"></script>
  </body>
</html>
"""

_OPEN = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
});
"""

_FILES = ("swagger-ui.css", "swagger-ui-bundle.js")


def _swagger_folder() -> Path:
    """Folder of Swagger UI in the package that ships it, found without importing it."""
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        message = "fastapi-offline is not installed"
        raise ImportError(message)
    return Path(spec.origin).parent / "static"


def document(app: FastAPI) -> dict[str, Any]:
    """Describe the API as it is: refused parameters give 400 here, and rows come as files too."""
    described = app.openapi()
    for operations in described["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            _describe_files(operation)
    for name in ("HTTPValidationError", "ValidationError"):
        described["components"]["schemas"].pop(name, None)
    return described


def _describe_files(operation: dict[str, Any]) -> None:
    """Name the media types of the files an operation gives, beside its JSON."""
    content = operation["responses"]["200"].setdefault("content", {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "format":
            for name in parameter["schema"]["enum"]:
                if name in FORMATS:
                    content[FORMATS[name].media_type] = _GEOJSON if name == "geojson" else _FILE


_swagger = StaticFolder(_swagger_folder())


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Serve the page."""
    answer = static_response(request, _PAGE.encode(), "text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _SECURITY
    return answer


@router.get("/docs/ouvrir.js")
async def opener(request: Request) -> Response:
    """Serve the script that opens the document."""
    return static_response(request, _OPEN.encode(), "text/javascript; charset=utf-8")


for _name in _FILES:

    @router.get(f"/docs/{_name}", name=_name)
    async def swagger_file(request: Request, name: str = _name) -> Response:
        """Serve a file of Swagger UI."""
        answer = _swagger.response(request, name, HOURLY)
        assert answer is not None  # noqa: S101 (part of the package)
        return answer


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """Serve the OpenAPI document."""
    return static_response(request, orjson.dumps(document(request.app)), "application/json")
