"""What changed from one publication to another."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from geo_service.api.shapes.common import Answer, Shape


class DiffPublication(Shape):
    """One of the publications compared."""

    id: str
    creee_le: datetime
    millesime: int


class DiffRates(Shape):
    """Rates of a niveau that changed."""

    hausses: int
    baisses: int
    autres: int


class DiffSummary(Shape):
    """Changes, counted."""

    objets: dict[str, int]
    archives: dict[str, bool]
    sources: dict[str, dict[str, int]]
    statuts: dict[str, dict[str, int]]
    territoires: dict[str, dict[str, int]]
    taux: dict[str, DiffRates]


class DiffChange(Shape):
    """One change."""

    objet: Literal[
        "source", "service", "territoire", "appartenance", "lieu", "action", "statut", "taux"
    ]
    nature: Literal["ajout", "retrait", "changement"]
    source: str | None
    niveau: str | None
    code: str
    nom: str | None
    champ: str | None
    avant: str | None
    apres: str | None


class PublicationDiff(Answer):
    """Answer of the comparison of two publications."""

    avant: DiffPublication
    apres: DiffPublication
    causes: list[str]
    resume: DiffSummary
    total: int
    changements: list[DiffChange]
