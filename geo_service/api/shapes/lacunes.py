"""Gaps."""

from __future__ import annotations

from geo_service.api.parameters import Statut
from geo_service.api.shapes.common import Answer, Shape, Territory


class NearPlace(Shape):
    """The nearest lieu."""

    id: str
    nom: str
    commune: str | None


class Gap(Shape):
    """A commune where services are missing."""

    code: str
    nom: str
    population: int | None
    statut: Statut
    distance_km: float | None
    lieu_proche: NearPlace | None
    services: list[str]


class ServiceGap(Shape):
    """A service that is missing, with the communes concerned on all pages."""

    code: str
    libelle: str
    communes: int
    population: int


class Gaps(Answer):
    """Answer of the gaps."""

    territoire: Territory
    total: int
    population: int | None
    explication: str | None
    par_service: list[ServiceGap]
    communes: list[Gap]
    suivant: str | None
