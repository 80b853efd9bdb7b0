"""Territories: found by the search, and described."""

from __future__ import annotations

from typing import Any

from geo_service.api.parameters import Niveau
from geo_service.api.shapes.common import Answer, Parent, Shape


class Found(Shape):
    """A territory found."""

    niveau: Niveau
    code: str
    nom: str
    nature: str | None
    population: int | None
    population_annee: int | None
    taux: float | None
    presents: int
    documentes: int
    parents: list[Parent]
    centre: tuple[float, float] | None
    bbox: tuple[float, float, float, float] | None


class Search(Answer):
    """Answer of the search."""

    total: int | None
    territoires: list[Found]
    suivant: str | None


class Groupe(Shape):
    """A groupe the territory belongs to, with all its communes."""

    code: str
    nom: str


class Description(Answer, Found):
    """Answer of a territory's address."""

    superficie_km2: float | None
    communes: int
    labels: list[Any]
    programmes: list[Groupe]
