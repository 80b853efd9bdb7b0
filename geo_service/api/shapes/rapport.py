"""The report of a publication."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from geo_service.api.shapes.common import Shape

Gravite = Literal["rejet", "reparation", "alerte"]


class ReportExample(Shape):
    """A row concerned by a reason."""

    ligne: int | None
    champ: str | None
    valeur: str | None
    phrase: str


class ReportReason(Shape):
    """How many rows of a source a reason concerns."""

    gravite: Gravite
    motif: str
    libelle: str
    nombre: int
    part: float | None
    exemples: list[ReportExample]


class ReportSource(Shape):
    """What became of the rows of a source."""

    id: str
    nom: str
    producteur: str
    licence: str
    date_donnees: date
    role: str
    statut: str
    lignes_lues: int | None
    lignes_chargees: int | None
    lignes_rejetees: int | None
    lignes_reparees: int | None
    part_rejetee: float | None
    motifs: list[ReportReason]
    ancienne: bool
    synthetique: bool
    avertissement: str | None


class ReportRow(Shape):
    """A row refused, repaired or flagged."""

    source: str
    ligne: int | None
    champ: str | None
    gravite: Gravite
    motif: str
    libelle: str
    phrase: str
    valeur: str | None


class Report(Shape):
    """Answer of the report of a publication."""

    publication: str
    creee_le: datetime
    millesime: int
    sources: list[ReportSource]
    total: int
    lignes: list[ReportRow]
    suivant: str | None
    definitions: dict[str, str]
