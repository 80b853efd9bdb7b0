"""The scripts and stylesheets that Vite built, found by their source's name in its manifest."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from geo_service.static_files import StaticFolder

#: Where Vite builds.
DIST = Path(__file__).parents[1] / "web" / "dist"
_MANIFEST = ".vite/manifest.json"


class NotBuiltError(Exception):
    """The scripts and stylesheets of the pages are not built."""


@dataclass(frozen=True)
class Entry:
    """What a page that uses an entry of the build must name.

    Attributes
    ----------
    script
        Address of the module.
    style
        Text of its stylesheet: written in the page, it saves a round trip before the first paint,
        half a second on a telephone's network.
    style_hash
        Its source expression for ``style-src`` (CSP Level 3 §2.3.1): ``'sha256-…'``.
    """

    script: str
    style: str
    style_hash: str


class Assets:
    """The build, read again when it changes on disk.

    Parameters
    ----------
    dist
        Folder of the build.
    """

    def __init__(self, dist: Path = DIST) -> None:
        self.folder = StaticFolder(dist)
        self._manifest = b""
        self._entries: dict[str, Entry] = {}
        self._version = ""

    @property
    def version(self) -> str:
        """Hash of the build: pages that name its files are other pages when it changes.

        Raises
        ------
        NotBuiltError
            If there is no build.
        """
        self._read()
        return self._version

    def entry(self, name: str) -> Entry:
        """Find an entry of the build.

        Parameters
        ----------
        name
            Name of its source in ``geo_service/web/src``, without its ending.

        Raises
        ------
        NotBuiltError
            If the build has no such entry.
        """
        self._read()
        try:
            return self._entries[name]
        except KeyError:
            raise NotBuiltError(name) from None

    def _read(self) -> None:
        manifest = self.folder.read(_MANIFEST)
        if manifest is None:
            raise NotBuiltError
        if manifest == self._manifest:
            return
        described = orjson.loads(manifest)
        self._entries = {
            Path(source).stem: self._entry(described, source)
            for source, item in described.items()
            if item.get("isEntry")
        }
        self._version = hashlib.sha256(manifest).hexdigest()[:16]
        self._manifest = manifest

    def _entry(self, described: dict[str, Any], source: str) -> Entry:
        item = described[source]
        sheets = [self.folder.read(name) or b"" for name in _sheets(described, source)]
        style = b"".join(sheets).decode().strip()
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        return Entry(f"/{item['file']}", style, f"'sha256-{digest}'")


def _sheets(described: dict[str, Any], source: str) -> list[str]:
    """Name the stylesheets of an entry: Vite leaves one that two entries share to what they import.

    Each is there once, those of what is imported first, as the browser would have them.
    """
    found: dict[str, None] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for imported in described[name].get("imports", ()):
            visit(imported)
        found.update(dict.fromkeys(described[name].get("css", ())))

    visit(source)
    return list(found)
