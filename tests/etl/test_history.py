"""The history of coverage: the rates of every publication, read back as they were published."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import history

#: What a publication may be made of: the axes it documents, and rates by territory.
AXES = [("ensemble", ""), ("theme", "t1"), ("enjeu", "e1")]
TERRITORIES = [("commune", "c1"), ("commune", "c2"), ("epci", "E1")]

publications = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(AXES), st.integers(1, 3), min_size=1),
        st.dictionaries(
            st.tuples(st.sampled_from(TERRITORIES), st.sampled_from(AXES)),
            st.tuples(st.integers(0, 1), st.sampled_from([None, 0.0, 0.25, 1.0])),
        ),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture
def conn(publication_conn: psycopg.Connection) -> psycopg.Connection:
    publication_conn.execute("TRUNCATE atlas.historique_publications CASCADE")
    publication_conn.execute("INSERT INTO referentiels VALUES ('v1', 'Essai', true, '')")
    return publication_conn


def fill(conn: psycopg.Connection, axes: dict, rates: dict) -> None:
    conn.execute("TRUNCATE taux")
    for ((niveau, code), axis), (presents, taux) in rates.items():
        if axis in axes:
            rate = presents / axes[axis] if niveau == "commune" else taux
            conn.execute(
                "INSERT INTO taux VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [niveau, code, *axis, axes[axis], presents, rate],
            )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(publications)
def test_what_is_read_back_is_what_each_publication_held(
    conn: psycopg.Connection, made: list
) -> None:
    conn.execute("TRUNCATE atlas.historique_publications CASCADE")
    expected: dict[tuple, list] = {}
    for number, (axes, rates) in enumerate(made):
        fill(conn, axes, rates)
        history.record(conn, f"p{number}", millesime=2026)
        for niveau, code, axe, axe_code, *figures in conn.execute("SELECT * FROM taux"):
            key = (niveau, code, axe, axe_code)
            expected.setdefault(key, []).append((f"p{number}", *figures))
    last = f"p{len(made) - 1}"
    for axe, axe_code in AXES:
        evolutions = history.evolutions(conn, last, axe=axe, axe_code=axe_code)
        assert evolutions.of("commune", "never") == []
        for niveau, code in TERRITORIES:
            points = evolutions.of(niveau, code)
            found = [(p.publication, p.documentes, p.presents, p.taux) for p in points]
            assert found == expected.get((niveau, code, axe, axe_code), [])


def test_only_what_changed_is_written(conn: psycopg.Connection) -> None:
    axes = {("ensemble", ""): 2}
    before = {(t, ("ensemble", "")): (1, 0.5) for t in TERRITORIES}
    fill(conn, axes, before)
    assert history.record(conn, "p0", millesime=2026) == 3
    assert history.record(conn, "p1", millesime=2026) == 0
    # One more documented service changes the rate of every commune, not what is written of them.
    fill(conn, {("ensemble", ""): 4}, {**before, (TERRITORIES[2], ("ensemble", "")): (1, 0.25)})
    assert history.record(conn, "p2", millesime=2026) == 1
    points = history.evolutions(conn, "p2").of("commune", "c1")
    assert [(p.documentes, p.presents, p.taux) for p in points] == [
        (2, 1, 0.5),
        (2, 1, 0.5),
        (4, 1, 0.25),
    ]


def test_publications_after_the_one_shown_are_left_out(conn: psycopg.Connection) -> None:
    fill(conn, {("ensemble", ""): 1}, {(("commune", "c1"), ("ensemble", "")): (1, None)})
    for name in ("p0", "p1"):
        history.record(conn, name, millesime=2026)
    history.activated(conn, "p0")
    found = history.evolutions(conn, "p0").of("commune", "c1")
    assert [(p.publication, p.activee_le is not None, p.referentiel) for p in found] == [
        ("p0", True, "v1")
    ]
