"""``/integrer``: choose a widget, see it, take its code. Whole without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geo_service.api.parameters import TEXT
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.french_sentences import nombre
from geo_service.site.asked import atlas_of
from geo_service.site.assets import Assets
from geo_service.site.rendering import Page, page_reply
from geo_service.territories import Territory
from geo_service.widget.addresses import (
    Place,
    component_code,
    frame_title,
    iframe_code,
    public_origin,
    resolve,
)
from geo_service.widget.colours import DEFAULTS, GROUNDS, LEAST, Accent, contrast
from geo_service.widget.options import (
    HEIGHT,
    LEAST_HEIGHT,
    MOST_HEIGHT,
    Options,
    check_subject,
    read_options,
)

#: Territories found that are shown to choose from.
_FOUND: Final = 8
#: What the widget shows when nothing was chosen yet.
_FIRST: Final = ("pays", "france")
#: Parameters of the form that are those of a widget.
_FIELDS: Final = ("couleur", "fond", "hauteur", "langue", "titre")
_GROUND_NAMES: Final = {"clair": "fond clair", "sombre": "fond sombre"}


@dataclass
class Form:
    """What the visitor chose, and what of it could not be taken.

    Attributes
    ----------
    place
        The widget.
    q
        Text searched.
    errors
        Sentence by field.
    """

    place: Place
    q: str = ""
    errors: dict[str, str] = field(default_factory=dict)


def read_form(atlas: PublishedAtlas, given: Mapping[str, str]) -> Form:
    """Read the form; a field that is refused has its usual value and a sentence.

    Parameters
    ----------
    atlas
        The publication.
    given
        The parameters of the page: ``territoire=epci/243500139`` as its form sends it, or
        ``niveau`` and ``code`` as the page of a territory links to it.
    """
    errors: dict[str, str] = {}
    niveau, _, code = given.get("territoire", "").partition("/")
    if not niveau:  # as the pages and the widget name a territory
        niveau, code = given.get("niveau", ""), given.get("code", "")
    territory = atlas.metadata.territories.by_key[_FIRST]
    if niveau:
        try:
            territory = resolve(atlas, niveau, code)
        except Problem as problem:
            errors["territoire"] = problem.detail.partition(" /api/")[0].removesuffix(" :")
    read: dict[str, str] = {}
    for name in _FIELDS:
        value = given.get(name, "")
        # A colour field always holds one: ours means that none was chosen.
        if name == "couleur" and value.lower() == DEFAULTS["clair"]:
            continue
        try:
            read_options([(name, value)])
        except Problem as problem:
            errors[name] = problem.detail
        else:
            read[name] = value
    axis, _, subject = given.get("sujet", "").partition(":")
    if subject:
        try:
            check_subject(atlas, read_options([(axis, subject)]))
        except Problem as problem:
            errors["sujet"] = problem.detail.removesuffix(" Les codes sont à /api/referentiel.")
        else:
            read[axis] = subject
    q = given.get("q", "").strip()[:TEXT]
    return Form(Place(territory, read_options(read.items())), q, errors)


def colour_notes(accent: Accent, fond: str) -> list[str]:
    """Explain what is drawn in place of a colour that cannot be read.

    Parameters
    ----------
    accent
        The accent of the widget.
    fond
        Its ground; both are told for ``auto``.
    """
    notes = []
    for ground, colour in GROUNDS.items():
        drawn = accent.changed(ground)
        if drawn is None or accent.asked is None or fond not in {ground, "auto"}:
            continue
        found = nombre(contrast(accent.asked, colour), 1)
        notes.append(
            f"Sur {_GROUND_NAMES[ground]}, {accent.asked} ne se lit pas assez : son contraste est "
            f"de {found} pour 1, il en faut {nombre(LEAST, 1)}. Le widget emploie {drawn}, de la "
            "même teinte."
        )
    return notes


def _subjects(atlas: PublishedAtlas) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give the thèmes, enjeux and services a source speaks of: heading, then values and labels."""
    known = atlas.metadata
    documented = [service for service in known.services.values() if service.documente]
    themes = {service.theme for service in documented}
    enjeux = {service.enjeu for service in documented}
    return [
        (
            "Un thème",
            [(f"theme:{code}", item.libelle) for code, item in known.themes.items()
             if code in themes],
        ),
        (
            "Un enjeu",
            [(f"enjeu:{code}", item.libelle) for code, item in known.enjeux.items()
             if code in enjeux],
        ),
        ("Un service", [(f"service:{item.code}", item.libelle) for item in documented]),
    ]  # fmt: skip


def _found(atlas: PublishedAtlas, form: Form) -> list[Territory]:
    """Territories that the search found, but for the one already chosen."""
    territories = atlas.metadata.territories
    keys = territories.names.find(form.q, None, _FOUND) if form.q else []
    chosen = form.place.territory
    return [
        territories.by_key[key]
        for key in keys
        if key != (chosen.niveau, chosen.code) and key[0] != "arrondissement"
    ]


def _content(atlas: PublishedAtlas, form: Form, origin: str) -> dict[str, Any]:
    place, options = form.place, form.place.options
    return {
        "form": form,
        "options": options,
        "territory": place.territory,
        "found": _found(atlas, form),
        "subjects": _subjects(atlas),
        "sujet": "" if options.axis is None else f"{options.axis}:{options.code}",
        "couleur": options.accent.asked or DEFAULTS["clair"],
        "notes": colour_notes(options.accent, options.fond),
        "heights": (LEAST_HEIGHT, MOST_HEIGHT, HEIGHT),
        "source": place.widget(),
        "frame_title": frame_title(place.territory, options),
        "codes": {
            "iframe": iframe_code(place, origin),
            "composant": component_code(place, origin),
            "adresse": place.page(origin) if _plain(options) else place.widget(origin),
        },
    }


def _plain(options: Options) -> bool:
    """Whether the address of the page alone gives this widget, by oEmbed."""
    return options == Options(axis=options.axis, code=options.code)


def add_routes(router: APIRouter, assets: Assets) -> None:
    """Add ``/integrer``."""

    @router.get("/integrer")
    async def configure(request: Request) -> Response:
        atlas = atlas_of(request)
        given = dict(parse_qsl(request.url.query))
        origin = public_origin(request.scope)

        async def make() -> Page:
            return Page(
                "integrer",
                "Mettre une carte sur votre site",
                "Choisissez un territoire, réglez la carte, copiez une ligne : elle fonctionne "
                "sans JavaScript, sans cookie, sans traceur.",
                _content(atlas, read_form(atlas, given), origin),
                "/integrer",
            )

        return await page_reply(request, assets, atlas, given, make, frame_src="'self'")
