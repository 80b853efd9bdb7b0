"""The access of one commune, read off the arrays: that of a territory of one, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from etl.accessibility.catchment import Catchment
from geo_service import access_of_commune, accessibility_figures
from geo_service.accessibility import CLUSTERS, Accessibility
from geo_service.matrices import CommuneMatrices

SERVICES = ("a", "b", "c")
COMMUNES = 400
LIMITS_KM = (0.0, 5.0, 12.5)


def country() -> tuple[CommuneMatrices, Accessibility]:
    """Communes of every kind: unknown, deserted, out of reach, not measured, beside a lieu."""
    drawn = np.random.default_rng(5)
    shape = (len(SERVICES), COMMUNES)

    def some(share: float, size: tuple[int, ...] = shape) -> np.ndarray:
        return drawn.random(size) < share

    population = drawn.integers(0, 3_000, COMMUNES).astype(np.float64)
    population[some(0.1, (COMMUNES,))] = 0
    population[some(0.1, (COMMUNES,))] = np.nan
    distances = (drawn.random(shape) * 30).astype(np.float32)
    distances[some(0.1)] = 0
    distances[some(0.1)] = 12.5
    distances[some(0.15)] = np.nan
    index = (drawn.random(shape) * 9).astype(np.float32)
    index[some(0.3)] = 0
    codes = [f"{row:05}" for row in range(COMMUNES)]
    matrices = CommuneMatrices(
        codes=np.array(codes, dtype=object),
        position={code: row for row, code in enumerate(codes)},
        population=population,
        density=population,
        mapped=np.ones(COMMUNES, dtype=np.bool_),
        # A service without lieux comes first: columns are not those of the access.
        services=("sans", *SERVICES),
        service_position={"sans": 0, "a": 1, "b": 2, "c": 3},
        statuts=np.zeros((COMMUNES, 4), dtype=np.int8),
        distances=np.vstack([np.full((1, COMMUNES), np.nan, np.float32), distances]).T,
        _members={},
    )
    access = Accessibility(
        mode="vol-d-oiseau",
        moteur=None,
        profil=None,
        catchment=Catchment((5, 10, 20), (1, 0.68, 0.22)),
        services=SERVICES,
        position={code: at for at, code in enumerate(SERVICES)},
        from_centre=some(0.2, (COMMUNES,)),
        measured=some(0.9),
        index=index,
        cluster=drawn.integers(-1, len(CLUSTERS), shape).astype(np.int8),
        zone=drawn.integers(0, 3, shape).astype(np.int16),
        imprecise=some(0.3),
        elsewhere=some(0.3),
        places=drawn.integers(0, 4, shape).astype(np.int32),
        imprecise_places=drawn.integers(0, 2, shape).astype(np.int32),
    )
    return matrices, access


def test_one_commune_is_a_territory_of_one_commune() -> None:
    matrices, access = country()
    asked = ("c", "a")
    for row in range(COMMUNES):
        code = matrices.codes[row]

        def named(at: int, told: dict[str, float], code: str = code) -> dict[str, Any]:
            assert at == 0
            return {"code": code, **told}

        members = accessibility_figures.Members.of(matrices, access, asked, np.array([row]))
        expected = accessibility_figures.service_figures(members, LIMITS_KM, named)
        found = access_of_commune.service_figures(
            matrices, access, asked, row, limits_km=LIMITS_KM, named=named
        )
        assert found == expected, row


def test_all_communes_at_once_are_counted_as_few_are(monkeypatch: Any) -> None:
    matrices, access = country()
    members = accessibility_figures.Members.of(matrices, access, SERVICES, np.arange(COMMUNES))

    def named(at: int, told: dict[str, float]) -> dict[str, Any]:
        return {"at": at, **told}

    few = accessibility_figures.service_figures(members, LIMITS_KM, named)
    monkeypatch.setattr(accessibility_figures, "_FEW", 0)
    assert accessibility_figures.service_figures(members, LIMITS_KM, named) == few
    km = matrices.distances[:, 1:]
    people = np.nan_to_num(matrices.population)
    for service, told in enumerate(few):
        far = km[:, service] > 5
        assert told["seuils"][1]["communes"] == far.sum()
        assert told["seuils"][1]["population"] == people[far].sum()
        assert told["communes"]["population_inconnue"] == np.isnan(matrices.population).sum()
        assert told["communes"]["mesurees"] == (~np.isnan(km[:, service])).sum()


def test_people_beyond_any_distance_are_counted_alone_as_with_all_figures() -> None:
    matrices, access = country()
    rows, asked = np.arange(0, COMMUNES, 2), ("c", "a")
    members = accessibility_figures.Members.of(matrices, access, asked, rows)
    # A distance there is, in single precision, is not beyond itself; one just below it is.
    there = float(np.nanmax(members.km))
    limits = (*LIMITS_KM, 0.1, there, float(np.nextafter(there, 0)))

    def named(at: int, told: dict[str, float]) -> dict[str, Any]:
        return {"at": at, **told}

    whole = accessibility_figures.service_figures(members, limits, named)
    alone = accessibility_figures.beyond(matrices, asked, rows, limits)
    assert alone == [told["seuils"] for told in whole]
    assert {told[-1]["communes"] - told[-2]["communes"] for told in alone} == {0, 1}
