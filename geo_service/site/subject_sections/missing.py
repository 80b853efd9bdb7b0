"""The communes where something is missing, with the form that filters them, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from geo_service.api.lacunes import GapParameters, gaps_answer
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.french_sentences import NBSP, compte, habitants
from geo_service.site.addresses import asked_with, place_of
from geo_service.site.forms import read_form, refused_fields
from geo_service.territories import Territory

#: Communes of a page.
_PAGE: Final = 25
FIELDS: Final = ("population_min", "distance_km", "statut", "tri")
_FIGURES: Final = ("population_min", "distance_km")
#: What is looked for, in the words of the form.
STATUTS: Final = {
    "": "où il manque",
    "non_renseigne": "où l’on ne sait pas",
    "partage": "où il est partagé",
    "present": "où il est présent",
}
ORDERS: Final = {"": "les plus peuplées d’abord", "distance": "les plus éloignées d’abord"}
#: Services named for a commune that lacks several.
_NAMED: Final = 3


def refuses(request: Request) -> bool:
    """Tell whether a field of the form holds something that is refused."""
    form = read_form(request, GapParameters, FIELDS, {}, figures=_FIGURES)
    return bool(form.errors)


async def missing_section(
    request: Request, atlas: PublishedAtlas, territory: Territory, axis: Mapping[str, str]
) -> dict[str, Any]:
    """Gather the gaps of a page.

    Parameters
    ----------
    request
        The request: filters and page.
    atlas
        The publication.
    territory
        Where to look.
    axis
        ``service``, ``enjeu`` or ``theme`` and its code.

    Returns
    -------
    dict
        ``reponse`` is what the API answers; ``erreurs`` why a field is refused, by field.
    """
    form = read_form(
        request, GapParameters, (*FIELDS, "cursor"), {**axis, "limit": _PAGE}, figures=_FIGURES
    )
    parameters, errors = form.parameters, dict(form.errors)
    restarted = errors.pop("cursor", None) is not None
    try:
        answer = await gaps_answer(atlas, territory, parameters)
    except Problem as problem:
        if refused_fields(problem) != {"cursor"}:
            raise
        parameters = parameters.model_copy(update={"cursor": None})
        answer = await gaps_answer(atlas, territory, parameters)
        restarted = True
    kept = parameters.model_dump(exclude_none=True, include=set(FIELDS), exclude_defaults=True)
    page = place_of(territory.niveau, territory.code)
    following = answer["suivant"]
    return {
        "reponse": answer,
        "valeurs": form.values,
        "erreurs": errors,
        "recommencee": restarted,
        "suite": parameters.cursor is not None,
        "filtree": bool(kept),
        # One statut alone needs no column: the title says which.
        "melees": parameters.sought is None,
        "titre": _title(parameters, several="service" not in axis),
        "phrase": _sentence(answer, parameters, several="service" not in axis),
        "communes": [_commune(atlas, row) for row in answer["communes"]],
        "debut": asked_with(page, **axis, **kept) + "#lacunes",
        "suivante": following and asked_with(page, **axis, **kept, cursor=following) + "#lacunes",
        "toutes": asked_with(page, **axis) + "#lacunes",
        "fichiers": {
            name: asked_with(f"/api/territoires{page}/lacunes", **axis, **kept, format=name)
            for name in ("csv", "xlsx", "geojson")
        },
        "statuts": STATUTS,
        "ordres": ORDERS,
    }


def _title(parameters: GapParameters, *, several: bool) -> str:
    """Name the list by what it holds."""
    what = "des services" if several else "ce service"
    return {
        "absent": "Les communes à qui il en manque" if several else f"Les communes sans {what}",
        "non_renseigne": f"Les communes dont on ne sait si elles ont {what}",
        "partage": f"Les communes qui partagent {what}",
        "present": f"Les communes qui ont {what}",
        None: "Les communes les plus loin d’un lieu",
    }[parameters.sought]


def _sentence(answer: Mapping[str, Any], parameters: GapParameters, *, several: bool) -> str | None:
    """Say how many communes were found, and who lives there; None without any."""
    total, people = answer["total"], answer["population"]
    if not total:
        return None
    what = {
        "absent": "au moins un service manque" if several else "ce service manque",
        "non_renseigne": "personne n’a rien dit d’un service au moins"
        if several
        else "personne n’a rien dit de ce service",
        "partage": "un service au moins est partagé" if several else "ce service est partagé",
        "present": "un service au moins est présent" if several else "ce service est présent",
        None: "c’est le cas",
    }[parameters.sought]
    where = f"Dans {compte(total, 'commune')}, {what}"
    if parameters.distance_km is not None:
        km = f"{parameters.distance_km:g}".replace(".", ",")
        # The communes far away, whatever their statut, unless one is asked.
        if parameters.statut is None:
            be = "est" if total == 1 else "sont"
            where = f"{compte(total, 'commune')} {be} à plus de {km}{NBSP}km du lieu le plus proche"
        else:
            where += f" à plus de {km}{NBSP}km du lieu le plus proche"
    who = "leur population n’est pas connue"
    if people is not None:
        who = f"{habitants(people)} {'y vit' if people < 2 else 'y vivent'}"  # noqa: PLR2004
    return f"{where}{NBSP}: {who}."


def _commune(atlas: PublishedAtlas, row: dict[str, Any]) -> dict[str, Any]:
    """Name the services of a commune, the first ones."""
    labels = [atlas.metadata.services[code].libelle for code in row["services"]]
    return {**row, "manquants": labels[:_NAMED], "autres": len(labels[_NAMED:])}
