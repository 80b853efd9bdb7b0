"""Indicators of every territory of a level."""

from __future__ import annotations

from geo_service.api.parameters import Niveau
from geo_service.api.shapes.common import Answer


class Indicators(Answer):
    """Answer of an indicator: two columns of the same length."""

    niveau: Niveau
    indicateur: str
    libelle: str
    unite: str | None
    explication: str | None
    codes: list[str]
    valeurs: list[float | int | str | None]
