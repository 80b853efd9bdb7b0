"""Actions that reach a territory."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from etl.identifiers import LONGEST_ID
from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.axes import services_of
from geo_service.api.carried import (
    CarriedParameters,
    find_page,
    framed,
    read_file,
    read_one,
    read_page,
)
from geo_service.api.geometry import points
from geo_service.api.listing import PAGE
from geo_service.api.parameters import Atlas, CountedTerritory, EnjeuField, NoParameters
from geo_service.atlas import PublishedAtlas
from geo_service.carriers import Page
from geo_service.database import Rows
from geo_service.errors import Problem
from geo_service.exports import (
    BATCH,
    WITH_GEOMETRY,
    Batch,
    Column,
    Dataset,
    Geometry,
)
from geo_service.sql import load
from geo_service.territories import Key, Territory
from geo_service.territory_list import communes_inside

router = APIRouter(prefix="/api", tags=["Lieux et actions"])

_COLUMNS = (
    Column("id", "text"),
    Column("titre", "text"),
    Column("description", "text"),
    Column("url", "text"),
    Column("porteur_niveau", "text"),
    Column("porteur_code", "text"),
    Column("porteur_nom", "text"),
    Column("services", "list"),
    Column("type", "text"),
    Column("statut", "text"),
    Column("date_debut", "text"),
    Column("date_fin", "text"),
    Column("date_maj", "text"),
    Column("acteurs", "list"),
    Column("source", "text"),
)


class ActionParameters(CarriedParameters):
    """Parameters of the actions; given together, they must all hold."""

    enjeu: EnjeuField = None
    statut: Literal["prevue", "en_cours", "terminee", "abandonnee"] | None = Field(
        None, description="Actions de ce statut seulement."
    )
    depuis: dt.date | None = Field(
        None,
        description="Actions récentes : leur dernière date connue n’est pas avant ce jour.",
        examples=["2025-01-01"],
    )

    @property
    def chooses(self) -> bool:
        """Whether a filter is given that no count is kept for."""
        return (self.enjeu, self.statut, self.depuis) != (None, None, None)


@router.get(
    "/territoires/{niveau}/{code}/actions",
    summary="Actions menées dans un territoire ou pour lui",
    response_model=shapes.Actions,
    responses=shapes.ERRORS,
)
async def actions(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[ActionParameters, Query()],
) -> Response:
    """Les actions portées par le territoire, par ceux qu’il contient et ceux qui le contiennent.

    Celles des communes d’abord, par nom de commune, puis des EPCI, des départements et des régions.
    Avec « depuis », les actions récentes : celles dont la dernière date connue (fin, mise à jour ou
    début) n’est pas plus ancienne ; une action sans date n’est pas récente.
    """
    # Refused before anything is asked.
    services_of(atlas, service=parameters.service, enjeu=parameters.enjeu)

    async def as_json() -> dict[str, Any]:
        return await actions_answer(atlas, territory, parameters)

    async def as_table() -> Dataset:
        count, parts = None, partial(_read_chosen, atlas, territory, parameters)
        if not parameters.chooses:
            carriers = atlas.metadata.actions
            page = find_page(atlas, carriers, territory, parameters)
            count = page.count
            parts = partial(read_file, atlas, carriers, territory, parameters, page)

        async def batches() -> AsyncIterator[Batch]:
            async for found in parts():
                yield Batch(list(map(_row, found)), points(parameters.format, found))

        return Dataset(
            f"actions-{territory.niveau}-{territory.code}",
            _COLUMNS,
            batches,
            Geometry("Point") if parameters.format in WITH_GEOMETRY else None,
            count=count,
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("action", "acteur"),
        make_table=as_table,
    )


@router.get(
    "/actions/{identifiant:path}",
    summary="Décrire une action",
    response_model=shapes.ActionDetail,
    responses=shapes.ERRORS,
)
async def detail(
    request: Request,
    atlas: Atlas,
    identifiant: Annotated[
        str,
        Path(max_length=LONGEST_ID, description="Identifiant de l’action, donné par les listes."),
    ],
    parameters: Annotated[NoParameters, Query()],
) -> Response:
    """Une action : qui la porte, avec qui, pour quels services, quand et où."""

    async def as_json() -> dict[str, Any]:
        return await action_answer(atlas, identifiant)

    return await reply(request, atlas, parameters.asked(), as_json, words=("action", "acteur"))


async def actions_answer(
    atlas: PublishedAtlas, territory: Territory, parameters: ActionParameters
) -> dict[str, Any]:
    """Write a page of the actions of a territory.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Actions`.

    Raises
    ------
    Problem
        400 for the cursor of another list.
    """
    frame, found = await _read(atlas, territory, parameters)
    return {**frame, "actions": [_json(row) for row in found]}


async def action_answer(atlas: PublishedAtlas, identifiant: str) -> dict[str, Any]:
    """Write all that is known of one action.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.ActionDetail`.

    Raises
    ------
    Problem
        404 if there is none of this identifier.
    """
    row = await read_one(atlas, load("action") + load("actions"), identifiant)
    if row is None:
        raise Problem(
            404,
            f"Aucune action n’a l’identifiant « {identifiant[:60]} » dans cette publication. Les "
            "actions d’un territoire sont à /api/territoires/{niveau}/{code}/actions",
        )
    return _json(row)


async def _read(
    atlas: PublishedAtlas, territory: Territory, parameters: ActionParameters
) -> tuple[dict[str, Any], Rows]:
    """Read a page, and what to say of the list."""
    carriers = atlas.metadata.actions
    if parameters.chooses:
        page, found = await _chosen(atlas, territory, parameters)
    else:
        page = find_page(atlas, carriers, territory, parameters)
        found = await read_page(atlas, carriers, page, parameters.service)
    return framed(atlas, territory, parameters, page, "Aucune action"), found


async def _chosen(
    atlas: PublishedAtlas, territory: Territory, parameters: ActionParameters
) -> tuple[Page, Rows]:
    """Read a page of the actions that pass filters no count is kept for."""
    keys = _carriers(atlas, territory)
    skipped = _skipped(atlas, territory, parameters)
    found = await _choose(atlas, parameters, keys, parameters.limit or PAGE, skipped)
    total = int(found[0]["total"]) if found else 0
    shown = skipped + len(found)
    return Page(total, keys, skipped, len(found), (0, shown) if shown < total else None), found


def _carriers(atlas: PublishedAtlas, territory: Territory) -> list[Key]:
    """Niveau and code of who carries the actions of a territory, in the order of the list."""
    return atlas.metadata.actions.keys_of(communes_inside(atlas.metadata.matrices, [territory]))


def _skipped(atlas: PublishedAtlas, territory: Territory, parameters: ActionParameters) -> int:
    place = f"{territory.niveau}/{territory.code}"
    _, skipped = parameters.after(atlas, place, int, int) or (0, 0)
    return int(skipped)


async def _choose(
    atlas: PublishedAtlas, parameters: ActionParameters, keys: list[Key], limit: int, skipped: int
) -> Rows:
    """Read actions of some carriers that pass the filters."""
    services = None
    if parameters.service or parameters.enjeu:
        chosen = services_of(atlas, service=parameters.service, enjeu=parameters.enjeu)
        services = [service.code for service in chosen]
    values = {
        "niveaux": [niveau for niveau, _ in keys],
        "codes": [code for _, code in keys],
        "statut": parameters.statut,
        "depuis": parameters.depuis,
        "services": services,
        "limite": limit,
        "sautees": skipped,
    }
    return await atlas.database.fetch(load("actions_page_choisie") + load("actions"), values)


async def _read_chosen(
    atlas: PublishedAtlas, territory: Territory, parameters: ActionParameters
) -> AsyncIterator[Rows]:
    """Read the actions of a file that pass the filters: some carriers, then the next ones."""
    skipped = _skipped(atlas, territory, parameters)
    left = parameters.limit
    if left is not None:
        yield await _choose(atlas, parameters, _carriers(atlas, territory), left, skipped)
        return
    for keys in atlas.metadata.actions.grouped(_carriers(atlas, territory), BATCH):
        start = 0
        found: Rows | None = None
        while found is None or len(found) == BATCH:
            found = await _choose(atlas, parameters, keys, BATCH, start)
            start += len(found)
            yield found[skipped:]
            skipped = max(0, skipped - len(found))


def _row(row: dict[str, Any]) -> tuple[Any, ...]:
    cells = row | {"acteurs": [one["nom"] for one in row["acteurs"] or []]}
    return tuple(cells[column.name] for column in _COLUMNS)


def _json(row: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "titre", "description", "url", "services", "type", "statut", "source")
    return {
        **{name: row[name] for name in names},
        "porteur": {
            "niveau": row["porteur_niveau"],
            "code": row["porteur_code"],
            "nom": row["porteur_nom"],
        },
        "date_debut": row["date_debut"],
        "date_fin": row["date_fin"],
        "date_maj": row["date_maj"],
        "acteurs": row["acteurs"] or [],
        "points": [[round(value, 6) for value in point] for point in row["points"] or []],
    }
