"""Who is asked for the action or the lieu of an example."""

from __future__ import annotations

import numpy as np

from geo_service.diagnostics.carriers import carriers
from geo_service.matrices import ABSENT, NON_RENSEIGNE, PARTAGE, PRESENT
from tests.geo_service.diagnostics.levels import level_of_communes, matrices_of

#: Present in a small and in a large commune, shared with a larger one, absent, unknown.
STATUTS = np.array([[PRESENT], [PRESENT], [PARTAGE], [ABSENT], [NON_RENSEIGNE]])
COMMUNES = level_of_communes([100, 300, 900, 5000, 7000], [1.0] * 5, STATUTS)
MEMBERS = {
    ("epci", "E"): np.array([0, 1, 2, 3]),
    ("epci", "F"): np.array([2, 3]),
    ("epci", "G"): np.array([3, 4]),
    ("departement", "D"): np.array([0, 1, 2, 3, 4]),
    ("departement", "P"): np.array([0]),
}
PARENTS = {
    ("commune", "00000"): (("departement", "P"), ("departement", "D")),
    ("commune", "00001"): (("epci", "E"), ("departement", "D")),
    ("commune", "00002"): (("epci", "E"), ("departement", "D")),
}


def asked(niveau: str, code: str) -> list[tuple[str, str]]:
    return carriers(matrices_of(COMMUNES, MEMBERS), PARENTS, niveau, code, 0)


def test_what_is_present_is_of_the_commune():
    assert asked("commune", "00001") == [("commune", "00001")]


def test_a_commune_that_is_a_departement_alone_may_be_served_by_it():
    assert asked("commune", "00000") == [("commune", "00000"), ("departement", "P")]


def test_what_is_shared_is_of_what_contains_the_commune():
    assert asked("commune", "00002") == [("epci", "E"), ("departement", "D")]


def test_a_larger_territory_then_its_surest_commune():
    """Present rather than shared, then the most people."""
    assert asked("epci", "E") == [("epci", "E"), ("commune", "00001")]
    assert asked("epci", "F") == [("epci", "F"), ("epci", "E"), ("departement", "D")]


def test_nobody_else_where_no_commune_has_it():
    assert asked("epci", "G") == [("epci", "G")]
