"""Codes of communes of any year."""

from __future__ import annotations

from datetime import date
from typing import Literal

from geo_service.api.shapes.common import Answer, Shape


class CommuneCog(Shape):
    """A commune of the current COG."""

    code: str
    nom: str


class Historique(Shape):
    """What the history of the codes was known from."""

    code: Literal["mouvements", "liens"]
    libelle: str


class Resolution(Answer):
    """Answer of the resolution of a code of commune."""

    code: str
    code_lu: str
    date: date | None
    statut: Literal["actuel", "resolu", "partage", "inconnu"]
    commune: CommuneCog | None
    candidats: list[CommuneCog]
    chemin: list[str]
    avertissements: list[str]
    comment_choisir: str | None
    historique: Historique
