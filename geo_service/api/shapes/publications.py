"""Sources and publications."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geo_service.api.shapes.common import Answer, Shape


class Source(Shape):
    """A source, in full."""

    id: str
    nom: str
    producteur: str
    licence: str
    url: str | None
    date_donnees: date
    role: str
    statut: str
    lignes_lues: int | None
    lignes_chargees: int | None
    lignes_rejetees: int | None
    lignes_reparees: int | None
    exhaustive: list[str]
    note: str | None
    ancienne: bool
    synthetique: bool
    avertissement: str | None


class Sources(Shape):
    """Answer of the sources."""

    sources: list[Source]
    publication: str
    millesime: int
    definitions: dict[str, str]


class Publication(Shape):
    """A publication of the catalogue."""

    id: str
    creee_le: datetime
    activee_le: datetime | None
    active: bool
    millesime: int
    durees: dict[str, Any]
    controles: dict[str, Any]


class Publications(Answer):
    """Answer of the publications."""

    publications: list[Publication]
