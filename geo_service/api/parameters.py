"""What the addresses of the API have in common: their parameters, and how these are checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request

from geo_service.answers import Asked
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Moved, Problem, closest
from geo_service.territories import Territory

#: Key of the publication a request is answered from, in the ASGI scope.
ATLAS = "atlas.publication"
#: Key of the reason there is none.
ABSENCE = "atlas.absence"
#: Key of the id of the request.
REQUEST_ID = "atlas.requete"

#: Levels of territory, the smallest first.
Niveau = Literal[
    "commune", "arrondissement", "ept", "epci", "departement", "region", "pays", "groupe"
]
NIVEAUX: tuple[Niveau, ...] = (
    "commune",
    "arrondissement",
    "ept",
    "epci",
    "departement",
    "region",
    "pays",
    "groupe",
)

#: The niveaux as they are said, with their article.
NAMES = {
    "commune": "la commune",
    "arrondissement": "l’arrondissement",
    "ept": "l’établissement public territorial",
    "epci": "l’EPCI",
    "departement": "le département",
    "region": "la région",
    "pays": "le pays",
    "groupe": "le groupe",
}

Statut = Literal["present", "partage", "absent", "non_renseigne"]
Format = Literal["json", "csv", "xlsx", "parquet"]
GeoFormat = Literal[
    "json", "csv", "xlsx", "geojson", "geojsonseq", "geojsonl", "parquet", "fgb", "gpkg"
]

#: Longest text a parameter may hold.
TEXT = 100

ServiceField = Annotated[
    str | None,
    Field(
        max_length=TEXT,
        description="Code d’un service du référentiel (voir /api/referentiel).",
        examples=["site-internet-commune"],
    ),
]
EnjeuField = Annotated[
    str | None,
    Field(max_length=TEXT, description="Code d’un enjeu.", examples=["services-publics"]),
]
ThemeField = Annotated[str | None, Field(max_length=TEXT, description="Code d’un thème.")]
FormatField = Annotated[
    Format, Field(description="Forme de la réponse : JSON, ou un fichier à ouvrir ailleurs.")
]
GeoFormatField = Annotated[
    GeoFormat,
    Field(description="Forme de la réponse : JSON, ou un fichier à ouvrir ailleurs."),
]


class Parameters(BaseModel):
    """Query parameters of an address; any other one is refused, an empty one is as good as none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: Any) -> Any:
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if value != ""}
        return values

    def asked(self) -> Asked:
        """Give the parameters in their canonical spelling."""
        if not self.model_fields_set:
            return Asked("")
        values = self.model_dump(exclude_defaults=True)
        return Asked(urlencode(sorted(values.items())), getattr(self, "format", "json"))


class NoParameters(Parameters):
    """For addresses that take none."""


