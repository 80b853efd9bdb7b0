"""Labels of all territories."""

from __future__ import annotations

from geo_service.api.parameters import Niveau
from geo_service.api.shapes.common import Answer, Shape
from geo_service.api.shapes.territoires import Label


class LabelledTerritory(Label):
    """A label, with the territory it was given to."""

    niveau: Niveau
    code: str
    nom: str
    centre: tuple[float, float] | None


class YearOfLabels(Shape):
    """A year of the label."""

    annee: int
    territoires: int


class Labels(Answer):
    """Answer of the labels."""

    annees: list[YearOfLabels]
    total: int
    labels: list[LabelledTerritory]
    suivant: str | None
