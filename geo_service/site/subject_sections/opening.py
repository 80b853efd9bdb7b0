"""Where to open places of a service: asked for on demand, since it is a search."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request

from geo_service.api.implantations import PlacesParameters, places_to_open
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem, to_problem
from geo_service.site.addresses import asked_with, place_of
from geo_service.territories import Territory

#: Places that may be asked for on a page, and distances, km, that count as near.
COUNTS: Final = (1, 2, 3, 4, 5)
RADII: Final = (5, 10, 15, 20, 30)
#: What is offered first.
_COUNT: Final = 3
_RADIUS: Final = 10


async def opening_section(
    request: Request, atlas: PublishedAtlas, territory: Territory, service: str
) -> dict[str, Any]:
    """Find where to open places, if the address asks (``?implanter=3&rayon_km=10``).

    Parameters
    ----------
    request
        The request.
    atlas
        The publication.
    territory
        One made of several communes.
    service
        Code of a service.

    Returns
    -------
    dict
        ``reponse`` is what the API answers, None when nothing is asked; ``souci`` is why there is
        no answer, ``passager`` whether it may be there in a moment.
    """
    typed = request.query_params.get("implanter", "").strip()[:20]
    near = request.query_params.get("rayon_km", "").strip()[:20]
    told: dict[str, Any] = {
        "nombres": COUNTS,
        "rayons": RADII,
        "nombre": _COUNT,
        "rayon": _RADIUS,
        "reponse": None,
        "souci": None,
        "passager": False,
        "fichiers": {},
    }
    if not typed:
        return told
    if typed not in map(str, COUNTS):
        return told | {"souci": "Choisissez de 1 à 5 lieux à ouvrir."}
    told["nombre"] = int(typed)
    if near:
        if near not in map(str, RADII):
            listed = ", ".join(map(str, RADII))
            return told | {"souci": f"Choisissez une distance parmi {listed} km."}
        told["rayon"] = int(near)
    parameters = PlacesParameters.model_validate(
        {"service": service, "nombre": told["nombre"], "rayon_km": told["rayon"]}
    )
    try:
        told["reponse"] = await places_to_open(atlas, territory, parameters)
    except Problem as error:
        problem = to_problem(error)
        return told | {"souci": problem.detail, "passager": problem.status == 503}  # noqa: PLR2004
    address = f"/api/territoires{place_of(territory.niveau, territory.code)}/implantations"
    told["fichiers"] = {
        name: asked_with(
            address,
            service=service,
            nombre=told["nombre"],
            rayon_km=told["rayon"],
            format=name,
        )
        for name in ("csv", "xlsx", "geojson")
    }
    return told
