"""Static maps: a territory drawn for a newsletter, a social network, a page without JavaScript."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Annotated, Final, Literal
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import bytes_reply
from geo_service.api import shapes
from geo_service.api.axes import AxisParameters
from geo_service.api.parameters import Atlas, CountedTerritory
from geo_service.atlas import PublishedAtlas
from geo_service.codings import NONE
from geo_service.errors import Problem
from geo_service.maps import Look, Subject, draw_territory, subject_of, to_png
from geo_service.maps.drawing import DARK_STYLE
from geo_service.maps.model import Scheme
from geo_service.maps.picture import drawn_by

router = APIRouter(prefix="/api/territoires", tags=["Cartes"])

#: Size of a map when none is asked, and of the preview that social networks show (Open Graph).
WIDTH, PREVIEW = 800, (1200, 630)
#: Heights for a width: beside its legend, above its legend, alone.
_BESIDE, _ABOVE, _NARROW = 0.75, 1.25, 620
#: Pixels of the largest picture: 32 MB while it is drawn.
_PIXELS: Final = 8_000_000
#: Pictures drawn at once by a process; the next ones wait.
_AT_ONCE: Final = 2

_SCHEMES: dict[str, Scheme] = {"clair": "light", "sombre": "dark", "auto": "auto"}

#: A drawing loads nothing and runs nothing; its one style sheet is allowed by its hash.
_HASH = base64.b64encode(hashlib.sha256(DARK_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"

Cadre = Annotated[
    Literal["complet", "carte", "apercu"],
    Field(
        description="« complet » : avec titre, légende et source ; « carte » : la carte seule ; "
        "« apercu » : 1 200 × 630 pixels, pour les réseaux sociaux."
    ),
]


class MapParameters(AxisParameters):
    """Parameters of a drawing."""

    largeur: int | None = Field(
        None, ge=320, le=2000, description="Largeur en pixels, 800 par défaut.", examples=[800]
    )
    hauteur: int | None = Field(
        None, ge=240, le=2000, description="Hauteur en pixels ; sans elle, d’après la largeur."
    )
    cadre: Cadre = "complet"
    apparence: Literal["clair", "sombre", "auto"] = Field(
        "clair", description="Couleurs ; « auto » suit le réglage de qui regarde."
    )

    def subject(self, atlas: PublishedAtlas) -> Subject:
        """Find what the map is about.

        Raises
        ------
        Problem
            400 if a code is unknown, or if there are several.
        """
        self.services(atlas)
        axes = {"service": self.service, "enjeu": self.enjeu, "theme": self.theme}
        given = [name for name, code in axes.items() if code is not None]
        if len(given) > 1:
            raise Problem(
                400,
                f"Donnez un seul des paramètres « {' », « '.join(given)} » : un service, un enjeu "
                "ou un thème.",
                {"parametres": [{"nom": name, "motif": "valeur_refusee"} for name in given]},
            )
        return subject_of(atlas, **axes)

    def look(self, precision: float = 1.0) -> Look:
        """Give the size and appearance that are asked.

        Raises
        ------
        Problem
            400 for a preview of another size than its own.
        """
        scheme = _SCHEMES[self.apparence]
        if self.cadre == "apercu":
            if self.largeur is not None or self.hauteur is not None:
                raise Problem(
                    400,
                    "L’aperçu a toujours 1 200 × 630 pixels : retirez « largeur » et « hauteur », "
                    "ou demandez « cadre=complet ».",
                    {"parametres": [{"nom": "cadre", "motif": "valeur_refusee"}]},
                )
            return Look(*PREVIEW, scheme=scheme, brief=True, precision=precision)
        furniture = self.cadre == "complet"
        width = self.largeur or WIDTH
        ratio = _ABOVE if furniture and width < _NARROW else _BESIDE
        height = self.hauteur or round(width * ratio)
        return Look(width, height, furniture=furniture, scheme=scheme, precision=precision)


class PictureParameters(MapParameters):
    """Parameters of a picture."""

    apparence: Literal["clair", "sombre"] = Field("clair", description="Couleurs.")
    echelle: int = Field(
        1,
        ge=1,
        le=3,
        description="Pixels de l’image pour un de la carte : 2 ou 3 pour imprimer.",
    )


@router.get(
    "/{niveau}/{code}/carte.svg",
    summary="La carte d’un territoire, en dessin vectoriel",
    responses={200: {"content": {"image/svg+xml": {}}}, **shapes.ERRORS},
    response_class=Response,
)
async def carte_svg(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[MapParameters, Query()],
) -> Response:
    """Une carte à mettre dans une page ou un bulletin : elle dit son titre, sa source, sa date.

    Un territoire sans contour (Nouvelle-Calédonie, Polynésie française…) a un dessin qui le dit.
    """
    subject, look = parameters.subject(atlas), parameters.look()

    async def make() -> bytes:
        return (await draw_territory(atlas, territory, subject, look)).svg.encode()

    key = (request.url.path, parameters.asked().canonical)
    return await bytes_reply(
        request, atlas, key, make, "image/svg+xml", headers={"Content-Security-Policy": _POLICY}
    )


@router.get(
    "/{niveau}/{code}/carte.png",
    summary="La carte d’un territoire, en image",
    responses={200: {"content": {"image/png": {}}}, **shapes.ERRORS},
    response_class=Response,
)
async def carte_png(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[PictureParameters, Query()],
) -> Response:
    """La même carte, pour ce qui ne lit pas le SVG : traitement de texte, réseaux sociaux."""
    subject, look = parameters.subject(atlas), parameters.look(float(parameters.echelle))
    pixels = look.width * look.height * parameters.echelle**2
    if pixels > _PIXELS:
        raise Problem(
            400,
            f"Cette image aurait {pixels / 1e6:.0f} millions de pixels, et 8 au plus sont "
            "possibles. Diminuez « largeur », « hauteur » ou « echelle ».",
            {"parametres": [{"nom": "echelle", "motif": "trop_grand"}]},
        )

    async def make() -> bytes:
        drawn = await draw_territory(atlas, territory, subject, look)
        async with _turn(atlas):
            return await to_png(drawn.svg, parameters.echelle)

    return await bytes_reply(
        request,
        atlas,
        (drawn_by(), request.url.path, parameters.asked().canonical),
        make,
        "image/png",
        codings=NONE,
        headers={"Content-Security-Policy": _POLICY},
    )


_turns: WeakKeyDictionary[PublishedAtlas, asyncio.Semaphore] = WeakKeyDictionary()


def _turn(atlas: PublishedAtlas) -> asyncio.Semaphore:
    """Pictures of a publication are drawn a few at once, in processes of their own."""
    return _turns.setdefault(atlas, asyncio.Semaphore(_AT_ONCE))
