"""A real server on the national atlas, the database's counts, and the table of what was counted."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser
from psycopg import sql

from etl.schemas import schema_of
from tests.chromium import open_chromium
from tests.conformance.counts import keep
from tests.support import NationalAtlas

#: Where the communes are counted one by one: an island, whole in one view of a map.
ISLAND = ("2A", "2B")


@dataclass(frozen=True)
class Site:
    """A running service and the database behind it.

    Attributes
    ----------
    url
        Address of the service, without a slash at its end.
    publication
        Id of its publication.
    """

    url: str
    publication: str
    _reader_url: str

    def one(self, query: str, *parameters: object) -> int:
        """Single number of a query on the tables of the publication."""
        with psycopg.connect(self._reader_url) as conn:
            conn.execute(
                sql.SQL("SET search_path TO {}, public").format(
                    sql.Identifier(schema_of(self.publication))
                )
            )
            row = conn.execute(query.encode(), parameters).fetchone()
        assert row is not None
        return int(row[0])

    def territories(self, niveau: str) -> int:
        """How many territories of a level there are."""
        return self.one("SELECT count(*) FROM territoires WHERE niveau = %s", niveau)

    def communes_of(self, *departements: str) -> int:
        """How many communes some départements have."""
        return self.one(
            "SELECT count(*) FROM appartenances WHERE niveau = 'departement' AND code = ANY(%s)",
            list(departements),
        )


@pytest.fixture(scope="session")
def site(national_server: str, national_atlas: NationalAtlas) -> Site:
    """The national atlas, served as ``geo-service serve`` does."""
    return Site(national_server, national_atlas.publication, national_atlas.reader_url)


@pytest.fixture(scope="session")
def islanders(site: Site) -> int:
    """How many communes Corse has."""
    return site.communes_of(*ISLAND)


Tell = Callable[[str, str, int, int], None]


@pytest.fixture(scope="session")
def same() -> Tell:
    """Assert that a client counted as the database does, and write both down.

    Arguments: the client with its version, what was counted, its count, the database's.
    """

    def hold(client: str, what: str, found: int, expected: int) -> None:
        keep(client, what, found, expected)
        assert found == expected, f"{client}, {what} : {found} au lieu de {expected}"

    return hold


# The browser ends with this package: Playwright's event loop must not meet that of other tests.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with open_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def system_python() -> Path:
    """Debian's Python, which has QGIS's bindings; it knows nothing of the project's libraries."""
    python = Path("/usr/bin/python3")
    done = subprocess.run([python, "-c", "import qgis.core"], check=False, capture_output=True)
    assert done.returncode == 0, "QGIS manque : lancez « make setup »."
    return python
