"""What the sentences of a diagnosis are made of: a few territories, and figures."""

from __future__ import annotations

from geo_service.territories import Territory


def place(niveau: str, code: str, nom: str) -> Territory:
    return Territory(niveau, code, nom, None, None, None, 1, None, 0, 0)


MENDE = place("commune", "48095", "Mende")
LOZERE = place("departement", "48", "Lozère")
LANDES = place("departement", "40", "Landes")
FRANCE = place("pays", "france", "France")
EPCI = place("epci", "200069755", "Communauté de communes Cœur de Lozère")


def figures(presents: int, documentes: int, taux: float | None) -> dict:
    return {"presents": presents, "documentes": documentes, "taux": taux, "services_total": 131}


def gap(libelle: str, communes: int = 1, population: int | None = 100) -> dict:
    return {"libelle": libelle, "communes": communes, "population": population}


def access(
    libelle: str,
    *,
    median: float | None = None,
    far: int = 0,
    share: float | None = None,
    farthest: float | None = None,
) -> dict:
    return {
        "service": {"libelle": libelle},
        "exhaustif": True,
        "distances": {
            "quantiles_km": {"p50": median},
            "plus_eloignee": None if farthest is None else {"distance_km": farthest},
        },
        "seuils": [
            {"km": 5, "population": far, "part_population": share},
            {"km": 10, "population": far, "part_population": share},
        ],
    }


def point(taux: float | None, date: str = "2026-03-01", *, comparable: bool = True) -> dict:
    return {"taux": taux, "date": date, "comparable": comparable}
