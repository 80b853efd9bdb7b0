"""Coverage of a territory."""

from __future__ import annotations

from geo_service.api.parameters import Statut
from geo_service.api.shapes.common import Answer, Shape, Territory


class Parts(Shape):
    """A rate, what it counts, and the four parts of 1 it is made from."""

    taux: float | None
    documentes: int
    presents: int
    part_presente: float | None
    part_partagee: float | None
    part_absente: float | None
    part_non_renseignee: float | None


class Rate(Parts):
    """The rate of an axis, with all its services in the référentiel."""

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
    population_presente: int | None
    population_partagee: int | None
    population_absente: int | None
    population_non_renseignee: int | None
    part_population: float | None


class Coverage(Answer, Parts):
    """Answer of the coverage."""

    territoire: Territory
    part_presents: float | None
    services_total: int
    par_theme: list[ThemeRate]
    par_enjeu: list[EnjeuRate]
    services: list[ServiceCoverage]
