"""What the lists of lieux and of actions share: their filter, their pages, their sizes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, LiteralString

from etl.french import figure
from geo_service.api.listing import PAGE, PageParameters
from geo_service.api.parameters import NAMES, ServiceField
from geo_service.atlas import PublishedAtlas
from geo_service.carriers import Carriers, Page
from geo_service.database import Rows
from geo_service.errors import Problem
from geo_service.exports import BATCH
from geo_service.territories import Territory
from geo_service.territory_list import communes_inside

#: Most rows of a file whose rows are made in memory.
LONGEST_FILE = 200_000


class CarriedParameters(PageParameters):
    """Parameters of the lieux and of the actions of a territory."""

    service: ServiceField = None


def find_page(
    atlas: PublishedAtlas, carriers: Carriers, territory: Territory, parameters: CarriedParameters
) -> Page:
    """Find where the rows asked are.

    Raises
    ------
    Problem
        400 for the cursor of another list.
    """
    communes = communes_inside(atlas.metadata.matrices, [territory])
    after = _pair(parameters.after(atlas, _place(territory), int, int))
    limit = parameters.limit
    if limit is None and parameters.format == "json":
        limit = PAGE
    return carriers.page(communes, parameters.service, after, limit)


async def read_one(
    atlas: PublishedAtlas, query: LiteralString, identifiant: str
) -> dict[str, Any] | None:
    """Read one lieu or one action.

    Parameters
    ----------
    atlas
        The publication.
    query
        SQL whose parameter ``id`` is the identifier.
    identifiant
        Any text.

    Returns
    -------
    dict or None
        The row; None if there is none of this identifier.
    """
    # PostgreSQL's text holds no null character: no identifier has one.
    if "\0" in identifiant:
        return None
    return next(iter(await atlas.database.fetch(query, {"id": identifiant})), None)


async def read_file(
    atlas: PublishedAtlas,
    carriers: Carriers,
    territory: Territory,
    parameters: CarriedParameters,
    page: Page,
) -> AsyncIterator[Rows]:
    """Read the rows of a page as long as a file, some at a time.

    Parameters
    ----------
    page
        What :func:`find_page` gives.
    """
    communes, service = communes_inside(atlas.metadata.matrices, [territory]), parameters.service
    left, after = page.count, parameters.after(atlas, _place(territory), int, int)
    while left:
        part = carriers.page(communes, service, _pair(after), min(left, BATCH))
        yield await read_page(atlas, carriers, part, service)
        left, after = left - part.count, part.last


def too_long(rows: int, *, paged: bool = True) -> Problem:
    """Refuse a file of more rows than :data:`LONGEST_FILE`; ``paged`` lists are read by pages."""
    return Problem(
        400,
        f"Ce fichier aurait {figure(rows)} lignes ; il en a au plus "
        "200\N{NARROW NO-BREAK SPACE}000. Demandez un territoire plus petit ou un seul « service »"
        + (", ou les pages une à une avec « limit » et « cursor »." if paged else "."),
    )


async def read_page(
    atlas: PublishedAtlas, carriers: Carriers, page: Page, service: str | None
) -> Rows:
    """Read the rows of a page."""
    if not page.count:
        return []
    return await atlas.database.fetch(
        carriers.queries.page if service is None else carriers.queries.page_of_service,
        {
            "niveaux": [niveau for niveau, _ in page.keys],
            "codes": [code for _, code in page.keys],
            "service": service,
            "limite": page.count,
            "sautees": page.skipped,
        },
    )


def framed(
    atlas: PublishedAtlas,
    territory: Territory,
    parameters: CarriedParameters,
    page: Page,
    what: str,
) -> dict[str, Any]:
    """Give the members of the answer that are about the list, not its rows.

    Parameters
    ----------
    what
        What is listed, with the article that says there is none: « Aucun lieu ».
    """
    why = None
    if not page.total:
        why = f"{what} connu"
        why += "e" if what.startswith("Aucune") else ""
        if parameters.service is not None:
            label = atlas.metadata.services[parameters.service].libelle
            why += f" pour le service « {label} »"
        why += (
            f" dans {NAMES[territory.niveau]} {territory.nom} : les sources de cette publication "
            "n’en donnent pas (voir /api/sources)."
        )
    following = None
    if page.last is not None:
        following = parameters.following(atlas, _place(territory), *page.last)
    return {"total": page.total, "explication": why, "suivant": following}


def _pair(after: tuple[Any, ...] | None) -> tuple[int, int] | None:
    return None if after is None else (after[0], after[1])


def _place(territory: Territory) -> str:
    return f"{territory.niveau}/{territory.code}"
