"""Access to services: how far people live from the lieux, and how unequally."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from etl.accessibility.catchment import PEOPLE
from geo_service import access_of_commune
from geo_service import accessibility_figures as figures
from geo_service.accessibility import CLUSTERS, Accessibility
from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.access_parameters import AccessParameters, catchment_of
from geo_service.api.carried import LONGEST_FILE, too_long
from geo_service.api.geometry import polygons
from geo_service.api.parameters import Atlas, CountedTerritory, check_axes
from geo_service.atlas import PublishedAtlas
from geo_service.catchments import custom_index
from geo_service.errors import Problem
from geo_service.exports import Column, Table
from geo_service.rounding import INDEX, rounded
from geo_service.sql import load
from geo_service.territories import Territory

router = APIRouter(prefix="/api/territoires", tags=["Accessibilité"])

#: Services × communes from which figures are worked out in another thread, and kept: half a second
#: for the country, during which the process would answer nobody else.
_LARGE = 50_000

#: The index is of straight lines, whatever the distances are.
_INDEX_MODE = "vol-d-oiseau"

#: Decimals of distances in files, km: to the millimetre, so that whoever counts the people beyond
#: a distance from them finds the very figures of the answers. To 10 m a commune in a thousand is on
#: the other side of a threshold.
_FILE_KM = 6

_COLUMNS = (
    Column("service", "text"),
    Column("code", "text"),
    Column("nom", "text"),
    Column("population", "integer"),
    Column("mode", "text"),
    Column("distance_km", "number"),
    Column("duree_min", "number"),
    Column("lieu_proche_id", "text"),
    Column("lieu_proche_nom", "text"),
    Column("lieu_proche_commune", "text"),
    Column("lieu_proche_imprecis", "boolean"),
    Column("lieu_proche_autre_terre", "boolean"),
    Column("e2sfca", "number"),
    Column("grappe", "text"),
    Column("p_valeur", "number"),
    Column("zone", "integer"),
)


def _asked_services(
    atlas: PublishedAtlas, known: Accessibility, parameters: AccessParameters
) -> list[str]:
    """Find the services to tell of, and refuse parameters that need one service.

    Raises
    ------
    Problem
        400.
    """
    service = parameters.service
    if service is None:
        if parameters.about_the_index:
            raise Problem(
                400,
                f"Le paramètre « {parameters.about_the_index[0]} » demande un paramètre "
                "« service » : l’indice se recalcule pour un seul service à la fois.",
            )
        return list(known.services)
    check_axes(atlas, service=service)
    if service not in known.services:
        libelle = atlas.metadata.services[service].libelle
        raise Problem(
            400,
            f"Le service « {libelle} » ({service}) n’a aucun lieu sur la carte : il n’y a pas de "
            f"distance à mesurer. Services qui en ont : {', '.join(known.services)}.",
            {"parametres": [{"nom": "service", "motif": "sans_lieu"}]},
        )
    return [service]


class TerritoryAccess:
    """The access of a territory that a request asks for."""

    def __init__(
        self, atlas: PublishedAtlas, territory: Territory, parameters: AccessParameters
    ) -> None:
        self.atlas = atlas
        self.territory = territory
        self.parameters = parameters
        self.known = atlas.metadata.accessibility
        self.services = _asked_services(atlas, self.known, parameters)
        self.catchment = catchment_of(parameters, self.known.catchment)
        self.rows = atlas.metadata.matrices.members(territory.niveau, territory.code)

    async def members(self, services: Sequence[str]) -> figures.Members:
        """Take the communes, with the index of the catchment asked."""
        index = None
        if self.catchment != self.known.catchment:
            index = np.stack(
                [
                    await custom_index(self.atlas, service, self.rows, self.catchment)
                    for service in services
                ]
            )
        return figures.Members.of(
            self.atlas.metadata.matrices, self.known, services, self.rows, index
        )

    async def _figures(self) -> list[dict[str, Any]]:
        """Work out the figures of each service, without its name."""
        by_key = self.atlas.metadata.territories.by_key
        codes = self.atlas.metadata.matrices.codes[self.rows]

        def named(at: int, told: dict[str, float]) -> dict[str, Any]:
            code = codes[at]
            return {"code": code, "nom": by_key["commune", code].nom, **told}

        limits = self.parameters.limits_km
        if len(self.rows) == 1 and self.catchment == self.known.catchment:
            return access_of_commune.service_figures(
                self.atlas.metadata.matrices,
                self.known,
                self.services,
                int(self.rows[0]),
                limits_km=limits,
                named=named,
            )
        if len(self.rows) * len(self.services) < _LARGE:
            return figures.service_figures(await self.members(self.services), limits, named)

        async def make() -> bytes:
            members = await self.members(self.services)
            made = await asyncio.to_thread(figures.service_figures, members, (), named)
            body = orjson.dumps(made)
            self.atlas.answers.keep(key, body)
            return body

        # The page, the diagnosis and the comparison of a région or of the country tell the same,
        # whatever the distances beyond which they count people.
        asked = (self.services, self.catchment.zones_km, self.catchment.poids)
        key = f"acces/{self.territory.niveau}/{self.territory.code}?{asked}"
        found: list[dict[str, Any]] = orjson.loads(await self.atlas.answers.once(key, make))
        matrices = self.atlas.metadata.matrices
        counted = await asyncio.to_thread(
            figures.beyond, matrices, self.services, self.rows, limits
        )
        for told, limited in zip(found, counted, strict=True):
            told["seuils"] = limited
        return found

    async def _told(self) -> list[dict[str, Any]]:
        metadata = self.atlas.metadata
        return [
            {
                "service": {"code": service, "libelle": metadata.services[service].libelle},
                # Else a nearer lieu may exist that no source knows: distances are at most these.
                "exhaustif": service in metadata.exhaustive,
                **told,
            }
            for service, told in zip(self.services, await self._figures(), strict=True)
        ]

    async def as_json(self) -> dict[str, Any]:
        """Make the answer."""
        alone = None
        if self.parameters.service is not None:
            alone = await self.members(self.services)
        return {
            "territoire": self.territory.summary(),
            "mesure": figures.measure(self.known),
            "indice": {
                "mode": _INDEX_MODE,
                "zones_km": list(self.catchment.zones_km),
                "poids": list(self.catchment.poids),
                "habitants": PEOPLE,
            },
            "services": await self._told(),
            "lorenz": figures.lorenz(alone) if alone else None,
            "zones": figures.zones(alone, self.atlas.metadata.matrices) if alone else [],
        }

    async def as_table(self) -> Table:
        """Make one row by service and commune.

        Raises
        ------
        Problem
            400 for a file too long.
        """
        length = len(self.services) * len(self.rows)
        if length > LONGEST_FILE:
            raise too_long(length, paged=False)
        rows: list[tuple[Any, ...]] = []
        for service in self.services:
            rows += await self._rows(service)
        place = f"{self.territory.niveau}-{self.territory.code}"
        geometries = await polygons(
            self.atlas, self.parameters.format, [("commune", row[1]) for row in rows]
        )
        return Table(f"accessibilite-{place}", _COLUMNS, rows, geometries)

    async def _rows(self, service: str) -> list[tuple[Any, ...]]:
        members = await self.members([service])
        found = await self.atlas.database.fetch(
            load("accessibilite_communes"),
            {"niveau": self.territory.niveau, "code": self.territory.code, "service": service},
        )
        by_code = {row["code"]: row for row in found}
        access, position = members.access, int(members.cells[0][0, 0])
        known = self.atlas.metadata.territories.by_key
        rows = []
        for at, (row, code) in enumerate(
            zip(self.rows.tolist(), members.codes.tolist(), strict=True)
        ):
            near = by_code[code]
            commune = known["commune", code]
            cluster = int(access.cluster[position, row])
            measured = bool(access.measured[position, row])
            here = near["lieu_id"] is not None
            rows.append(
                (
                    service,
                    code,
                    commune.nom,
                    commune.population,
                    self.known.mode if here else None,
                    rounded(near["distance_km"], _FILE_KM),
                    rounded(near["duree_min"], 1),
                    near["lieu_id"],
                    near["lieu_nom"],
                    near["lieu_commune"],
                    near["localisation"] != "point" if here else None,
                    near["autre_terre"],
                    round(float(members.index[0, at]), INDEX) if measured else None,
                    CLUSTERS[cluster] if cluster >= 0 else None,
                    near["p_valeur"],
                    int(access.zone[position, row]) or None,
                )
            )
        return rows


@router.get(
    "/{niveau}/{code}/accessibilite",
    summary="Accessibilité des services dans un territoire",
    response_model=shapes.Access,
    responses=shapes.ERRORS,
)
async def accessibilite(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[AccessParameters, Query()],
) -> Response:
    """Distances au lieu le plus proche, habitants trop loin, indice E2SFCA, inégalités, grappes.

    Sans « service » : tous les services qui ont des lieux. Avec « service » : en plus la courbe de
    Lorenz de l’indice et les zones de communes mal desservies. Un fichier (« format ») donne une
    ligne par commune et par service.
    """
    access = TerritoryAccess(atlas, territory, parameters)
    return await reply(
        request,
        atlas,
        parameters.asked(),
        access.as_json,
        words=(
            "distance",
            "vol-d-oiseau",
            "quantile-distance",
            "population-eloignee",
            "e2sfca",
            "gini",
            "lorenz",
            "grappe",
            "lieu-imprecis",
            "population",
        ),
        make_table=access.as_table,
    )
