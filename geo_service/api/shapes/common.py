"""What every answer, and every error, has in common."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from geo_service.api.parameters import Niveau


class Shape(BaseModel):
    """An object with exactly these members."""

    model_config = ConfigDict(extra="forbid")


class SourceSummary(Shape):
    """A source, as every answer names it."""

    id: str
    nom: str
    producteur: str
    licence: str
    date: date
    ancienne: bool
    synthetique: bool
    avertissement: str | None


class Answer(Shape):
    """The members that end every answer."""

    publication: str
    millesime: int
    sources: list[SourceSummary]
    definitions: dict[str, str]


class Parent(Shape):
    """A larger territory."""

    niveau: Niveau
    code: str
    nom: str


class Territory(Shape):
    """The territory an answer is about."""

    niveau: Niveau
    code: str
    nom: str
    population: int | None
    population_annee: int | None
    communes: int


class ProblemShape(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(title="Probleme")

    type: str
    title: str
    status: int
    detail: str
    instance: str


def _error(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": ProblemShape.model_json_schema()}},
    }


#: Errors of every address, for the OpenAPI document.
ERRORS: dict[int | str, dict[str, Any]] = {
    304: {"description": "Rien n’a changé depuis l’ETag donné dans If-None-Match."},
    400: _error("Un paramètre est inconnu ou sa valeur est refusée."),
    404: _error("Le territoire est inconnu."),
    503: _error("La base de données ou la publication manque pour le moment (Retry-After)."),
}
