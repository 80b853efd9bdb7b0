"""Indicators: one figure for every territory of a niveau, in two columns, for a choropleth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.accessibility import CLUSTERS
from geo_service.accessibility_figures import INDEX
from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.accessibilite import published_access
from geo_service.api.couverture import DECIMALS
from geo_service.api.geometry import polygons
from geo_service.api.parameters import (
    Atlas,
    EnjeuField,
    GeoFormatField,
    Niveau,
    Parameters,
    ServiceField,
    ThemeField,
    check_axes,
)
from geo_service.atlas import PublishedAtlas
from geo_service.database import Rows
from geo_service.errors import Problem
from geo_service.exports import Column, Kind, Table
from geo_service.sql import load

router = APIRouter(prefix="/api/indicateurs", tags=["Indicateurs"])

Name = Literal[
    "taux", "statut", "part_population", "population", "distance", "accessibilite", "grappe"
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


_INDICATORS: dict[Name, Indicator] = {
    "taux": Indicator("Taux de couverture{de}", "part, de 0 à 1", "number", "taux", False),
    "statut": Indicator("Statut{de}", None, "text", "statut", True),
    "part_population": Indicator(
        "Part de la population couverte{de}", "part, de 0 à 1", "number", "part-population", True
    ),
    "population": Indicator("Population", "habitants", "integer", "population", False),
    "distance": Indicator("Distance au lieu le plus proche{de}", "km", "number", "distance", True),
    "accessibilite": Indicator(
        "Indice d’accessibilité E2SFCA{de}", "lieux pour 10 000 habitants", "number", "e2sfca", True
    ),
    "grappe": Indicator("Grappe de communes mal desservies{de}", None, "text", "grappe", True),
}


class IndicatorParameters(Parameters):
    """Parameters of an indicator: about one service, one enjeu, one thème or the whole."""

    service: ServiceField = None
    enjeu: EnjeuField = None
    theme: ThemeField = None
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


async def _rows(
    atlas: PublishedAtlas, niveau: Niveau, name: Name, parameters: IndicatorParameters
) -> Rows:
    values = {"niveau": niveau, "service": parameters.service, "axe": "ensemble", "axe_code": ""}
    if parameters.enjeu is not None:
        values |= {"axe": "enjeu", "axe_code": parameters.enjeu}
    elif parameters.theme is not None:
        values |= {"axe": "theme", "axe_code": parameters.theme}
    if name in ("accessibilite", "grappe"):
        return _access(atlas, name, str(parameters.service))
    rows = await atlas.database.fetch(load(f"indicateur_{name}"), values)
    decimals = 2 if name == "distance" else DECIMALS
    if _INDICATORS[name].kind == "number":
        for row in rows:
            row["valeur"] = None if row["valeur"] is None else round(row["valeur"], decimals)
    return rows


def _access(atlas: PublishedAtlas, name: Name, service: str) -> Rows:
    """Index or cluster of every commune of the map, from memory; None without any lieu."""
    access = published_access(atlas).services.get(service)
    matrices = atlas.metadata.matrices
    found: Rows = []
    for row in np.flatnonzero(matrices.mapped).tolist():
        value: float | str | None = None
        if access is None or not access.measured[row]:
            pass
        elif name == "accessibilite":
            value = round(float(access.index[row]), INDEX)
        elif access.cluster[row] >= 0:
            value = CLUSTERS[access.cluster[row]]
        found.append({"code": matrices.codes[row], "valeur": value})
    return found


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
    check_axes(atlas, service=parameters.service, enjeu=parameters.enjeu, theme=parameters.theme)
    name = _choose(niveau, parameters)
    indicator = _INDICATORS[name]

    async def as_json() -> dict[str, Any]:
        rows = await _rows(atlas, niveau, name, parameters)
        return {
            "niveau": niveau,
            "indicateur": name,
            "libelle": _label(atlas, name, parameters),
            "unite": indicator.unite,
            "codes": [row["code"] for row in rows],
            "valeurs": [row["valeur"] for row in rows],
        }

    async def as_table() -> Table:
        rows = await _rows(atlas, niveau, name, parameters)
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
                (niveau, row["code"], territories[niveau, row["code"]].nom, row["valeur"])
                for row in rows
            ],
            await polygons(atlas, parameters.format, [(niveau, row["code"]) for row in rows]),
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=(indicator.word, "territoire"),
        make_table=as_table,
    )
