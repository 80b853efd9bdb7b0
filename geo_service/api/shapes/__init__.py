"""Shapes of the JSON answers, for the OpenAPI document; the tests check answers against them."""

from __future__ import annotations

from geo_service.api.shapes.accessibilite import Access
from geo_service.api.shapes.acteurs import ActeurDetail, Acteurs, NearActeurs
from geo_service.api.shapes.actions import Action, ActionDetail, Actions
from geo_service.api.shapes.cog import CommuneCog, Historique, Resolution
from geo_service.api.shapes.common import (
    ERRORS,
    Answer,
    Parent,
    ProblemShape,
    Shape,
    SourceSummary,
    Territory,
)
from geo_service.api.shapes.comparaison import (
    ComparedDistance,
    ComparedService,
    ComparedTerritory,
    ComparedTheme,
    Comparison,
)
from geo_service.api.shapes.couverture import Coverage, EnjeuRate, Rate, ServiceCoverage, ThemeRate
from geo_service.api.shapes.diagnostic import Diagnosis
from geo_service.api.shapes.diff import (
    DiffChange,
    DiffPublication,
    DiffRates,
    DiffSummary,
    PublicationDiff,
)
from geo_service.api.shapes.implantations import Implantations, PlaceToOpen, SearchOfPlaces
from geo_service.api.shapes.indicateurs import Indicators
from geo_service.api.shapes.labels import Labels
from geo_service.api.shapes.lacunes import Gap, Gaps, NearPlace, ServiceGap
from geo_service.api.shapes.lieux import Place, PlaceDetail, Places
from geo_service.api.shapes.modeles import Templates
from geo_service.api.shapes.peers import Comparables, Pooling, Recommendations
from geo_service.api.shapes.publications import Publication, Publications, Source, Sources
from geo_service.api.shapes.rapport import (
    Report,
    ReportExample,
    ReportReason,
    ReportRow,
    ReportSource,
)
from geo_service.api.shapes.referentiel import (
    Definition,
    Definitions,
    Referentiel,
    ReferentielEnjeu,
    ReferentielService,
    ReferentielTheme,
)
from geo_service.api.shapes.territoires import Description, Found, Groupe, Search

__all__ = [
    "ERRORS",
    "Access",
    "ActeurDetail",
    "Acteurs",
    "Action",
    "ActionDetail",
    "Actions",
    "Answer",
    "CommuneCog",
    "Comparables",
    "ComparedDistance",
    "ComparedService",
    "ComparedTerritory",
    "ComparedTheme",
    "Comparison",
    "Coverage",
    "Definition",
    "Definitions",
    "Description",
    "Diagnosis",
    "DiffChange",
    "DiffPublication",
    "DiffRates",
    "DiffSummary",
    "EnjeuRate",
    "Found",
    "Gap",
    "Gaps",
    "Groupe",
    "Historique",
    "Implantations",
    "Indicators",
    "Labels",
    "NearActeurs",
    "NearPlace",
    "Parent",
    "Place",
    "PlaceDetail",
    "PlaceToOpen",
    "Places",
    "Pooling",
    "ProblemShape",
    "Publication",
    "PublicationDiff",
    "Publications",
    "Rate",
    "Recommendations",
    "Referentiel",
    "ReferentielEnjeu",
    "ReferentielService",
    "ReferentielTheme",
    "Report",
    "ReportExample",
    "ReportReason",
    "ReportRow",
    "ReportSource",
    "Resolution",
    "Search",
    "SearchOfPlaces",
    "ServiceCoverage",
    "ServiceGap",
    "Shape",
    "Source",
    "SourceSummary",
    "Sources",
    "Templates",
    "Territory",
    "ThemeRate",
]
