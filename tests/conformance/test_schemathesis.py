"""Schemathesis on both OpenAPI documents: no 5xx, and answers as the documents say they are.

The little atlas is served by a real server: what is random here is what is asked.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from etl import publication
from geo_service.ogc import feature_build
from geo_service.private_cluster import READER, PrivateCluster
from tests.geo_service import little_atlas
from tests.support import Server, own_database

#: Requests for each operation.
EXAMPLES = 25

DOCUMENTS = {"l’API": "/openapi.json", "l’API OGC": "/ogc/api"}

#: Values that lead somewhere, for parameters of the path: others are drawn half of the time.
REAL: dict[str, list[str]] = {
    "niveau": ["commune", "epci", "departement", "region", "pays"],
    "code": ["35238", "35051", "35", "53", "243500139", "france"],
    "collection": ["communes", "regions", "actions", "lieux", "lacunes"],
    "collectionId": ["communes", "regions", "actions", "lieux", "lacunes"],
    "featureId": ["35238", "35051"],
    "feature": ["35238", "35051"],
    "publication": [little_atlas.FIRST, little_atlas.SECOND],
}

CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def service(cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server on the little atlas."""
    state = tmp_path_factory.mktemp("etat")
    folder = state / "publications" / little_atlas.FIRST
    folder.mkdir(parents=True)
    with own_database(cluster, "hasard") as name:
        owner, reader = cluster.url(name), cluster.url(name, READER)
        with psycopg.connect(owner) as conn:
            publication.ensure_catalogue(conn)
            little_atlas.publish(conn, little_atlas.FIRST)
        with psycopg.connect(owner) as conn:
            little_atlas.publish(conn, little_atlas.SECOND, without_site=["35051"], activate=False)
        with psycopg.connect(reader) as conn:
            publication.use_schema(conn, little_atlas.FIRST)
            feature_build.build(conn, folder)
        with Server(
            state, GEO_DATABASE_URL=owner, GEO_DATABASE_READ_URL=reader, GEO_WORKERS="1"
        ) as url:
            yield url


def _real(case: Any, drawn: random.Random) -> None:
    """Put values of the little atlas in the path, half of the time."""
    for name in case.path_parameters or {}:
        if name in REAL and drawn.random() < 0.5:
            case.path_parameters[name] = drawn.choice(REAL[name])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_whatever_is_asked_the_answer_is_as_described(service: str, name: str):
    schema = schemathesis.openapi.from_url(service + DOCUMENTS[name])
    drawn = random.Random(0)
    faults: dict[str, str] = {}
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            nonlocal asked
            _real(case, drawn)
            asked += 1
            response = case.call()
            case.validate_response(response, checks=CHECKS)

        try:
            ask()
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - every operation is looked at, then all is told
            faults[operation.label] = str(error)
    assert asked >= EXAMPLES
    assert not faults, "\n\n".join(f"{label} : {said}" for label, said in faults.items())
