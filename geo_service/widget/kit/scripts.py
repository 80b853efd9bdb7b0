"""The scripts of a kit: the entry ``kit`` of the build, and every file it may ask for."""

from __future__ import annotations

from pathlib import Path

from geo_service.faults import InstallationError
from geo_service.site.assets import DIST, Assets, Entry, NotBuiltError

#: Entry of the build, folder of its files, licences of what they are made of.
ENTRY, FOLDER, LICENCES = "kit", "assets", "licences.md"

#: Files whose text names others.
_TEXTS = frozenset({".js", ".css"})


def kit_entry(dist: Path = DIST) -> Entry:
    """Find the script and the stylesheet of a kit.

    Raises
    ------
    InstallationError
        If the pages are not built.
    """
    try:
        return Assets(dist).entry(ENTRY)
    except NotBuiltError:
        raise InstallationError(
            "Les pages ne sont pas construites ; le dossier à exporter en contient les scripts. "
            "Lancez « make setup », puis relancez cette commande."
        ) from None


def kit_files(entry: Entry, dist: Path = DIST) -> dict[str, bytes]:
    """Find the files that the script of a kit may ask for, itself included.

    The manifest of the build does not tell all of them: MapLibre's worker and the stylesheet of
    the map are named by their address. A file belongs when the text of one that does names it.

    Parameters
    ----------
    entry
        Script of the kit.
    dist
        Folder of the build.

    Returns
    -------
    dict
        Content by name, sorted.
    """
    folder = dist / FOLDER
    known = {path.name: path for path in folder.iterdir() if path.is_file()}
    found: dict[str, bytes] = {}
    waiting = [Path(entry.script).name]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = known[name].read_bytes()
        if known[name].suffix in _TEXTS:
            text = found[name].decode()
            waiting += [other for other in known if other not in found and other in text]
    return dict(sorted(found.items()))
