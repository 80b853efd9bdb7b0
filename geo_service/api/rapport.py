"""The report of a publication: what became of the rows of its sources, and why."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

import psycopg
from fastapi import APIRouter, Depends, Path, Query
from psycopg.rows import dict_row
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from etl import report
from etl.motifs import MOTIFS
from geo_service.answers import reply
from geo_service.api import cursor as cursors
from geo_service.api import shapes
from geo_service.api.listing import PAGE, PageParameters
from geo_service.api.parameters import TEXT, Atlas, FormatField
from geo_service.atlas import PublishedAtlas
from geo_service.database import Rows
from geo_service.errors import Problem, closest
from geo_service.exports import BATCH, Batch, Column, Dataset
from geo_service.freshness import judge
from geo_service.provenance import cite
from geo_service.sql import load

router = APIRouter(prefix="/api/publications", tags=["L’atlas lui-même"])


_COLUMNS = (
    Column("source", "text"),
    Column("ligne", "integer"),
    Column("champ", "text"),
    Column("gravite", "text"),
    Column("motif", "text"),
    Column("libelle", "text"),
    Column("phrase", "text"),
    Column("valeur", "text"),
)


class ReportParameters(PageParameters):
    """Parameters of the report."""

    source: str | None = Field(
        None, max_length=TEXT, description="Une seule source (identifiant de /api/sources)."
    )
    gravite: Literal["rejet", "reparation", "alerte"] | None = Field(
        None, description="Lignes refusées, réparées ou signalées seulement."
    )
    motif: str | None = Field(
        None,
        max_length=TEXT,
        description="Lignes d’un seul motif (code de « motifs »).",
        examples=["commune_inconnue"],
    )
    format: FormatField = "json"

    @property
    def listing(self) -> str:
        """The filters in one spelling: what a cursor belongs to."""
        return self._listing("rapport")


async def kept_publication(atlas: PublishedAtlas, identifier: str) -> Mapping[str, Any]:
    """Find a publication of the catalogue.

    Returns
    -------
    dict
        ``id, millesime, creee_le, synthetique``.

    Raises
    ------
    Problem
        404, with those that are kept.
    """
    known = await atlas.database.fetch(load("publications_gardees"), catalogue=True)
    for row in known:
        if row["id"] == identifier:
            return row
    raise Problem(
        404,
        f"La publication « {identifier[:20]} » n’existe pas, ou n’est plus gardée. Celles qui le "
        f"sont : {', '.join(row['id'] for row in known)} (voir /api/publications).",
        {"publications": [row["id"] for row in known]},
    )


async def _known(
    atlas: Atlas,
    publication: Annotated[
        str, Path(description="Identifiant d’une publication gardée.", examples=["0123456789ab"])
    ],
) -> Mapping[str, Any]:
    return await kept_publication(atlas, publication)


@router.get(
    "/{publication}/rapport",
    summary="Ce que sont devenues les lignes des sources",
    response_model=shapes.Report,
    responses=shapes.ERRORS,
)
async def rapport(
    request: Request,
    atlas: Atlas,
    known: Annotated[Mapping[str, Any], Depends(_known)],
    parameters: Annotated[ReportParameters, Query()],
) -> Response:
    """Par source : lignes lues, chargées, réparées, rejetées, et par motif, avec des exemples.

    Les lignes elles-mêmes suivent, par pages, dans l’ordre où elles ont été lues : « source »,
    « gravite » et « motif » les choisissent. Un fichier (« format ») les contient toutes.
    """
    publication = known["id"]
    if publication not in atlas.reports:
        atlas.reports[publication] = await atlas.database.aside(publication, report.read)
    sources = atlas.reports[publication]
    _check(sources, parameters)
    summaries = [_source(mine, known) for mine in sources]

    async def page(limit: int, after: int) -> Rows:
        values = {
            "source": parameters.source,
            "gravite": parameters.gravite,
            "motif": parameters.motif,
            "apres": after,
            "limite": limit,
        }

        def read(connection: psycopg.Connection[Any]) -> Rows:
            with connection.cursor(row_factory=dict_row) as cursor:
                return cursor.execute(report.ROWS, values).fetchall()

        wording = {r.motif: r.libelle for mine in sources for r in mine.motifs}
        return [
            row | {"libelle": wording[row["motif"]]}
            for row in await atlas.database.aside(publication, read)
        ]

    total = sum(
        reason.nombre
        for mine in sources
        if parameters.source in (None, mine.id)
        for reason in mine.motifs
        if parameters.gravite in (None, reason.gravite) and parameters.motif in (None, reason.motif)
    )

    async def as_json() -> dict[str, Any]:
        limit = parameters.limit or PAGE
        # One more than the page tells whether another page follows.
        rows = await page(limit + 1, _after(parameters, publication))
        following = None
        if len(rows) > limit:
            last = str(rows[limit - 1]["id"])
            following = cursors.encode(publication, parameters.listing, 0, last)
        names = [column.name for column in _COLUMNS]
        return {
            "creee_le": known["creee_le"],
            "sources": [mine for mine in summaries if parameters.source in (None, mine["id"])],
            "total": total,
            "lignes": [{name: row[name] for name in names} for row in rows[:limit]],
            "suivant": following,
        }

    async def as_table() -> Dataset:
        names = [column.name for column in _COLUMNS]
        count = total if parameters.limit is None else min(total, parameters.limit)

        async def batches() -> AsyncIterator[Batch]:
            left, after = count, _after(parameters, publication)
            while left and (rows := await page(min(left, BATCH), after)):
                yield Batch([tuple(row[name] for name in names) for row in rows])
                left, after = left - len(rows), rows[-1]["id"]

        return Dataset("rapport", _COLUMNS, batches, count=count)

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("publication", "source"),
        make_table=as_table,
        origin={
            "publication": publication,
            "millesime": known["millesime"],
            **({} if parameters.format == "json" else {"sources": cite(summaries)}),
        },
    )


def _source(mine: report.SourceReport, known: Mapping[str, Any]) -> dict[str, Any]:
    row = asdict(mine)
    return row | judge(row, known["creee_le"].date(), made_up=known["synthetique"])


def _after(parameters: ReportParameters, publication: str) -> int:
    """Give the identifier of the last row of the page before, 0 for the first page."""
    if parameters.cursor is None:
        return 0
    _, last = cursors.decode(parameters.cursor, publication, parameters.listing)
    # Its mark was ours: a number that is none was written by hand, and finds the first page.
    return int(last) if last.isdecimal() and len(last) < len(str(2**62)) else 0


def _check(sources: list[report.SourceReport], parameters: ReportParameters) -> None:
    """Refuse a source or a reason that there is not.

    Raises
    ------
    Problem
        400, with the closest one.
    """
    reasons = {reason.motif for mine in sources for reason in mine.motifs}
    for name, value, known in (
        ("source", parameters.source, [mine.id for mine in sources]),
        ("motif", parameters.motif, sorted(reasons | set(MOTIFS))),
    ):
        if value is None or value in known:
            continue
        suggestion = closest(value, known)
        detail = (
            f"Le paramètre « {name} » = « {value[:60]} » n’est pas dans le rapport de cette "
            "publication."
        )
        if suggestion:
            detail += f" Vouliez-vous dire « {suggestion} » ?"
        raise Problem(
            400,
            f"{detail} Sans « {name} », le rapport les montre tous.",
            {"parametres": [{"nom": name, "motif": "code_inconnu", "suggestion": suggestion}]},
        )
