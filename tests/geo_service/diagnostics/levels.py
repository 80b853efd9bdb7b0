"""Small levels made at random or by hand, and the definitions restated in plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from geo_service.borders import Borders, sparse
from geo_service.levels import Level, sum_up
from geo_service.matrices import ABSENT, NON_RENSEIGNE, PARTAGE, PRESENT, CommuneMatrices

STATUTS = (NON_RENSEIGNE, ABSENT, PARTAGE, PRESENT)
#: Bounds of the fifteen brackets of communes, as article L. 2334-3 of the CGCT lists them.
COMMUNE_BOUNDS = (
    *(500, 1_000, 2_000, 3_500, 5_000, 7_500, 10_000, 15_000, 20_000, 35_000, 50_000),
    *(75_000, 100_000, 200_000),
)


def level_of_communes(
    people: Sequence[float | None],
    areas: Sequence[float | None],
    statuts: np.ndarray,
    places: np.ndarray | None = None,
    borders: Borders | None = None,
) -> Level:
    """A level of communes « 00000 », « 00001 »…"""
    count = len(people)
    return Level(
        niveau="commune",
        codes=np.array([f"{row:05}" for row in range(count)], dtype=object),
        population=np.array([math.nan if x is None else x for x in people], dtype=float),
        area=np.array([math.nan if x is None else x for x in areas], dtype=float),
        place=np.zeros((count, 2)) if places is None else places,
        communes=np.ones(count, dtype=np.int64),
        borders=borders or sparse([f"{row:05}" for row in range(count)], []),
        statuts=statuts.astype(np.int8),
    )


def level_above(communes: Level, members: Sequence[Sequence[int]], niveau: str = "epci") -> Level:
    """Territories made of communes; one with a commune of unknown population has none."""
    assert communes.statuts is not None
    rows = [np.array(mine, dtype=np.intp) for mine in members]
    return Level(
        niveau=niveau,
        codes=np.array([f"E{row:03}" for row in range(len(rows))], dtype=object),
        population=np.array([communes.population[mine].sum() for mine in rows]),
        area=np.array([communes.area[mine].sum() for mine in rows]),
        place=np.array([communes.place[mine].mean(axis=0) for mine in rows]),
        communes=np.array([len(mine) for mine in rows]),
        borders=sparse([f"E{row:03}" for row in range(len(rows))], []),
        sums=sum_up(rows, communes.statuts, communes.population),
    )


def matrices_of(communes: Level, members: dict | None = None) -> CommuneMatrices:
    assert communes.statuts is not None
    count, services = communes.statuts.shape
    return CommuneMatrices(
        codes=communes.codes,
        position=communes.position,
        population=communes.population,
        density=communes.density,
        mapped=np.ones(count, dtype=bool),
        services=tuple(f"s{column}" for column in range(services)),
        service_position={f"s{column}": column for column in range(services)},
        statuts=communes.statuts,
        distances=np.full((count, services), np.nan, dtype=np.float32),
        _members=members or {},
    )


@st.composite
def communes(draw: st.DrawFn, services: int = 3) -> Level:
    """Communes of few populations and areas, so that brackets are shared and ties happen."""
    count = draw(st.integers(1, 30))
    people = st.sampled_from([None, 0, 1, 100, 200, 499, 500, 800, 999, 1000, 250_000])
    areas = st.sampled_from([None, 1.0, 2.5, 10.0, 40.0])
    places = st.tuples(st.floats(-5, 8), st.floats(42, 51))
    return level_of_communes(
        draw(st.lists(people, min_size=count, max_size=count)),
        draw(st.lists(areas, min_size=count, max_size=count)),
        np.array(
            draw(
                st.lists(
                    st.lists(st.sampled_from(STATUTS), min_size=services, max_size=services),
                    min_size=count,
                    max_size=count,
                )
            )
        ).reshape(count, services),
        np.array(draw(st.lists(places, min_size=count, max_size=count))),
    )


def oracle_bracket(people: float) -> tuple[int, float]:
    """Lowest and highest population of the bracket of a commune."""
    low = max(bound for bound in (0, *COMMUNE_BOUNDS) if bound <= people)
    high = min((bound - 1 for bound in COMMUNE_BOUNDS if bound > people), default=math.inf)
    return low, high


def oracle_comparables(level: Level, row: int, k: int) -> list[tuple[int, float]]:
    """Rows and distances of the k comparables, by the definition, one commune at a time."""
    people, density = level.population.tolist(), level.density.tolist()
    low, high = oracle_bracket(people[row])
    bracket = [
        other
        for other in range(len(people))
        if people[other] > 0 and density[other] > 0 and low <= people[other] <= high
    ]

    def spread(values: list[float]) -> float:
        logs = [math.log(values[other]) for other in bracket]
        mean = sum(logs) / len(logs)
        return math.sqrt(sum((log - mean) ** 2 for log in logs) / len(logs))

    def gap(values: list[float], other: int) -> float:
        deviation = spread(values)
        far = abs(math.log(values[other]) - math.log(values[row]))
        return far / deviation if deviation > 1e-12 else 0.0

    found = [
        (math.hypot(gap(people, other), gap(density, other)), other)
        for other in bracket
        if other != row
    ]
    # To the tenth decimal: the order of equals is that of the codes, whatever the rounding.
    ordered = sorted((round(far, 10), other) for far, other in found)
    return [(other, far) for far, other in ordered[:k]]
