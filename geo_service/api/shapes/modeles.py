"""Templates of file formats."""

from __future__ import annotations

from geo_service.api.shapes.common import Answer, Shape


class TemplateColumn(Shape):
    """A column of a format."""

    nom: str
    obligatoire: bool
    texte: str
    exemple: str


class Template(Shape):
    """A file format."""

    code: str
    libelle: str
    texte: str
    fichier: str
    colonnes: list[TemplateColumn]


class Templates(Answer):
    """Answer of the templates."""

    modeles: list[Template]
