"""What the addresses that list rows share: pages that follow one another, and files of all rows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from geo_service.api import cursor as cursors
from geo_service.api.parameters import GeoFormatField, Parameters
from geo_service.atlas import PublishedAtlas

#: Rows of a page when no limit is given.
PAGE = 50
#: Most rows of a page.
LONGEST_PAGE = 1000


class PageParameters(Parameters):
    """Parameters of a list; the other fields of a subclass are its filters."""

    limit: int | None = Field(
        None,
        ge=1,
        le=LONGEST_PAGE,
        description="Lignes par page ; 50 par défaut. Un fichier (« format ») les contient toutes "
        "quand « limit » n’est pas donnée.",
    )
    cursor: str | None = Field(
        None,
        max_length=200,
        description="Page suivante : la valeur de « suivant » de la page précédente.",
    )
    format: GeoFormatField = "json"

    def after(self, atlas: PublishedAtlas, place: str, *kinds: type) -> tuple[Any, ...] | None:
        """Give the key of the last row shown, of these types; ``None`` for the first page.

        Raises
        ------
        Problem
            400 if the cursor is that of another list.
        """
        if self.cursor is None:
            return None
        return cursors.decode(self.cursor, atlas.id, self._listing(place), kinds)

    def following(self, atlas: PublishedAtlas, place: str, *key: int | str) -> str:
        """Make the cursor of the page that follows the row of this key."""
        return cursors.encode(atlas.id, self._listing(place), *key)

    def _listing(self, place: str) -> str:
        """Spell the list in one way: where, and with which filters."""
        filters = self.model_dump(exclude_none=True, exclude={"limit", "cursor", "format"})
        return f"{place}?{urlencode(sorted(filters.items()))}"
