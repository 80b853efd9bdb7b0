"""Which territories a map draws, and in how many pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from boundaries.crs import METROPOLE, legal_srid
from geo_service.atlas import PublishedAtlas
from geo_service.territories import Territory

#: A région of fewer départements shows what is inside them.
_FEW_DEPARTEMENTS: Final = 4
#: Up to this many communes, a région shows them; more, its EPCI.
_FEW_COMMUNES: Final = 120
#: Around an island that is in no EPCI: km, and kilometres of a degree of latitude (mean).
_AROUND, _DEGREE = 25.0, 111.2
#: Paris and the départements around it, too small to be seen on a map of the country.
_PARIS: Final = ("75", "92", "93", "94")
#: Codes of metropolitan départements have two signs, those overseas three.
_METROPOLITAN_LENGTH: Final = 2


@dataclass(frozen=True)
class Picture:
    """A part of the map, in one projection.

    Attributes
    ----------
    srid
        Legal projected CRS of its zone.
    codes
        Territories drawn.
    ground
        Départements that decide what is in view; empty: the territories drawn do.
    caption
        What it is called where there are several.
    repeats
        Whether it shows again, larger, territories of another picture.
    """

    srid: int
    codes: tuple[str, ...]
    ground: tuple[str, ...] = ()
    caption: str = ""
    repeats: bool = False


@dataclass(frozen=True)
class Composition:
    """What a map draws.

    Attributes
    ----------
    level
        Niveau of the territories drawn.
    pictures
        The main one first.
    highlighted
        Code of the territory drawn that the map is about, when it is one of them.
    around
        Name of what surrounds the highlighted one: its EPCI.
    inner
        Niveau of the borders drawn inside, above `level`; empty for none.
    missing
        Territories of the level that have no outline.
    scattered
        Whether the territories do not make one piece of land: their départements are then drawn,
        and small ones are dots.
    """

    level: str
    pictures: tuple[Picture, ...]
    highlighted: str | None = None
    around: Territory | None = None
    inner: str = ""
    missing: tuple[Territory, ...] = ()
    scattered: bool = False

    @property
    def codes(self) -> list[str]:
        """Codes of all the territories drawn, each once."""
        return [code for picture in self.pictures if not picture.repeats for code in picture.codes]


def compose(atlas: PublishedAtlas, territory: Territory) -> Composition | None:
    """Choose what the map of a territory draws.

    Parameters
    ----------
    atlas
        The publication.
    territory
        Any territory.

    Returns
    -------
    Composition or None
        None for a territory without outline, and for an arrondissement municipal, whose services
        are those of its city.
    """
    matrices = atlas.metadata.matrices
    if territory.niveau == "arrondissement":
        return None
    rows = matrices.members(territory.niveau, territory.code)
    if not matrices.mapped[rows].any():
        return None
    if territory.niveau == "pays":
        return _country(atlas)
    if territory.niveau in _BY_MEMBERS:
        return _BY_MEMBERS[territory.niveau](atlas, territory)
    drawn, missing = _split(atlas, (str(matrices.codes[row]) for row in rows))
    inner = "epci" if territory.niveau == "departement" else ""
    return Composition(
        "commune", (Picture(zone(atlas, drawn[0]), drawn),), inner=inner, missing=missing
    )


def zone(atlas: PublishedAtlas, commune: str) -> int:
    """Legal projected CRS of a commune that has an outline (EPSG)."""
    return legal_srid(_parent(atlas, commune, "departement"))


def _parent(atlas: PublishedAtlas, commune: str, niveau: str) -> str:
    parents = atlas.metadata.territories.parents["commune", commune]
    return next((code for at, code in parents if at == niveau), "")


def _split(
    atlas: PublishedAtlas, codes: Iterable[str]
) -> tuple[tuple[str, ...], tuple[Territory, ...]]:
    """Communes with an outline, and the others."""
    known, matrices = atlas.metadata.territories.by_key, atlas.metadata.matrices
    drawn, missing = [], []
    for code in codes:
        if matrices.mapped[matrices.position[code]]:
            drawn.append(code)
        else:
            missing.append(known["commune", code])
    return tuple(drawn), tuple(missing)


def _commune(atlas: PublishedAtlas, territory: Territory) -> Composition:
    """Draw a commune in its EPCI; an island that is in none, in what is around it."""
    matrices, code = atlas.metadata.matrices, territory.code
    epci = _parent(atlas, code, "epci")
    around = None
    if epci:
        around = atlas.metadata.territories.by_key["epci", epci]
        rows = matrices.members("epci", epci)
        codes: Sequence[str] = [str(matrices.codes[row]) for row in rows]
    else:
        codes = _near(atlas, code)
    drawn, _ = _split(atlas, codes)
    return Composition(
        "commune", (Picture(zone(atlas, code), drawn),), highlighted=code, around=around
    )


def _near(atlas: PublishedAtlas, code: str) -> list[str]:
    """Communes of the département whose chef-lieu is near that of a commune."""
    matrices, level = atlas.metadata.matrices, atlas.metadata.levels["commune"]
    rows = matrices.members("departement", _parent(atlas, code, "departement"))
    codes = [str(matrices.codes[row]) for row in rows]
    here = level.place[level.position[code]]
    away = (level.place[[level.position[other] for other in codes]] - here) * _DEGREE
    away[:, 0] *= np.cos(np.radians(here[1]))
    near = np.hypot(*away.T) <= _AROUND
    return [other for other, kept in zip(codes, near, strict=True) if kept or other == code]


def _region(atlas: PublishedAtlas, territory: Territory) -> Composition:
    """Draw the départements of a région; what is inside them where they are too few."""
    known, matrices = atlas.metadata.territories, atlas.metadata.matrices
    rows = matrices.members("region", territory.code)
    codes, missing = _split(atlas, (str(matrices.codes[row]) for row in rows))
    srid = zone(atlas, codes[0])
    below = known.children["region", territory.code]
    departements = tuple(code for niveau, code in below if niveau == "departement")
    if len(departements) >= _FEW_DEPARTEMENTS:
        return Composition("departement", (Picture(srid, departements),))
    epcis = tuple(code for niveau, code in below if niveau == "epci")
    inside = {str(matrices.codes[row]) for epci in epcis for row in matrices.members("epci", epci)}
    if len(codes) > _FEW_COMMUNES and inside == set(codes):
        return Composition("epci", (Picture(srid, epcis),), inner="departement")
    return Composition("commune", (Picture(srid, codes),), inner="epci", missing=missing)


def _country(atlas: PublishedAtlas) -> Composition:
    """Draw all the départements: the mainland, and each of the others in its own frame."""
    known, matrices = atlas.metadata.territories.by_key, atlas.metadata.matrices
    mainland, missing, frames = [], [], []
    for (niveau, code), territory in sorted(known.items()):
        if niveau != "departement":
            continue
        if not matrices.mapped[matrices.members(niveau, code)].any():
            missing.append(territory)
        elif len(code) == _METROPOLITAN_LENGTH:
            mainland.append(code)
        else:
            frames.append(Picture(legal_srid(code), (code,), caption=territory.nom))
    small = tuple(code for code in _PARIS if code in mainland)
    if len(small) == len(_PARIS):
        frames.append(Picture(METROPOLE, small, caption="Petite couronne", repeats=True))
    main = [Picture(METROPOLE, tuple(mainland))] if mainland else []
    return Composition("departement", (*main, *frames), inner="region", missing=tuple(missing))


def _groupe(atlas: PublishedAtlas, territory: Territory) -> Composition:
    """Draw communes that may be anywhere, over their départements."""
    known, matrices = atlas.metadata.territories.by_key, atlas.metadata.matrices
    rows = matrices.members("groupe", territory.code)
    codes, missing = _split(atlas, (str(matrices.codes[row]) for row in rows))
    by_departement: dict[str, list[str]] = defaultdict(list)
    for code in codes:
        by_departement[_parent(atlas, code, "departement")].append(code)
    mainland = [code for code in by_departement if len(code) == _METROPOLITAN_LENGTH]
    overseas = sorted(set(by_departement) - set(mainland))
    pictures = []
    if mainland:
        inside = tuple(code for at in mainland for code in by_departement[at])
        # Beside frames of other seas, all of the mainland; by itself, only where communes are.
        whole = tuple(
            sorted(
                code
                for niveau, code in known
                if niveau == "departement" and len(code) == _METROPOLITAN_LENGTH
            )
        )
        pictures.append(Picture(METROPOLE, inside, whole if overseas else ()))
    pictures += [
        Picture(legal_srid(at), tuple(by_departement[at]), (at,), known["departement", at].nom)
        for at in overseas
    ]
    return Composition("commune", tuple(pictures), missing=missing, scattered=True)


#: How the niveaux that are not drawn by all their communes as one land are.
_BY_MEMBERS = {"commune": _commune, "region": _region, "groupe": _groupe}
