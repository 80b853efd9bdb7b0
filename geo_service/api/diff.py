"""What changed from one publication to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import psycopg
from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.parameters import TEXT, Atlas, FormatField, Niveau, Parameters
from geo_service.api.rapport import kept_publication
from geo_service.exports import Column, Table

if TYPE_CHECKING:
    # With SQLAlchemy, 22 MB of memory: a process that nobody asks for a comparison does without.
    from etl.diff import Change, Diff

router = APIRouter(prefix="/api/publications", tags=["L’atlas lui-même"])

#: Changes when no limit is given.
PAGE = 100


class DiffParameters(Parameters):
    """Parameters of a comparison; given together, they must all hold."""

    objet: (
        Literal[
            "source", "service", "territoire", "appartenance", "lieu", "action", "statut", "taux"
        ]
        | None
    ) = Field(None, description="Une seule sorte de changement.")
    source: str | None = Field(
        None, max_length=TEXT, description="Ceux d’une seule source : elle, ses lieux, ses actions."
    )
    niveau: Niveau | None = Field(None, description="Ceux des territoires d’un seul niveau.")
    code: str | None = Field(
        None,
        max_length=TEXT,
        description="Ceux d’un seul code : territoire, source, service, lieu, action.",
    )
    limit: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Changements, au plus ; 100 par défaut. Un fichier (« format ») les contient "
        "tous quand « limit » n’est pas donnée.",
    )
    format: FormatField = "json"

    def keep(self, change: Change) -> bool:
        """Tell whether a change is one of those asked."""
        return (
            self.objet in (None, change.objet)
            and self.source in (None, change.source)
            and self.niveau in (None, change.niveau)
            and self.code in (None, change.code)
        )


_Known = Annotated[
    str, Path(description="Identifiant d’une publication gardée.", examples=["0123456789ab"])
]


@router.get(
    "/{avant}/diff/{apres}",
    summary="Ce qui a changé d’une publication à une autre",
    response_model=shapes.PublicationDiff,
    responses=shapes.ERRORS,
)
async def diff(
    request: Request,
    atlas: Atlas,
    avant: _Known,
    apres: _Known,
    parameters: Annotated[DiffParameters, Query()],
) -> Response:
    """Les sources, services, territoires, lieux, actions, statuts et taux qui ont changé.

    « resume » compte tous les changements ; « changements » donne les premiers de ceux que les
    paramètres choisissent, « total » combien il y en a. Un fichier les contient tous.
    """
    for identifier in (avant, apres):
        await kept_publication(atlas, identifier)

    def work(connection: psycopg.Connection[Any]) -> Diff:
        from etl import publication  # noqa: PLC0415
        from etl.diff import compare  # noqa: PLC0415

        found = publication.list_publications(connection)
        a, b = (next(p for p in found if p.id == name) for name in (avant, apres))
        return compare(connection, a, b)

    async def as_json() -> dict[str, Any]:
        # One at a time: it may hold every commune.
        async with atlas.exporting.alone:
            found = await atlas.database.aside(apres, work)
        kept = [change for change in found.changes if parameters.keep(change)]
        return {
            **{
                name: {"id": known.id, "creee_le": known.creee_le, "millesime": known.millesime}
                for name, known in (("avant", found.a), ("apres", found.b))
            },
            "causes": found.causes,
            "resume": found.summary(),
            "total": len(kept),
            "changements": [change._asdict() for change in kept[: parameters.limit or PAGE]],
        }

    async def as_table() -> Table:
        from etl.diff import Change  # noqa: PLC0415

        found = await atlas.database.aside(apres, work)
        kept = [change for change in found.changes if parameters.keep(change)]
        return Table(
            f"diff-{avant}-{apres}",
            [Column(name, "text") for name in Change._fields],
            kept[: parameters.limit],
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("publication", "source", "statut", "taux"),
        make_table=as_table,
    )
