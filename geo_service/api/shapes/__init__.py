"""Shapes of the JSON answers, for the OpenAPI document; the tests check answers against them."""

from __future__ import annotations

from geo_service.api.shapes.actions import Action, Actions
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
from geo_service.api.shapes.couverture import Coverage, EnjeuRate, Rate, ServiceCoverage, ThemeRate
from geo_service.api.shapes.indicateurs import Indicators
from geo_service.api.shapes.lacunes import Gap, Gaps, NearPlace, ServiceGap
from geo_service.api.shapes.lieux import Place, Places
from geo_service.api.shapes.peers import Comparables, Pooling, Recommendations
from geo_service.api.shapes.publications import Publication, Publications, Source, Sources
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
    "Action",
    "Actions",
    "Answer",
    "CommuneCog",
    "Comparables",
    "Coverage",
    "Definition",
    "Definitions",
    "Description",
    "EnjeuRate",
    "Found",
    "Gap",
    "Gaps",
    "Groupe",
    "Historique",
    "Indicators",
    "NearPlace",
    "Parent",
    "Place",
    "Places",
    "Pooling",
    "ProblemShape",
    "Publication",
    "Publications",
    "Rate",
    "Recommendations",
    "Referentiel",
    "ReferentielEnjeu",
    "ReferentielService",
    "ReferentielTheme",
    "Resolution",
    "Search",
    "ServiceCoverage",
    "ServiceGap",
    "Shape",
    "Source",
    "SourceSummary",
    "Sources",
    "Territory",
    "ThemeRate",
]
