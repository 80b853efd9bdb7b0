"""Territories side by side."""

from __future__ import annotations

from geo_service.api.parameters import Statut
from geo_service.api.shapes.accessibilite import Measure
from geo_service.api.shapes.common import Answer, Shape, Territory
from geo_service.api.shapes.couverture import Parts
from geo_service.api.shapes.diagnostic import EvolutionPoint


class ComparedTerritory(Territory, Parts):
    """A territory that is compared."""

    services_total: int
    evolution: list[EvolutionPoint]


class ComparedTheme(Shape):
    """A thème; the lists have one item for each territory."""

    code: str
    libelle: str
    documentes: int
    presents: list[int]
    taux: list[float | None]


class ComparedService(Shape):
    """A service; the lists have one item for each territory."""

    code: str
    libelle: str
    enjeu: str
    theme: str
    documente: bool
    statuts: list[Statut]
    part_population: list[float | None]


class ComparedDistance(Shape):
    """How far a service is: of a commune its distance, of a larger territory the median."""

    code: str
    libelle: str
    exhaustif: bool
    distance_km: list[float | None]
    part_eloignee: list[float | None]


class Comparison(Answer):
    """Answer of the comparison."""

    territoires: list[ComparedTerritory]
    avertissement: str | None
    phrases: list[str]
    par_theme: list[ComparedTheme]
    services: list[ComparedService]
    mesure: Measure
    seuil_km: int
    distances: list[ComparedDistance]
