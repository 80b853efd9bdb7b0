"""Indicators: one figure for every territory of a niveau, in two columns, for a choropleth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service import indicators
from geo_service.accessibility import CLUSTERS
from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.axes import AxisParameters
from geo_service.api.geometry import polygons
from geo_service.api.parameters import Atlas, GeoFormatField, Niveau
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.exports import Column, Kind, Table
from geo_service.rounding import INDEX, rounded
from geo_service.sql import load

router = APIRouter(prefix="/api/indicateurs", tags=["Indicateurs"])

Name = Literal[
    "taux",
    "statut",
    "part_population",
    "part_absente",
    "part_non_renseignee",
    "population",
    "distance",
    "accessibilite",
    "grappe",
]

#: Indicators known by commune alone, and computed with the distances.
_BY_COMMUNE = ("distance", "accessibilite", "grappe")


@dataclass(frozen=True)
class Indicator:
    """What an indicator is.

    Attributes
    ----------
    libelle
        Its name; ``{de}`` is what it is about.
    unite
        Its unit.
    kind
        What its values are.
    word
        Its definition.
    of_service
        Whether it is about one service.
    """

    libelle: str
    unite: str | None
    kind: Kind
    word: str
    of_service: bool


_PART = "part, de 0 à 1"

_INDICATORS: dict[Name, Indicator] = {
    "taux": Indicator("Taux de couverture{de}", _PART, "number", "taux", False),
    "statut": Indicator("Statut{de}", None, "text", "statut", True),
    "part_population": Indicator(
        "Part de la population couverte{de}", _PART, "number", "part-population", True
    ),
    "part_absente": Indicator("Part absente{de}", _PART, "number", "part-absente", False),
    "part_non_renseignee": Indicator(
        "Part non renseignée{de}", _PART, "number", "part-non-renseignee", False
    ),
    "population": Indicator("Population", "habitants", "integer", "population", False),
    "distance": Indicator("Distance au lieu le plus proche{de}", "km", "number", "distance", True),
    "accessibilite": Indicator(
        "Indice d’accessibilité E2SFCA{de}", "lieux pour 10 000 habitants", "number", "e2sfca", True
    ),
    "grappe": Indicator("Grappe de communes mal desservies{de}", None, "text", "grappe", True),
}


_UNKNOWN = (
    "Aucune source de cette publication ne parle de ce qui est demandé : la valeur est inconnue "
    "partout, ce n’est pas une absence."
)


class IndicatorParameters(AxisParameters):
    """Parameters of an indicator: about one service, one enjeu, one thème or the whole."""

    indicateur: Name | None = Field(
        None,
        description="Par défaut : « taux » sans service ; avec un service, « statut » pour les "
        "communes et « part_population » au-dessus. « distance », « accessibilite » et "
        "« grappe » : communes seulement.",
    )
    format: GeoFormatField = "json"


def _choose(niveau: Niveau, parameters: IndicatorParameters) -> Name:
    """Find which indicator is asked, and refuse what has no meaning.

    Raises
    ------
    Problem
        400, saying what to change.
    """
    axes = [name for name in ("service", "enjeu", "theme") if getattr(parameters, name) is not None]
    if len(axes) > 1:
        raise Problem(
            400,
            f"Donnez un seul des paramètres « {' », « '.join(axes)} » : un service, un enjeu "
            "ou un thème.",
        )
    name = parameters.indicateur
    if niveau == "arrondissement" and name != "population":
        raise Problem(
            400,
            "Les services sont connus par commune : un arrondissement a ceux de sa ville. Demandez "
            "le niveau « commune », ou l’indicateur « population ».",
        )
    if name is None:
        if parameters.service is None:
            return "taux"
        return "statut" if niveau == "commune" else "part_population"
    indicator = _INDICATORS[name]
    if indicator.of_service and parameters.service is None:
        raise Problem(400, f"L’indicateur « {name} » demande un paramètre « service ».")
    if name == "taux" and parameters.service is not None:
        raise Problem(
            400,
            "L’indicateur « taux » porte sur tous les services, un enjeu ou un thème. Pour un "
            "service, demandez « statut » ou « part_population ».",
        )
    if name in _BY_COMMUNE and niveau != "commune":
        raise Problem(400, f"L’indicateur « {name} » n’existe que pour le niveau « commune ».")
    return name


async def _columns(
    atlas: PublishedAtlas, niveau: Niveau, name: Name, parameters: IndicatorParameters
) -> tuple[list[str], list[Any]]:
    """Codes and values, sorted by code."""
    known = atlas.metadata
    matrices, territories, service = known.matrices, known.territories, parameters.service
    values: list[Any]
    if name == "population" or (name == "statut" and niveau != "commune"):
        rows = await atlas.database.fetch(
            load(f"indicateur_{name}"), {"niveau": niveau, "service": service}
        )
        return [row["code"] for row in rows], [row["valeur"] for row in rows]
    codes = indicators.codes_of(matrices, territories, niveau)
    if name == "statut":
        return codes, indicators.statuts_of_communes(matrices, str(service))
    if name == "distance":
        values = indicators.distances(matrices, str(service))
        return codes, [None if km is None else round(km, 2) for km in values]
    if name in ("accessibilite", "grappe"):
        return codes, _access(atlas, name, str(service))
    if name == "part_population":
        values = indicators.part_of_people(matrices, territories, niveau, str(service))
    else:
        services = [item.code for item in parameters.services(atlas) if item.documente]
        values = indicators.parts(matrices, territories, niveau, services, indicators.PARTS[name])
    return codes, [rounded(part) for part in values]


def _access(atlas: PublishedAtlas, name: Name, service: str) -> list[Any]:
    """Index or cluster of every commune of the map, from memory; None without any lieu."""
    access = atlas.metadata.accessibility
    rows = np.flatnonzero(atlas.metadata.matrices.mapped).tolist()
    at = access.position.get(service)
    if at is None:
        return [None] * len(rows)
    if name == "grappe":
        # None is last, where -1 finds it.
        names = (*CLUSTERS, None)
        return [names[access.cluster[at, row]] for row in rows]
    return [
        round(float(access.index[at, row]), INDEX) if access.measured[at, row] else None
        for row in rows
    ]


def _label(atlas: PublishedAtlas, name: Name, parameters: IndicatorParameters) -> str:
    known = atlas.metadata
    subject = ""
    if name != "population":
        if parameters.service is not None:
            subject = f" : {known.services[parameters.service].libelle}"
        elif parameters.enjeu is not None:
            subject = f", enjeu « {known.enjeux[parameters.enjeu].libelle} »"
        elif parameters.theme is not None:
            subject = f", thème « {known.themes[parameters.theme].libelle} »"
    return _INDICATORS[name].libelle.format(de=subject)


@router.get(
    "/{niveau}",
    summary="Un indicateur pour tous les territoires d’un niveau",
    response_model=shapes.Indicators,
    responses=shapes.ERRORS,
)
async def indicateurs(
    request: Request,
    atlas: Atlas,
    niveau: Annotated[
        Niveau, Path(description="Niveau des territoires.", examples=["departement"])
    ],
    parameters: Annotated[IndicatorParameters, Query()],
) -> Response:
    """Deux colonnes de même longueur, « codes » et « valeurs », triées par code.

    Les territoires sont ceux de la carte : la métropole et les cinq départements d’outre-mer.
    """
    parameters.services(atlas)  # refused before anything is asked
    name = _choose(niveau, parameters)
    indicator = _INDICATORS[name]

    async def as_json() -> dict[str, Any]:
        codes, values = await _columns(atlas, niveau, name, parameters)
        known = any(value not in (None, "non_renseigne") for value in values)
        return {
            "niveau": niveau,
            "indicateur": name,
            "libelle": _label(atlas, name, parameters),
            "unite": indicator.unite,
            "explication": None if known else _UNKNOWN,
            "codes": codes,
            "valeurs": values,
        }

    async def as_table() -> Table:
        codes, values = await _columns(atlas, niveau, name, parameters)
        territories = atlas.metadata.territories.by_key
        return Table(
            f"indicateurs-{niveau}-{name}",
            (
                Column("niveau", "text"),
                Column("code", "text"),
                Column("nom", "text"),
                Column(name, indicator.kind),
            ),
            [
                (niveau, code, territories[niveau, code].nom, value)
                for code, value in zip(codes, values, strict=True)
            ],
            await polygons(atlas, parameters.format, [(niveau, code) for code in codes]),
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=(indicator.word, "territoire"),
        make_table=as_table,
    )
