"""How far people live from the services: the figures of the API, and sentences on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo_service.diagnostics.diagnosis_sentences import distances
from geo_service.territories import Territory


def access_section(territory: Territory, access: Mapping[str, Any]) -> dict[str, Any]:
    """Say what the section of distances shows.

    Parameters
    ----------
    territory
        The territory.
    access
        ``accessibilite`` of its diagnosis.

    Returns
    -------
    dict
        ``sentences``; ``rows``, services whose distance is known, the farthest first; ``straight``,
        whether distances are straight lines; ``partial``, whether some are only upper bounds;
        ``approximate``, whether some lieux have no precise point.
    """
    measured = [
        item for item in access["services"] if item["distances"]["plus_eloignee"] is not None
    ]
    measured.sort(key=_farness, reverse=True)
    straight = access["mesure"]["mode"] == "vol-d-oiseau"
    return {
        "sentences": distances(territory, access["services"], straight=straight),
        "rows": measured,
        "straight": straight,
        "partial": any(not item["exhaustif"] for item in measured),
        "approximate": any(item["communes"]["lieu_proche_imprecis"] for item in measured),
        "thresholds": [limit["km"] for limit in measured[0]["seuils"]] if measured else [],
    }


def _farness(item: Mapping[str, Any]) -> tuple[float, float]:
    far: Sequence[Mapping[str, Any]] = item["seuils"]
    beyond = next((limit["population"] for limit in far if limit["km"] == 10), 0)  # noqa: PLR2004
    return float(beyond), float(item["distances"]["plus_eloignee"]["distance_km"])
