"""Made-up rows are published only where they are declared, and alone."""

from __future__ import annotations

import psycopg
import pytest

from etl import load, synthetic
from etl.errors import EtlError
from tests.etl import small_atlas


@pytest.fixture
def conn(publication_conn: psycopg.Connection) -> psycopg.Connection:
    for reader in ("mairies", "bibliotheques"):
        load.record_source(publication_conn, small_atlas.source(reader), fingerprint="x")
    return publication_conn


def action(conn: psycopg.Connection, source: str, titre: str) -> None:
    conn.execute(
        "INSERT INTO actions (id, titre, porteur_niveau, porteur_code, type, source) "
        "VALUES (%s, %s, 'commune', '01001', 'projet', %s)",
        [f"{source}:{titre}", titre, source],
    )


def test_made_up_rows_are_declared(conn: psycopg.Connection) -> None:
    action(conn, "mairies", "Un forum (fictif) ")
    action(conn, "bibliotheques", "Un (fictif) pas à la fin")
    with pytest.raises(EtlError, match=r"dans : mairies\. .*synthetique = true"):
        synthetic.check(conn, declared=False)
    with pytest.raises(EtlError, match=r"pas marquées « \(fictif\) » dans : bibliotheques\."):
        synthetic.check(conn, declared=True)
    conn.execute("DELETE FROM actions WHERE source = 'bibliotheques'")
    synthetic.check(conn, declared=True)


def test_real_rows_are_not_suspected(conn: psycopg.Connection) -> None:
    action(conn, "mairies", "Un forum")
    synthetic.check(conn, declared=False)
