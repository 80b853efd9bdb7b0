"""Two to four territories side by side, added and taken away one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geo_service.api.comparables import comparables_answer
from geo_service.api.comparaison import FEWEST, MOST, comparison_answer, one_territory
from geo_service.api.parameters import TEXT
from geo_service.api.peers import choose
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.french_sentences import NBSP, liste
from geo_service.site.addresses import asked_with, place_of
from geo_service.site.asked import atlas_of
from geo_service.site.assets import Assets
from geo_service.site.rendering import Page, page_reply
from geo_service.site.words import kind_unless_said
from geo_service.territories import Territory

_PATH: Final = "/comparer"
#: Choices offered for a name, and comparables offered without one.
_CHOICES, _OFFERED = 12, 6
#: The small map of each: the drawing alone, in the colours of the reader's choice.
_MAP: Final = {"cadre": "carte", "apparence": "auto", "largeur": 400, "hauteur": 320}
#: Longest list of territories that is read.
_LONGEST: Final = 400


@dataclass(frozen=True)
class Chosen:
    """The territories of an address, and what is wrong with it.

    Attributes
    ----------
    territories
        At most :data:`~geo_service.api.comparaison.MOST`, each once.
    errors
        French sentences, for the form.
    """

    territories: tuple[Territory, ...]
    errors: tuple[str, ...]


def chosen_of(atlas: PublishedAtlas, text: str) -> Chosen:
    """Read a list of territories; what cannot be compared is left out, and said.

    Parameters
    ----------
    atlas
        The publication.
    text
        « niveau/code », between commas.
    """
    found: list[Territory] = []
    errors: list[str] = []
    for part in text[:_LONGEST].split(","):
        if not part.strip():
            continue
        try:
            territory = one_territory(atlas, part)
        except Problem as problem:
            # The sentences of the API name its addresses, which are of no use to a visitor.
            errors.append(problem.detail.partition(" Les codes se cherchent")[0])
            continue
        if territory in found:
            errors.append(f"{territory.nom} est déjà dans la comparaison.")
        elif len(found) == MOST:
            errors.append(
                f"{territory.nom} n’a pas été ajouté{NBSP}: une comparaison met au plus {MOST} "
                "territoires côte à côte. Retirez-en un d’abord."
            )
        else:
            found.append(territory)
    return Chosen(tuple(found), tuple(errors))


def address_of(territories: Sequence[Territory]) -> str:
    """Give the address of a comparison."""
    listed = ",".join(f"{item.niveau}/{quote(item.code)}" for item in territories)
    return f"{_PATH}?territoires={listed}" if listed else _PATH


def add_routes(router: APIRouter, assets: Assets) -> None:
    """Add ``/comparer``."""

    @router.get(_PATH)
    async def compare(request: Request) -> Response:
        atlas = atlas_of(request)
        text = request.query_params.get("territoires", "")
        wanted = request.query_params.get("ajouter", "").strip()[:TEXT]

        async def make() -> Page:
            return await comparison_page(atlas, chosen_of(atlas, text), wanted)

        asked = {"territoires": text[:_LONGEST], "ajouter": wanted}
        return await page_reply(request, assets, atlas, asked, make)


async def comparison_page(atlas: PublishedAtlas, chosen: Chosen, wanted: str) -> Page:
    """Make the page of a comparison.

    Parameters
    ----------
    atlas
        The publication.
    chosen
        What the address names.
    wanted
        Name of a territory to add, as it was typed; empty for none.

    Returns
    -------
    Page
        Without figures while fewer than two territories are chosen.
    """
    territories = list(chosen.territories)
    answer = None
    if len(territories) >= FEWEST:
        answer = await comparison_answer(atlas, territories)
    names = [territory.nom for territory in territories]
    title = "Comparer des territoires"
    if answer is not None:
        title = f"Comparer {liste(names)}"
    path = address_of(territories)
    return Page(
        "comparer",
        title,
        " ".join(answer["phrases"][:2])
        if answer is not None
        else "Mettre côte à côte deux à quatre communes, intercommunalités, départements, régions.",
        {
            "columns": [
                {
                    "territory": territory,
                    "kind": kind_unless_said(territory),
                    "address": place_of(territory.niveau, territory.code),
                    "without": address_of([other for other in territories if other != territory]),
                    "map": asked_with(
                        f"/api/territoires{place_of(territory.niveau, territory.code)}/carte.svg",
                        **_MAP,
                    ),
                }
                for territory in territories
            ],
            "asked": ",".join(f"{item.niveau}/{item.code}" for item in territories),
            "full": len(territories) >= MOST,
            "most": MOST,
            "errors": chosen.errors,
            "wanted": wanted,
            "choices": _choices(atlas, territories, wanted) if wanted else [],
            "offered": _offered(atlas, territories),
            "answer": answer,
            "themes": _by_theme(atlas, answer) if answer is not None else [],
            "silent": [row["libelle"] for row in answer["services"] if not row["documente"]]
            if answer is not None
            else [],
            "points": _evolutions(answer) if answer is not None else [],
            "files": {
                name: f"/api/comparaison{path.removeprefix(_PATH)}&format={name}"
                for name in ("csv", "xlsx")
            }
            if answer is not None
            else {},
        },
        path,
    )


def _choice(
    atlas: PublishedAtlas, territories: Sequence[Territory], added: Territory
) -> dict[str, Any]:
    known = atlas.metadata.territories
    parents = known.parents.get((added.niveau, added.code), ())
    within = next((known.by_key[key].nom for key in parents if key[0] == "departement"), "")
    return {
        "territory": added,
        "within": within,
        "address": address_of([*territories, added]),
        "here": added in territories,
    }


def _choices(
    atlas: PublishedAtlas, territories: Sequence[Territory], wanted: str
) -> list[dict[str, Any]]:
    """Find the territories that a name may mean, with the address that adds each."""
    known = atlas.metadata.territories
    found = known.names.find(wanted, None, _CHOICES)
    return [
        _choice(atlas, territories, known.by_key[key])
        for key in found
        if key[0] != "arrondissement"
    ]


def _offered(atlas: PublishedAtlas, territories: Sequence[Territory]) -> list[dict[str, Any]]:
    """Offer the comparables of the first territory, and what holds it."""
    if not territories or len(territories) >= MOST:
        return []
    first = territories[0]
    known = atlas.metadata.territories
    answer = comparables_answer(atlas.metadata, first, choose(atlas.metadata, first))
    around = known.parents.get((first.niveau, first.code), ())
    found = [known.by_key[first.niveau, row["code"]] for row in answer["comparables"]]
    offered = [item for item in found if item not in territories][:_OFFERED]
    offered += [known.by_key[key] for key in around if known.by_key[key] not in territories][:2]
    return [_choice(atlas, territories, item) for item in offered]


def _by_theme(atlas: PublishedAtlas, answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Group the documented services by thème, and say which differ."""
    communes = all(item["niveau"] == "commune" for item in answer["territoires"])
    groups = []
    for theme in atlas.metadata.themes.values():
        rows = [
            {
                **row,
                "differs": len(set(row["statuts"] if communes else row["part_population"])) > 1,
            }
            for row in answer["services"]
            if row["theme"] == theme.code and row["documente"]
        ]
        if rows:
            groups.append({"libelle": theme.libelle, "services": rows})
    return groups


def _evolutions(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Put the rates of each publication side by side, the latest first."""
    dates: dict[str, dict[str, Any]] = {}
    for at, territory in enumerate(answer["territoires"]):
        for point in territory["evolution"]:
            row = dates.setdefault(
                point["publication"],
                {
                    "date": point["date"],
                    "comparable": point["comparable"],
                    "taux": [None] * len(answer["territoires"]),
                },
            )
            row["taux"][at] = point["taux"]
    return sorted(dates.values(), key=lambda row: row["date"], reverse=True)
