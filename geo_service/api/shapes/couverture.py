"""Coverage of a territory."""

from __future__ import annotations

from geo_service.api.parameters import Statut
from geo_service.api.shapes.common import Answer, Shape, Territory


class Rate(Shape):
    """A rate, always with what it counts."""

    taux: float | None
    documentes: int
    presents: int
    services: int


class ThemeRate(Rate):
    """Rate of a thème."""

    code: str
    libelle: str


class EnjeuRate(ThemeRate):
    """Rate of an enjeu."""

    theme: str


class ServiceCoverage(Shape):
    """A service in a territory."""

    code: str
    libelle: str
    enjeu: str
    theme: str
    documente: bool
    statut: Statut
    actions: int
    lieux: int
    communes_presentes: int
    communes_partagees: int
    communes_absentes: int
    communes_non_renseignees: int
    population_couverte: int | None
    part_population: float | None


class Coverage(Answer):
    """Answer of the coverage."""

    territoire: Territory
    taux: float | None
    part_presents: float | None
    documentes: int
    presents: int
    services_total: int
    par_theme: list[ThemeRate]
    par_enjeu: list[EnjeuRate]
    services: list[ServiceCoverage]
