"""Widgets on the little atlas, with a build of their entries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest

from geo_service.app import create_app
from geo_service.watcher import AtlasWatcher

#: Entries of the build that the pages of these tests use.
ENTRIES = ("site", "widget", "widget-page", "kit")


def build(folder: Path) -> Path:
    """A build as Vite makes it: two entries leave the stylesheet they share to what they import."""
    (folder / ".vite").mkdir(parents=True)
    (folder / "assets").mkdir()
    shared = {"file": "assets/explore-0f0f.js", "css": ["assets/explore-5e5e.css"]}
    (folder / shared["file"]).write_text("export const x = 1;\n", encoding="utf-8")
    (folder / "assets" / "explore-5e5e.css").write_text(".widget{color:red}\n", encoding="utf-8")
    (folder / "assets" / "worker-7a7a.js").write_text("self.x = 1;\n", encoding="utf-8")
    (folder / "assets" / "other-8b8b.js").write_text("self.y = 1;\n", encoding="utf-8")
    manifest: dict[str, object] = {"_explore-0f0f.js": shared}
    for name in ENTRIES:
        script = f"assets/{name}-1a2b.js"
        text = 'import "./explore-0f0f.js"; new Worker("worker-7a7a.js");\n' * 20
        (folder / script).write_text(text, encoding="utf-8")
        manifest[f"src/{name}.ts"] = {
            "file": script,
            "src": f"src/{name}.ts",
            "isEntry": True,
            "imports": ["_explore-0f0f.js"] if name in {"kit", "widget-page"} else [],
        }
    (folder / ".vite" / "manifest.json").write_bytes(orjson.dumps(manifest))
    (folder / "licences.md").write_text("# Licences\n", encoding="utf-8")
    return folder


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    return build(tmp_path / "dist")


@pytest.fixture
async def site(watcher: AtlasWatcher, dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP client of the widgets."""
    transport = httpx.ASGITransport(create_app(watcher, dist))
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas.test") as client:
        yield client
