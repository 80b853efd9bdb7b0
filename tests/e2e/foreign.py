"""A town's web site: pages of another origin, which frame the atlas or load its component."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Styles of a site that does all it can to what is in its pages.
HOSTILE = """<style>
body * { display: none !important; font-size: 50px !important; height: 3px !important;
         color: red !important; background: lime !important; }
</style>"""


class Town:
    """Pages by path, served from memory.

    Attributes
    ----------
    origin
        Scheme, host and port.
    pages
        HTML of the body of each path, which tests fill in.
    policy
        ``Content-Security-Policy`` of the pages, none by default.
    """

    def __init__(self) -> None:
        self.origin = ""
        self.pages: dict[str, str] = {}
        self.policy = ""

    def add(self, path: str, body: str, head: str = "") -> str:
        """Add a page, and give its address."""
        self.pages[path] = (
            '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="icon" href="data:,">'
            f"<title>Ville</title>{head}</head><body>{body}</body></html>"
        )
        return self.origin + path


@contextmanager
def open_town() -> Iterator[Town]:
    """Serve a town until left."""
    town = Town()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = town.pages.get(self.path.partition("?")[0])
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if town.policy:
                self.send_header("Content-Security-Policy", town.policy)
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    town.origin = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield town
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