async def refuse_repeats(request: Request) -> None:
    """Refuse a parameter given twice: which value is meant cannot be told.

    Raises
    ------
    Problem
        400, naming the parameter.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if names.count(name) > 1:
            raise Problem(400, f"Le paramètre « {name[:TEXT]} » est donné plusieurs fois.")


async def published(request: Request) -> PublishedAtlas:
    """Give the publication this request is answered from, from end to end.

    Raises
    ------
    DatabaseAwayError, NothingPublishedError
        If there is none.
    """
    atlas: PublishedAtlas | None = request.scope.get(ATLAS)
    if atlas is None:
        raise request.scope[ABSENCE]
    return atlas


Atlas = Annotated[PublishedAtlas, Depends(published)]


async def known_territory(
    request: Request,
    atlas: Atlas,
    niveau: Annotated[Niveau, Path(description="Niveau du territoire.", examples=["commune"])],
    code: Annotated[
        str,
        Path(
            description="Code INSEE ; numéro SIREN pour un EPCI ou un EPT ; « france » pour le "
            "pays ; code du groupe pour un groupe (« action-coeur-de-ville »).",
            examples=["35238"],
        ),
    ],
) -> Territory:
    """Find the territory of a path.

    Raises
    ------
    Moved
        If the code is that of a commune that has become another, or is spelt in another case.
    Problem
        404, with the territory that is likely meant where it can be guessed.
    """
    territory = atlas.metadata.territories.by_key.get((niveau, code))
    if territory is not None:
        return territory
    moved = moved_code(atlas, niveau, code)
    if moved is not None:
        start, end = f"/{niveau}/{code}", f"/{niveau}/{quote(moved)}"
        raise Moved(_elsewhere(request, start, end))
    raise unknown_territory(atlas, niveau, code)


def _elsewhere(request: Request, start: str, end: str) -> str:
    """Address asked, with another territory in its path."""
    path = request.scope["path"].replace(start, end, 1)
    query = request.url.query
    return f"{request.scope.get('root_path', '')}{path}" + (f"?{query}" if query else "")


KnownTerritory = Annotated[Territory, Depends(known_territory)]


async def counted_territory(request: Request, atlas: Atlas, territory: KnownTerritory) -> Territory:
    """Find the territory of a path whose services are counted.

    Services are known by commune: those of an arrondissement municipal are those of its city.

    Raises
    ------
    Moved
        To the city, if the path names one of its arrondissements.
    """
    if territory.niveau != "arrondissement":
        return territory
    known = atlas.metadata.territories
    start = f"/{territory.niveau}/{territory.code}/"
    end = f"/commune/{known.anciens[territory.code]}/"
    raise Moved(_elsewhere(request, start, end))


CountedTerritory = Annotated[Territory, Depends(counted_territory)]


def moved_code(atlas: PublishedAtlas, niveau: str, code: str) -> str | None:
    """Give the code that stands today for an old code, or for one in another case."""
    spelt = code.lower() if niveau in {"pays", "groupe"} else code.upper()
    known = atlas.metadata.territories
    if niveau == "commune" and spelt in known.anciens:
        return known.anciens[spelt]
    if niveau == "commune" and (niveau, spelt) not in known.by_key:
        found = atlas.metadata.history.resolve(spelt)
        if found.code == spelt and found.commune and (niveau, found.commune.code) in known.by_key:
            return found.commune.code
    return spelt if spelt != code and (niveau, spelt) in known.by_key else None


def unknown_territory(atlas: PublishedAtlas, niveau: str, code: str) -> Problem:
    """Say that a territory is unknown, and which one may be meant.

    Returns
    -------
    Problem
        404; ``suggestions`` holds up to three territories.
    """
    if niveau == "commune":
        divided = _divided(atlas, code)
        if divided is not None:
            return divided
    shown = code[:20]
    territories = atlas.metadata.territories.by_key
    keys: list[tuple[str, str]] = [(other, code) for other in NIVEAUX if other != niveau]
    keys += [(niveau, code.zfill(length)) for length in (2, 5)]
    if niveau == "commune":
        keys += [(niveau, insee) for insee in atlas.metadata.territories.postcodes.get(code, [])]
    found = {key: territories[key] for key in keys if key in territories}
    suggestions = sorted(found.values(), key=lambda item: -(item.population or 0))[:3]
    detail = f"Aucun territoire de niveau « {niveau} » n’a le code « {shown} »."
    if suggestions:
        names = ", ".join(
            f"{NAMES[item.niveau]} {item.nom} ({item.niveau}/{item.code})" for item in suggestions
        )
        detail += f" Cherchez-vous {names} ?"
    else:
        detail += " Cherchez-le par son nom : /api/territoires?q=…"
    return Problem(
        404,
        detail,
        {
            "suggestions": [
                {"niveau": item.niveau, "code": item.code, "nom": item.nom} for item in suggestions
            ]
        },
    )


def _divided(atlas: PublishedAtlas, code: str) -> Problem | None:
    """Say what an old code was divided into; None for a code that was not."""
    found = atlas.metadata.history.resolve(code)
    if found.statut != "partage":
        return None
    names = ", ".join(f"{commune.nom} ({commune.code})" for commune in found.candidats)
    candidates = [
        {"niveau": "commune", "code": commune.code, "nom": commune.nom}
        for commune in found.candidats
    ]
    return Problem(
        404,
        f"Le code « {found.code} » n’est plus celui d’une commune : son territoire est partagé "
        f"entre {names}. Choisissez l’une d’elles ; le détail est à "
        f"/api/cog/resoudre?code={found.code}",
        {"suggestions": candidates, "candidats": candidates},
    )


def check_axes(
    atlas: PublishedAtlas,
    *,
    service: str | None = None,
    enjeu: str | None = None,
    theme: str | None = None,
) -> None:
    """Refuse a service, an enjeu or a thème that the référentiel does not have.

    Raises
    ------
    Problem
        400, with the closest code.
    """
    known = atlas.metadata
    for name, value, codes in (
        ("service", service, known.services),
        ("enjeu", enjeu, known.enjeux),
        ("theme", theme, known.themes),
    ):
        if value is None or value in codes:
            continue
        suggestion = closest(value, list(codes))
        detail = f"Le paramètre « {name} » = « {value[:60]} » n’est pas un code du référentiel."
        if suggestion:
            detail += f" Vouliez-vous dire « {suggestion} » ?"
        raise Problem(
            400,
            f"{detail} Les codes sont à /api/referentiel.",
            {
                "parametres": [
                    {"nom": name, "motif": "code_inconnu", "suggestion": suggestion},
                ]
            },
        )
