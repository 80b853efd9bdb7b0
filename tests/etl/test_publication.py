"""Publications of another version of the code: kept, and never shown by this one."""

from __future__ import annotations

import psycopg
import pytest

from etl import publication
from etl.errors import EtlError
from etl.schemas import schema_of

OLD = "0000000000ff"


@pytest.fixture
def old(publication_conn: psycopg.Connection) -> psycopg.Connection:
    """A complete publication that lacks a table and a column, as one made before they were."""
    conn = publication_conn
    publication.ensure_catalogue(conn)
    publication.open_schema(conn, OLD)
    publication.register(conn, OLD, millesime=2026, inputs={}, checks={}, durations={}, archives={})
    assert publication.lacking(conn, OLD) == []
    conn.execute("DROP TABLE labels")
    conn.execute("ALTER TABLE sources DROP COLUMN note")
    return conn


def test_what_it_lacks_is_known(old: psycopg.Connection) -> None:
    lacking = publication.lacking(old, OLD)
    assert "sources.note" in lacking
    assert {name.partition(".")[0] for name in lacking} == {"labels", "sources"}
    assert publication.lacking(old, "00000000dead") != []


def test_it_is_not_shown_and_the_one_in_place_stays(old: psycopg.Connection) -> None:
    before = old.execute("SELECT publication FROM atlas.publication_active").fetchall()
    with pytest.raises(EtlError, match="autre version de ce logiciel") as caught:
        publication.activate(old, OLD)
    assert "geo-service etl run" in str(caught.value)
    assert old.execute("SELECT publication FROM atlas.publication_active").fetchall() == before
    assert old.execute("SELECT to_regnamespace(%s)", [schema_of(OLD)]).fetchone() != (None,)
