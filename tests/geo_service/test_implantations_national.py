"""Where to open places, on the whole of France, against all combinations of a real EPCI."""

from __future__ import annotations

import itertools

import httpx
import numpy as np
import psycopg
import pytest
from pyproj import Transformer

from etl.schemas import schema_of
from geo_service.api import shapes

pytestmark = [pytest.mark.national, pytest.mark.anyio, pytest.mark.usefixtures("shared_data")]

FRANCE_SERVICES = "france-services"
#: A service of the référentiel that no source speaks of: nobody is served.
UNKNOWN = "budget-participatif"

_COMMUNES = """
    SELECT t.code, t.population, ST_X(c.geom), ST_Y(c.geom), d.distance_km
    FROM appartenances m
    JOIN territoires t ON t.niveau = 'commune' AND t.code = m.commune
    JOIN chefs_lieux c ON c.commune = m.commune
    LEFT JOIN distances d ON d.commune = m.commune AND d.service = %s
    WHERE m.niveau = 'epci' AND m.code = %s
    ORDER BY t.code
"""
_SMALL_EPCIS = """
    SELECT m.code
    FROM appartenances m
    WHERE m.niveau = 'epci' AND m.commune LIKE '23%%'
    GROUP BY m.code
    HAVING count(*) BETWEEN 8 AND 20
    ORDER BY m.code
"""


async def get(france: httpx.AsyncClient, address: str) -> dict:
    answer = await france.get(f"/api/territoires/{address}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    shapes.Implantations.model_validate(body)
    return body


@pytest.mark.parametrize("service", [FRANCE_SERVICES, UNKNOWN])
async def test_small_epcis_have_the_best_of_all_combinations(france, national_atlas, service):
    schema = schema_of(national_atlas.publication)
    with psycopg.connect(
        national_atlas.reader_url, options=f"-c search_path={schema},public"
    ) as conn:
        codes = [code for (code,) in conn.execute(_SMALL_EPCIS)][:3]
        assert codes
        for code in codes:
            rows = conn.execute(_COMMUNES, (service, code)).fetchall()
            people = np.array([row[1] or 0 for row in rows])
            x, y = Transformer.from_crs(4326, 2154, always_xy=True).transform(
                [row[2] for row in rows], [row[3] for row in rows]
            )
            km = np.hypot(np.subtract.outer(x, x), np.subtract.outer(y, y)) / 1000
            near = np.array([np.inf if row[4] is None else row[4] for row in rows])
            served = people[near <= 5].sum()
            best = max(
                people[np.minimum(near, km[list(chosen)].min(axis=0)) <= 5].sum() - served
                for chosen in itertools.combinations(range(len(rows)), 3)
            )
            body = await get(
                france, f"epci/{code}/implantations?service={service}&nombre=3&rayon_km=5"
            )
            assert body["recherche"]["optimal"]
            assert body["population_gagnee"] == best
            assert body["population_deja_desservie"] == served


async def test_the_creuse_is_served_within_15_km_and_not_within_10(france):
    start = f"departement/23/implantations?service={FRANCE_SERVICES}&nombre=3&rayon_km="
    body = await get(france, f"{start}15")
    assert body["communes"] == []
    assert body["population_restante"] == 0
    body = await get(france, f"{start}10")
    assert len(body["communes"]) == 3
    assert body["recherche"]["optimal"]
    assert body["population_etudiee"] == body["territoire"]["population"]


@pytest.mark.parametrize("methode", ["couverture", "p-mediane", "cible&part=0.95"])
@pytest.mark.parametrize(
    "place",
    ["commune/23096", "epci/200067205", "departement/974", "region/76", "pays/france"],
)
async def test_every_niveau_has_an_answer(france, place, methode):
    body = await get(
        france, f"{place}/implantations?service={FRANCE_SERVICES}&methode={methode}&duree_max_s=3"
    )
    search = body["recherche"]
    assert 0 <= search["ecart_optimum"] < 1
    assert search["optimal"] == (search["ecart_optimum"] == 0)
    gains = [item["population_gagnee"] for item in body["communes"]]
    assert sum(gains) == body["population_gagnee"]
    if methode != "p-mediane":
        assert gains == sorted(gains, reverse=True)
        assert all(gains)


async def test_a_question_too_large_is_refused(france):
    answer = await france.get(
        f"/api/territoires/pays/france/implantations?service={UNKNOWN}&rayon_km=100"
    )
    assert answer.status_code == 400
    assert "plus court" in answer.json()["detail"]
