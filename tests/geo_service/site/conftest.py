"""The pages on the little atlas, with a build of two entries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest

from geo_service.app import create_app
from geo_service.watcher import AtlasWatcher

#: Entries of the build, as `vite.config.ts` names them.
ENTRIES = ("site", "widget-page", "configurateur")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build: a script and a stylesheet by entry, and their manifest."""
    (tmp_path / ".vite").mkdir()
    (tmp_path / "assets").mkdir()
    manifest = {}
    for name in ENTRIES:
        script, style = f"assets/{name}-1a2b.js", f"assets/{name}-3c4d.css"
        (tmp_path / script).write_text("console.log(1);" * 200, encoding="utf-8")
        (tmp_path / style).write_text(f".{name}{{color:red}}\n", encoding="utf-8")
        manifest[f"src/{name}.ts"] = {
            "file": script,
            "name": name,
            "src": f"src/{name}.ts",
            "isEntry": True,
            "css": [style],
        }
    (tmp_path / ".vite" / "manifest.json").write_bytes(orjson.dumps(manifest))
    (tmp_path / "marque.svg").write_text("<svg/>", encoding="utf-8")
    return tmp_path


@pytest.fixture
async def site(watcher: AtlasWatcher, dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP client of the pages."""
    transport = httpx.ASGITransport(create_app(watcher, dist))
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas.test") as client:
        yield client
