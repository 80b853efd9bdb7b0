"""A small made-up country, in a database of its own, and its archives."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from etl import publication
from geo_service.private_cluster import PrivateCluster
from tests.support import own_database
from tests.tiles import country
from tiles.archive import Archive
from tiles.build import build_lieux, build_territoires
from tiles.writer import Tile, write_archive

SCHEMA = "711e57000001"


@pytest.fixture(scope="session")
def country_url(cluster: PrivateCluster) -> Iterator[str]:
    """URL of a database that holds the country in one publication's tables, committed."""
    with own_database(cluster, "essais_tuiles") as name:
        url = cluster.url(name)
        with psycopg.connect(url) as conn:
            publication.open_schema(conn, SCHEMA)
            country.fill(conn)
        yield url


@pytest.fixture
def country_conn(country_url: str) -> Iterator[psycopg.Connection]:
    """Connection to the country; what a test changes is forgotten."""
    with psycopg.connect(country_url) as conn:
        publication.use_schema(conn, SCHEMA)
        yield conn
        conn.rollback()


@pytest.fixture(scope="session")
def territoires_path(country_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tuiles") / "territoires.pmtiles"
    with psycopg.connect(country_url) as conn:
        publication.use_schema(conn, SCHEMA)
        build_territoires(conn, path, attribution="IGN 2026", publication=SCHEMA)
    return path


@pytest.fixture(scope="session")
def lieux_path(country_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tuiles") / "lieux.pmtiles"
    with psycopg.connect(country_url) as conn:
        publication.use_schema(conn, SCHEMA)
        build_lieux(conn, path, attribution="Mairies 2026", publication=SCHEMA)
    return path


@pytest.fixture(scope="session")
def territoires(territoires_path: Path) -> Archive:
    return Archive(territoires_path)


@pytest.fixture(scope="session")
def lieux(lieux_path: Path) -> Archive:
    return Archive(lieux_path)


@pytest.fixture
def little_path(tmp_path: Path) -> Path:
    """A little archive made without a database: zooms 2 to 4, holes, two equal tiles."""
    path = tmp_path / "petite.pmtiles"
    little_archive(path)
    return path


def little_archive(path: Path, word: str = "a") -> None:
    def tile(z: int, x: int, y: int, text: str) -> Tile:
        return z, x, y, zlib.compress(text.encode() * 40, 9, 31)

    write_archive(
        path,
        [
            tile(2, 2, 1, word),
            tile(3, 4, 2, f"{word}b"),
            tile(3, 4, 3, f"{word}c"),
            tile(4, 8, 5, "mer"),
            tile(4, 9, 5, "mer"),
        ],
        bounds=(-5.0, 41.0, 10.0, 51.0),
        center=(2.5, 46.5, 3),
        metadata={
            "name": "petite",
            "description": "une petite archive",
            "attribution": "nous",
            "vector_layers": [{"id": "x", "fields": {}, "minzoom": 2, "maxzoom": 4}],
        },
    )
