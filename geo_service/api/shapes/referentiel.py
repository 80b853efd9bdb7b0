"""The référentiel, and the definitions of words."""

from __future__ import annotations

from geo_service.api.shapes.common import Answer, Shape, SourceSummary


class ReferentielService(Shape):
    """A service of the référentiel."""

    code: str
    libelle: str
    description: str
    documente: bool


class ReferentielEnjeu(Shape):
    """An enjeu of the référentiel."""

    code: str
    libelle: str
    services: list[ReferentielService]


class ReferentielTheme(Shape):
    """A thème of the référentiel."""

    code: str
    libelle: str
    enjeux: list[ReferentielEnjeu]


class Referentiel(Answer):
    """Answer of the référentiel."""

    version: str
    libelle: str
    demarrage: bool
    note: str
    themes: list[ReferentielTheme]


class Definition(Shape):
    """A definition."""

    code: str
    libelle: str
    texte: str
    unite: str | None


class Definitions(Shape):
    """Answer of the definitions."""

    definitions: list[Definition]
    publication: str
    millesime: int
    sources: list[SourceSummary]
