"""A local web server that answers as it is told, and sources at its addresses."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from etl.config import SourceConfig
from tests.etl import small_atlas

Handler = http.server.BaseHTTPRequestHandler
Page = Callable[[Handler], None]


def page(body: bytes = b"", code: int = 200, length: int | None = None, **headers: str) -> Page:
    """An ordinary answer; ``length`` is what it announces."""

    def answer(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@dataclass
class Site:
    """A local web server: path → its answers, one after the other; the last one stays."""

    port: int = 0
    pages: dict[str, list[Page]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def source(url: str, *, private: bool = True, **settings: object) -> SourceConfig:
    bounds: dict[str, object] = {
        name: settings.pop(name)
        for name in ("taille_max_mo", "duree_max_s", "essais")
        if name in settings
    }
    bounds["adresses_privees"] = private
    return small_atlas.source("france_services", fichier=url, telechargement=bounds, **settings)
