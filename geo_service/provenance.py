"""Where an answer comes from: publication, vintage, sources, definitions of its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo_service.atlas import PublishedAtlas
from geo_service.definitions import DEFINITIONS

#: Statut of a source that was read into the publication.
LOADED = "chargee"


def definition_links(words: tuple[str, ...]) -> dict[str, str]:
    """Give the address of the definition of each word.

    Raises
    ------
    KeyError
        If a word has no definition: an answer must not use it.
    """
    return {word: f"/api/definitions#{DEFINITIONS[word].code}" for word in words}


def cite(sources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Name the sources that were read, as every answer does.

    Parameters
    ----------
    sources
        Rows of table ``sources`` with what :func:`geo_service.freshness.judge` says of their age.
    """
    return [
        {
            "id": source["id"],
            "nom": source["nom"],
            "producteur": source["producteur"],
            "licence": source["licence"],
            "date": source["date_donnees"],
            "ancienne": source["ancienne"],
            "synthetique": source["synthetique"],
            "avertissement": source["avertissement"],
        }
        for source in sources
        if source["statut"] == LOADED
    ]


def provenance(atlas: PublishedAtlas, words: tuple[str, ...]) -> dict[str, Any]:
    """Say where an answer comes from, in the form that ends every JSON answer.

    Parameters
    ----------
    atlas
        The publication the answer was made from.
    words
        Codes of the definitions the answer relies on.

    Returns
    -------
    dict
        ``publication, millesime, sources, definitions``.
    """
    return {
        "publication": atlas.id,
        "millesime": atlas.metadata.millesime,
        "sources": cite(atlas.metadata.sources),
        "definitions": definition_links(words),
    }
