"""What a diagnosis is made of, from the figures in memory: gaps, services, parts of a territory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from geo_service.atlas import Metadata
from geo_service.rounding import rounded
from geo_service.territories import Territory

#: Niveaux of the parts told of each niveau, the largest first.
PARTS: Final = {
    "pays": ("region", "departement"),
    "region": ("departement",),
    "departement": ("epci",),
    "epci": ("commune",),
    "ept": ("commune",),
}


def gaps(services: Sequence[dict[str, Any]], order: Sequence[str]) -> list[dict[str, Any]]:
    """List the services absent somewhere, those that concern most people first.

    Parameters
    ----------
    services
        Those of the coverage of a territory.
    order
        Codes of the services in the order of the référentiel, which settles ties.

    Returns
    -------
    list of dict
        ``population`` is None when that of the territory is unknown.
    """
    place = {code: rank for rank, code in enumerate(order)}
    missing = [
        {
            "code": item["code"],
            "libelle": item["libelle"],
            "enjeu": item["enjeu"],
            "theme": item["theme"],
            "communes": item["communes_absentes"],
            "population": item["population_absente"],
            "part_population": item["part_population"],
        }
        for item in services
        if item["communes_absentes"]
    ]
    missing.sort(key=lambda gap: (-(gap["population"] or 0), -gap["communes"], place[gap["code"]]))
    return missing


def by_coverage(services: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """List the documented services, the most covered first; of unknown cover last."""
    documented = [
        {
            name: item[name]
            for name in (
                *("code", "libelle", "enjeu", "theme", "statut", "part_population"),
                *("population_couverte", "population_absente", "population_non_renseignee"),
            )
        }
        for item in services
        if item["documente"]
    ]

    def rank(item: dict[str, Any]) -> float:
        part = item["part_population"]
        return 2.0 if part is None else -float(part)

    return sorted(documented, key=rank)


def service_to_place(placed: Sequence[str], missing: Sequence[str], order: Sequence[str]) -> str:
    """Choose the service to ask about where to open a lieu of it.

    Parameters
    ----------
    placed
        Services that have lieux.
    missing
        Services absent somewhere, the first first.
    order
        All services, in the order of the référentiel.

    Returns
    -------
    str
        The first missing one that has lieux, else the first that has lieux or is missing, else
        the first of all.
    """
    both = [code for code in missing if code in placed]
    return next(iter([*both, *placed, *missing, *order]))


def parts(metadata: Metadata, territory: Territory) -> list[dict[str, Any]]:
    """List the territories a larger one is made of, with their rates, the lowest rate first.

    A territory that only has some of its communes there (an EPCI across two départements) is
    listed in each, with the figures of the whole of it.
    """
    known = metadata.territories
    listed = []
    for niveau in PARTS.get(territory.niveau, ()):
        below = known.children.get((territory.niveau, territory.code), ())
        inside = [known.by_key[key] for key in below if key[0] == niveau]
        inside.sort(key=lambda part: (part.taux is None, part.taux or 0, part.code))
        listed.append(
            {
                "niveau": niveau,
                "territoires": [
                    {
                        "code": part.code,
                        "nom": part.nom,
                        "population": part.population,
                        "taux": rounded(part.taux),
                        "presents": part.presents,
                        "documentes": part.documentes,
                    }
                    for part in inside
                ],
            }
        )
    return listed
