"""The tables of a publication as the tiles read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg

from geo_service.atlas import PublishedAtlas
from geo_service.database import DatabaseAwayError, Rows
from tiles.tables import TablesAwayError, TooCostlyError

#: Milliseconds a tile may take: the heaviest of the country takes a tenth of it.
TIME_LIMIT = 10_000


class TileTables:
    """Reader of the tables of one publication, for :class:`tiles.filtered.FilteredTiles`.

    Parameters
    ----------
    atlas
        The publication; it is kept open while a query runs.
    """

    def __init__(self, atlas: PublishedAtlas) -> None:
        self._atlas = atlas

    async def fetch(self, query: LiteralString, values: Mapping[str, Any]) -> Rows:
        """Run a query and give its rows by column name.

        Raises
        ------
        TablesAwayError
            The database does not answer.
        TooCostlyError
            The query took more than :data:`TIME_LIMIT`.
        """
        with self._atlas as atlas:
            try:
                return await atlas.database.fetch(
                    query, values, timeout=TIME_LIMIT, binary=True, prepare=False
                )
            except psycopg.errors.QueryCanceled as error:
                raise TooCostlyError(str(error)) from error
            except DatabaseAwayError as error:
                raise TablesAwayError(str(error)) from error
