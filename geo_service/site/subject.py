"""The page of a service, of an enjeu or of a thème in a territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from starlette.requests import Request
from starlette.responses import Response

from geo_service.api.actions import ActionParameters, actions_answer
from geo_service.api.carried import CarriedParameters
from geo_service.api.couverture import CoverageParameters, coverage
from geo_service.api.lacunes import GapParameters, gaps_answer
from geo_service.api.lieux import places_answer
from geo_service.api.peers import choose
from geo_service.api.recommandations import recommendations_answer
from geo_service.api.territoires import description_answer
from geo_service.atlas import PublishedAtlas, Service
from geo_service.errors import Moved, closest
from geo_service.maps import Look, draw_territory, subject_of
from geo_service.site.addresses import asked_with, place_of
from geo_service.site.assets import Assets
from geo_service.site.rendering import Page, message_page, page_reply
from geo_service.site.subject_sections.here import (
    access_sentences,
    axis_sentences,
    exhaustive_sources,
    service_access,
    service_sentences,
    statut_table,
)
from geo_service.site.subject_sections.missing import missing_section, refuses
from geo_service.site.subject_sections.opening import opening_section
from geo_service.site.words import kind_unless_said
from geo_service.territories import Territory

Kind = Literal["service", "enjeu", "theme"]
#: What an address may name, the most precise first.
KINDS: Final[tuple[Kind, ...]] = ("service", "enjeu", "theme")
_ONE: Final = {"service": "Ce service", "enjeu": "Cet enjeu", "theme": "Ce thème"}
_THIS: Final = {"service": "ce service", "enjeu": "cet enjeu", "theme": "ce thème"}
#: Lieux and actions shown before the link to all of them.
_SHOWN: Final = 5
#: The drawing of the page: its legend and its source are words of the page, not of the drawing.
_LOOK: Final = Look(width=480, height=420, links=True, furniture=False, scheme="auto", inline=True)


@dataclass(frozen=True)
class Asked:
    """What an address names, known or not.

    Attributes
    ----------
    kind
        Service, enjeu or thème.
    code
        Its code, as it was typed.
    """

    kind: Kind
    code: str


def asked_subject(request: Request) -> Asked | None:
    """Find the subject that an address names; None for that of the territory itself."""
    for name in KINDS:
        code = request.query_params.get(name, "").strip()
        if code:
            return Asked(name, code)
    return None


async def subject_reply(
    request: Request, assets: Assets, atlas: PublishedAtlas, territory: Territory, subject: Asked
) -> Response:
    """Answer with the page of a subject in a territory.

    Parameters
    ----------
    request
        The request: filters and page of the gaps too.
    assets
        The build.
    atlas
        The publication.
    territory
        The territory; services of an arrondissement municipal are those of its city.
    subject
        What the address names.

    Raises
    ------
    Moved
        To the city, from one of its arrondissements.
    """
    known = atlas.metadata
    if territory.niveau == "arrondissement":
        city = known.territories.anciens[territory.code]
        raise Moved(asked_with(place_of("commune", city), **{subject.kind: subject.code}))
    codes = {"service": known.services, "enjeu": known.enjeux, "theme": known.themes}[subject.kind]
    if subject.code not in codes:
        return _unknown(request, assets, atlas, territory, subject)
    asked = {
        name: value
        for name, value in request.query_params.items()
        if name in {*KINDS, "population_min", "distance_km", "statut", "tri", "cursor"}
        or name in {"implanter", "rayon_km"}
    }
    opening = None
    if subject.kind == "service" and territory.niveau != "commune":
        opening = await opening_section(request, atlas, territory, subject.code)

    async def make() -> Page:
        return await subject_page(request, atlas, territory, subject, opening)

    reply = await page_reply(request, assets, atlas, asked, make)
    refused = territory.niveau != "commune" and refuses(request)
    if refused or (opening is not None and opening["passager"]):
        # Neither is worth keeping: one is to be corrected, the other to be asked again.
        reply.status_code = 400 if refused else 200
        reply.headers["Cache-Control"] = "no-store"
        del reply.headers["ETag"]
    return reply


def _unknown(
    request: Request, assets: Assets, atlas: PublishedAtlas, territory: Territory, subject: Asked
) -> Response:
    """Say that a code names nothing, and what may be meant."""
    known = atlas.metadata
    labels: dict[str, tuple[Kind, str]] = {}
    for kind_of_code, axes in (
        ("service", known.services),
        ("enjeu", known.enjeux),
        ("theme", known.themes),
    ):
        for code, item in axes.items():
            labels.setdefault(code, (kind_of_code, item.libelle))  # type: ignore[arg-type]
    page = place_of(territory.niveau, territory.code)
    links = {}
    likely = subject.code.lower() if subject.code.lower() in labels else None
    likely = likely or closest(subject.code, list(labels))
    if likely is not None:
        name, libelle = labels[likely]
        links[f"{libelle} – {territory.nom}"] = asked_with(page, **{name: likely})
    links[f"Tous les services – {territory.nom}"] = page
    shown = subject.code[:60]
    return message_page(
        request,
        assets,
        404,
        f"{_ONE[subject.kind]} n’est pas dans le référentiel",
        f"Aucun code ne s’écrit « {shown} »."
        + (" Cherchiez-vous ce qui suit ?" if likely is not None else ""),
        links=links,
    )


async def subject_page(
    request: Request,
    atlas: PublishedAtlas,
    territory: Territory,
    asked: Asked,
    opening: dict[str, Any] | None,
) -> Page:
    """Make the page of a subject that the référentiel has.

    Parameters
    ----------
    request, atlas, territory
        As for :func:`subject_reply`.
    asked
        What the page is about.
    opening
        What :func:`opening_section` gave, for a service in several communes.
    """
    axis: dict[str, str] = {asked.kind: asked.code}
    drawn = subject_of(atlas, **axis)
    covered = coverage(atlas, territory, CoverageParameters.model_validate(axis))
    several = territory.niveau != "commune"
    path = place_of(territory.niveau, territory.code)
    own = (
        await _service(atlas, territory, covered["services"][0])
        if asked.kind == "service"
        else await _axis(atlas, territory, asked, covered)
    )
    described = own["phrases"][0] if own["phrases"] else drawn.libelle
    return Page(
        "sujet",
        f"{drawn.libelle} – {territory.nom}",
        described,
        {
            "place": territory,
            "path": path,
            "kind": asked.kind,
            "code": asked.code,
            "subject": drawn,
            "several": several,
            "services": atlas.metadata.services,
            "opening": opening,
            "covered": covered,
            "carte": await draw_territory(atlas, territory, drawn, _LOOK),
            "bbox": (await description_answer(atlas, territory))["bbox"],
            "trail": _trail(atlas, territory, asked),
            "elsewhere": _elsewhere(atlas, territory, axis),
            "lacunes": await missing_section(request, atlas, territory, axis) if several else None,
            **own,
        },
        asked_with(path, **axis),
        image=asked_with(f"/api/territoires{path}/carte.png", **axis, cadre="apercu"),
        embed=True,
    )


async def _service(
    atlas: PublishedAtlas, territory: Territory, row: dict[str, Any]
) -> dict[str, Any]:
    """Gather what is told of one service."""
    known = atlas.metadata
    service: Service = known.services[row["code"]]
    access = await service_access(atlas, territory, service.code)
    sources = exhaustive_sources(atlas, service.code)
    several = territory.niveau != "commune"
    advice = None
    if service.documente:
        column = known.matrices.service_position[service.code]
        peers = choose(known, territory)
        answer = await recommendations_answer(atlas, territory, peers, [column], 1)
        advice = next(iter(answer["recommandations"]), None)
    return {
        "service": service,
        "row": row,
        "phrases": [
            *service_sentences(territory, row, sources),
            *access_sentences(territory, access),
        ],
        "parts": statut_table(territory, row) if several and service.documente else [],
        "access": access,
        "exhaustive": sources,
        "nearest": None if several else await _nearest(atlas, territory, row),
        "advice": advice,
        "places": await places_answer(
            atlas,
            territory,
            CarriedParameters.model_validate({"service": service.code, "limit": _SHOWN}),
        ),
        "actions": await actions_answer(
            atlas,
            territory,
            ActionParameters.model_validate({"service": service.code, "limit": _SHOWN}),
        ),
        "siblings": [
            item
            for item in known.services.values()
            if item.enjeu == service.enjeu and item.code != service.code
        ],
    }


async def _nearest(
    atlas: PublishedAtlas, territory: Territory, row: dict[str, Any]
) -> dict[str, Any] | None:
    """Find the lieu of a service that is nearest to a commune."""
    answer = await gaps_answer(
        atlas,
        territory,
        GapParameters.model_validate({"service": row["code"], "statut": row["statut"]}),
    )
    found: dict[str, Any] = answer["communes"][0]
    return found if found["lieu_proche"] else None


async def _axis(
    atlas: PublishedAtlas, territory: Territory, asked: Asked, covered: dict[str, Any]
) -> dict[str, Any]:
    """Gather what is told of the services of an enjeu or of a thème."""
    known = atlas.metadata
    enjeux = [
        {**row, "libelle": known.enjeux[row["code"]].libelle}
        for row in (covered["par_enjeu"] if asked.kind == "theme" else ())
    ]
    actions = None
    if asked.kind == "enjeu":
        actions = await actions_answer(
            atlas,
            territory,
            ActionParameters.model_validate({"enjeu": asked.code, "limit": _SHOWN}),
        )
    return {
        "phrases": axis_sentences(territory, covered, _THIS[asked.kind]),
        "documented": [row for row in covered["services"] if row["documente"]],
        "silent": [row for row in covered["services"] if not row["documente"]],
        "enjeux": enjeux,
        "actions": actions,
    }


def _trail(atlas: PublishedAtlas, territory: Territory, asked: Asked) -> list[tuple[str, str]]:
    """Labels and addresses of what is above: the territory, then its thème and enjeu."""
    known = atlas.metadata
    page = place_of(territory.niveau, territory.code)
    trail = [(territory.nom, page)]
    theme = enjeu = None
    if asked.kind == "service":
        service = known.services[asked.code]
        theme, enjeu = service.theme, service.enjeu
    elif asked.kind == "enjeu":
        theme = known.enjeux[asked.code].theme
    if theme is not None:
        trail.append((known.themes[theme].libelle, asked_with(page, theme=theme)))
    if enjeu is not None:
        trail.append((known.enjeux[enjeu].libelle, asked_with(page, enjeu=enjeu)))
    return trail


def _elsewhere(
    atlas: PublishedAtlas, territory: Territory, axis: dict[str, str]
) -> list[tuple[str, str, str]]:
    """Names, kinds and addresses of the same subject in the territories around."""
    known = atlas.metadata.territories
    around = known.parents.get((territory.niveau, territory.code), ())
    return [
        (
            known.by_key[key].nom,
            kind_unless_said(known.by_key[key]),
            asked_with(place_of(*key), **axis),
        )
        for key in around
    ]
