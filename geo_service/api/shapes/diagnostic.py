"""The whole diagnosis of a territory."""

from __future__ import annotations

import datetime as dt

from geo_service.api.parameters import Niveau, Statut
from geo_service.api.shapes.accessibilite import IndexMethod, Measure, ServiceAccess
from geo_service.api.shapes.common import Answer, Shape, Territory
from geo_service.api.shapes.peers import Bracket, ServiceName


class DiagnosisRate(Shape):
    """Rate of coverage, with what it counts."""

    taux: float | None
    documentes: int
    presents: int
    services_total: int
    part_presente: float | None
    part_partagee: float | None
    part_absente: float | None
    part_non_renseignee: float | None


class DiagnosisGap(ServiceName):
    """A service absent somewhere in the territory."""

    communes: int
    population: int | None
    part_population: float | None


class DiagnosisGaps(Shape):
    """Services absent somewhere, those that concern most people first."""

    total: int
    premiers: list[DiagnosisGap]


class DiagnosisService(ServiceName):
    """A documented service."""

    statut: Statut
    part_population: float | None
    population_couverte: int | None
    population_absente: int | None
    population_non_renseignee: int | None


class DiagnosisAccess(Shape):
    """Access to every service that has lieux."""

    mesure: Measure
    indice: IndexMethod
    services: list[ServiceAccess]


class DiagnosisQuarter(Shape):
    """The quarter of the comparables with the highest rates."""

    territoires: int
    taux_min: float
    taux_moyen: float


class DiagnosisStanding(Shape):
    """Where the territory stands among its comparables."""

    raison: str | None
    avertissement: str | None
    strate: Bracket | None
    rang: int | None
    ex_aequo: int | None
    sur: int | None
    centile: float | None
    phrase: str | None
    taux_median: float | None
    meilleur_quart: DiagnosisQuarter | None


class DiagnosisAdvice(Shape):
    """A recommandation, in short."""

    code: str
    libelle: str
    population: int
    phrase: str


class EvolutionPoint(Shape):
    """The rate in one publication."""

    publication: str
    date: dt.date
    date_donnees: dt.date | None
    millesime: int
    documentes: int
    presents: int
    taux: float | None
    comparable: bool


class Part(Shape):
    """A smaller territory, with its rate."""

    code: str
    nom: str
    population: int | None
    taux: float | None
    presents: int
    documentes: int


class Parts(Shape):
    """Smaller territories of one niveau."""

    niveau: Niveau
    territoires: list[Part]


class DiagnosisLinks(Shape):
    """Addresses of the details."""

    couverture: str
    lacunes: str
    accessibilite: str
    comparables: str
    recommandations: str
    mutualisation: str
    implantations: str


class Diagnosis(Answer):
    """Answer of the diagnosis."""

    territoire: Territory
    phrases: list[str]
    couverture: DiagnosisRate
    manques: DiagnosisGaps
    services: list[DiagnosisService]
    accessibilite: DiagnosisAccess
    comparaison: DiagnosisStanding
    recommandations: list[DiagnosisAdvice]
    evolution: list[EvolutionPoint]
    parties: list[Parts]
    liens: DiagnosisLinks
