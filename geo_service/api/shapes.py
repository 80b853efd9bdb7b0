"""Shapes of the JSON answers, for the OpenAPI document; the tests check answers against them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from geo_service.api.parameters import Niveau, Statut


class Shape(BaseModel):
    """An object with exactly these members."""

    model_config = ConfigDict(extra="forbid")


class SourceSummary(Shape):
    """A source, as every answer names it."""

    id: str
    nom: str
    producteur: str
    date: date


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


class Found(Shape):
    """A territory found."""

    niveau: Niveau
    code: str
    nom: str
    nature: str | None
    population: int | None
    population_annee: int | None
    parents: list[Parent]
    centre: tuple[float, float] | None
    bbox: tuple[float, float, float, float] | None


class Search(Answer):
    """Answer of the search."""

    territoires: list[Found]


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


class Territory(Shape):
    """The territory an answer is about."""

    niveau: Niveau
    code: str
    nom: str
    population: int | None
    population_annee: int | None
    communes: int


class Rate(Shape):
    """A rate, always with what it counts."""

    taux: float | None
    documentes: int
    presents: int
    services: int


class ThemeRate(Rate):
    """Rate of a thème."""

    code: str
    libelle: str


class EnjeuRate(ThemeRate):
    """Rate of an enjeu."""

    theme: str


class ServiceCoverage(Shape):
    """A service in a territory."""

    code: str
    libelle: str
    enjeu: str
    theme: str
    documente: bool
    statut: Statut
    actions: int
    lieux: int
    communes_presentes: int
    communes_partagees: int
    communes_absentes: int
    communes_non_renseignees: int
    population_couverte: int | None
    part_population: float | None


class Coverage(Answer):
    """Answer of the coverage."""

    territoire: Territory
    taux: float | None
    part_presents: float | None
    documentes: int
    presents: int
    services_total: int
    par_theme: list[ThemeRate]
    par_enjeu: list[EnjeuRate]
    services: list[ServiceCoverage]


class NearPlace(Shape):
    """The nearest lieu."""

    id: str
    nom: str
    commune: str | None


class Gap(Shape):
    """A commune where services are missing."""

    code: str
    nom: str
    population: int | None
    statut: Statut
    distance_km: float | None
    lieu_proche: NearPlace | None
    services: list[str]


class Gaps(Answer):
    """Answer of the gaps."""

    territoire: Territory
    total: int
    population: int | None
    communes: list[Gap]
    suivant: str | None


class Place(Shape):
    """A lieu."""

    id: str
    nom: str
    commune: str
    commune_nom: str
    adresse: str | None
    horaires: str | None
    site_web: str | None
    services: list[str]
    point: tuple[float, float]
    source: str
    localisation: str


class Places(Answer):
    """Answer of the lieux."""

    total: int
    lieux: list[Place]


class Action(Shape):
    """An action."""

    id: str
    titre: str
    description: str | None
    url: str | None
    porteur: Parent
    services: list[str]
    type: str
    source: str


class Actions(Answer):
    """Answer of the actions."""

    total: int
    actions: list[Action]


class Indicators(Answer):
    """Answer of an indicator: two columns of the same length."""

    niveau: Niveau
    indicateur: str
    libelle: str
    unite: str | None
    codes: list[str]
    valeurs: list[float | int | str | None]


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
