"""What a run is made of: its sources, the files they were found in, and what decides its result."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from boundaries.readers import layers
from etl import publication
from etl.accessibility.compute import Roads
from etl.config import AtlasConfig, SourceConfig
from etl.fetch import fetch, sha256_of
from etl.mapping import model


@dataclass(frozen=True)
class Input:
    """A source and the file it was found in; no path for an optional file that is absent."""

    source: SourceConfig
    path: Path | None
    fingerprint: str | None


def find(
    source: SourceConfig, config: AtlasConfig, downloads: Path, tell: Callable[[str], None]
) -> Input:
    """Find the file of a source, downloading it if need be."""
    path = fetch(source, downloads, config.dossier_local, tell)
    return Input(source, path, fingerprint_of(source, path) if path else None)


def fingerprint_of(source: SourceConfig, path: Path) -> str:
    """SHA-256 of a file; of the list of them all where outlines are read with their sisters."""
    read = layers.files(path) if source.role == "territoires" else [path]
    if read == [path]:
        return sha256_of(path)
    listed = "".join(f"{sha256_of(file)} {file.name}\n" for file in read)
    return hashlib.sha256(listed.encode()).hexdigest()


def mapping_fingerprint(source: SourceConfig) -> str | None:
    """SHA-256 of a source's mapping; a standard's name, as its file is part of the code."""
    name = source.correspondance
    if name is None or not name.endswith(".toml"):
        return name
    return hashlib.sha256(model.text_of(Path(name)).encode()).hexdigest()


#: Settings of a source that change nothing of what is published.
_NOT_CONTENT = {
    *("fichier", "telechargement", "correspondance"),
    *("rejets_maximum", "baisse_maximum"),
}


def describe(
    conn: psycopg.Connection,
    config: AtlasConfig,
    inputs: list[Input],
    roads: Roads | None = None,
) -> dict[str, Any]:
    """List everything that decides what the publication holds; its hash is the publication's id."""
    by_road = {} if roads is None else {"itineraires": roads.described}
    tables = sorted(config.referentiel.rglob("*"))
    return {
        "atlas": {
            "titre": config.titre,
            "millesime": config.millesime,
            "synthetique": config.synthetique,
        },
        "sources": [
            {
                **entry.source.model_dump(mode="json", exclude=_NOT_CONTENT),
                "empreinte": entry.fingerprint,
                "correspondance": mapping_fingerprint(entry.source),
            }
            for entry in inputs
        ],
        "referentiel": {path.name: sha256_of(path) for path in tables if path.is_file()},
        "code": publication.code_fingerprint(),
        "moteurs": publication.engine_versions(conn),
        **by_road,
    }
