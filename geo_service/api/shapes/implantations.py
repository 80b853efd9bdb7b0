"""Where to open places."""

from __future__ import annotations

from typing import Literal

from geo_service.api.shapes.common import Answer, Shape, Territory


class ServiceName(Shape):
    """The service to bring nearer."""

    code: str
    libelle: str


class SearchOfPlaces(Shape):
    """How the answer was found, and how far it may be from the best.

    ``objectif`` says what ``valeur`` and ``borne`` count; no choice passes the bound.
    """

    objectif: str
    valeur: float
    borne: float
    optimal: bool
    ecart_optimum: float
    candidats: int
    duree_max_s: float
    temps_s: float
    solveur: str


class PlaceToOpen(Shape):
    """A commune where to open, once those before it are open."""

    rang: int
    code: str
    nom: str
    population: int | None
    population_gagnee: int
    population_gagnee_cumulee: int
    part_desservie: float | None
    distance_moyenne_km: float | None
    phrase: str


class Implantations(Answer):
    """Answer of the implantations."""

    territoire: Territory
    service: ServiceName
    methode: Literal["couverture", "p-mediane", "cible"]
    nombre: int | None
    rayon_km: float
    part: float | None
    part_atteinte: bool | None
    phrase: str
    avertissements: list[str]
    population_etudiee: int
    population_deja_desservie: int
    population_gagnee: int
    population_restante: int
    population_sans_mesure: int | None
    part_deja_desservie: float | None
    part_desservie: float | None
    distance_moyenne_avant_km: float | None
    distance_moyenne_apres_km: float | None
    ordre: str
    communes: list[PlaceToOpen]
    recherche: SearchOfPlaces
