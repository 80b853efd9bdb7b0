"""Where to open places so that the most people not yet near one get one.

Candidates are the chefs-lieux of a territory's communes, demand is the people of its communes, and
places that exist count wherever they are: who is near one already is not to be served again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from geo_service.diagnostics.choices import best_places, fewest_for
from geo_service.diagnostics.demand import Communes, Question, gains_of
from geo_service.diagnostics.gains import Floats
from geo_service.diagnostics.place_bounds import OPTIMAL
from geo_service.diagnostics.search_places import in_order


@dataclass(frozen=True)
class Place:
    """A commune where to open, after those before it.

    Attributes
    ----------
    code
        INSEE code.
    gain
        People it brings within the distance, whom those before do not.
    mean_km
        Mean distance of the people to their nearest place once it is open; ``None`` where some have
        none in their zone.
    """

    code: str
    gain: int
    mean_km: float | None


@dataclass(frozen=True)
class Solution:
    """The answer, and how far it may be from the best.

    Attributes
    ----------
    places
        In the order of what each adds to those before it.
    optimal
        Whether it is proved that there is no better choice.
    gap
        (bound - value) / bound, or for ``cible`` (places - bound) / places; 0 when optimal.
    value, bound
        What the method makes best (people gained; km × people spared; number of places), and the
        limit that no choice passes.
    candidates
        Communes among which places were chosen.
    reached
        For ``cible``, whether the share is reached.
    mean_km
        Mean distance before any is opened.
    seconds
        Time of the whole computation.
    """

    places: list[Place]
    optimal: bool
    gap: float
    value: float
    bound: float
    reached: bool
    mean_km: float | None
    candidates: int
    seconds: float


def as_dict(solution: Solution) -> dict[str, Any]:
    """Give a solution as plain objects."""
    return asdict(solution)


def solve(communes: Communes, question: Question) -> Solution:
    """Choose where to open places.

    Parameters
    ----------
    communes
        Communes of the territory.
    question
        What is asked.

    Returns
    -------
    Solution
        The optimum, or the best choice found within the time limit with its gap.

    Raises
    ------
    TooManyPairsError
        If the question is too large.
    NoStartingDistanceError
        If a zone, among several, has no place and the p-median is asked.
    """
    started = time.monotonic()
    deadline = started + question.seconds
    gains = gains_of(communes, question)
    needed = 0.0
    if question.methode == "cible":
        served = communes.served(question.rayon_km)
        # A person is not divided: the share is reached by whole people.
        needed = float(np.ceil(question.part * communes.total - 1e-6) - served)
    chosen: list[int] = []
    if gains.demands == 0 or (question.methode == "cible" and needed <= 0):
        value = bound = 0.0
    elif question.methode == "cible":
        chosen, bound = fewest_for(gains, needed, deadline)
        chosen = in_order(gains, chosen)  # without those that exchanges made useless
        value, bound = float(len(chosen)), min(bound, float(len(chosen)))
    else:
        chosen, bound = best_places(gains, question.nombre, deadline)
        value = gains.value(chosen)
        bound = max(bound, value)
    spare = bound - value if question.methode != "cible" else value - bound
    most = bound if question.methode != "cible" else value
    optimal = spare <= (OPTIMAL if question.methode == "p-mediane" else 1e-9) * max(most, 1.0)
    return Solution(
        places=_told(communes, in_order(gains, chosen), question.rayon_km),
        optimal=optimal,
        gap=0.0 if optimal else spare / most,
        value=value,
        bound=value if optimal else bound,
        reached=question.methode != "cible" or gains.value(chosen) >= needed - 0.5,
        mean_km=_mean(communes, communes.nearest),
        seconds=time.monotonic() - started,
        candidates=len(communes.codes),
    )


def _told(communes: Communes, ordered: Sequence[int], rayon_km: float) -> list[Place]:
    """Say what each place adds to those before it."""
    nearest = communes.nearest.copy()
    served = communes.served(rayon_km)
    zones = {int(zone): np.flatnonzero(communes.zone == zone) for zone in np.unique(communes.zone)}
    places = []
    for candidate in ordered:
        here = zones[int(communes.zone[candidate])]
        metres = communes.xy[here] - communes.xy[candidate]
        nearest[here] = np.minimum(nearest[here], np.hypot(metres[:, 0], metres[:, 1]) / 1000.0)
        now = round(float(communes.population[nearest <= rayon_km].sum()))
        places.append(Place(communes.codes[candidate], now - served, _mean(communes, nearest)))
        served = now
    return places


def _mean(communes: Communes, nearest: Floats) -> float | None:
    """Mean distance of the people to their nearest place; ``None`` when some have none."""
    people = communes.population > 0
    if not people.any() or np.isinf(nearest[people]).any():
        return None
    return float(np.average(nearest[people], weights=communes.population[people]))
