"""Comparables, recommandations and mutualisation."""

from __future__ import annotations

from typing import Literal

from geo_service.api.parameters import Niveau
from geo_service.api.shapes.common import Answer, Parent, Shape, Territory


class Bracket(Shape):
    """A legal population bracket."""

    libelle: str
    population_min: int
    population_max: int | None
    territoires: int
    source: str


class ServiceName(Shape):
    """A service and its place in the référentiel."""

    code: str
    libelle: str
    enjeu: str
    theme: str


class QuarterService(ServiceName):
    """A service in the best quarter."""

    territoires: int
    part_population: float
    part_population_ici: float | None


class Quarter(Shape):
    """The quarter of the comparables with the highest rates."""

    territoires: int
    codes: list[str]
    taux_min: float
    taux_moyen: float
    services: list[QuarterService]


class Comparable(Shape):
    """A comparable."""

    code: str
    nom: str
    population: int
    densite: float
    ressemblance: float
    distance_km: float
    taux: float
    presents: int
    rang: int
    meilleur_quart: bool


class Compared(Answer):
    """What answers that rely on comparables have in common."""

    territoire: Territory
    taux: float | None
    presents: int
    documentes: int
    raison: str | None
    avertissement: str | None
    strate: Bracket | None


class Comparables(Compared):
    """Answer of the comparables."""

    densite: float | None
    rang: int | None
    ex_aequo: int | None
    sur: int | None
    centile: float | None
    phrase: str | None
    taux_median: float | None
    meilleur_quart: Quarter | None
    comparables: list[Comparable]


class Effect(Shape):
    """What a service would change."""

    taux: float
    taux_apres: float
    phrase: str


class Example(Shape):
    """Who did it."""

    niveau: Niveau
    code: str
    nom: str
    comparable: bool
    distance_km: float
    part_population: float
    nature: Literal["action", "lieu", "territoire"]
    id: str | None
    titre: str | None
    porteur: Parent | None
    page: str
    phrase: str


class Question(ServiceName):
    """A service of which nobody said anything here."""

    comparables_mieux: int
    comparables: int
    part_comparables: float
    part_population: float | None
    part_population_comparables: float
    communes: int
    population: int
    phrase: str


class Recommendation(Question):
    """A service missing here."""

    effet: Effect
    exemples: list[Example]


class Recommendations(Compared):
    """Answer of the recommandations."""

    recommandations: list[Recommendation]
    a_verifier: list[Question]


class Partner(Shape):
    """A neighbour that lacks the same services."""

    code: str
    nom: str
    frontiere_km: float
    meme_epci: bool | None
    en_commun: list[Parent]
    services: list[ServiceName]
    manques_communs: int
    population: int | None
    phrase: str


class Pooling(Answer):
    """Answer of the mutualisation."""

    territoire: Territory
    voisins_total: int
    manques: int
    raison: str | None
    voisins: list[Partner]
