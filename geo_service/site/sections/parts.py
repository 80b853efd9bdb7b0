"""The smaller territories a territory is made of, with their rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from geo_service.atlas import Metadata
from geo_service.rounding import rounded
from geo_service.territories import Key, Territory
from geo_service.territory_list import list_communes

#: Communes listed in a page; the file has them all.
SHOWN: Final = 60
#: Parts that are shown without being asked; more are folded.
_OPEN: Final = 25

_HEADINGS: Final = {
    "region": ("région", "régions"),
    "departement": ("département", "départements"),
    "epci": ("intercommunalité", "intercommunalités"),
    "commune": ("commune", "communes"),
}
#: Niveaux whose communes are listed beside the parts of their diagnosis.
_WITH_COMMUNES: Final = ("departement", "groupe")


@dataclass(frozen=True)
class Parts:
    """Territories of one niveau inside another.

    Attributes
    ----------
    niveau
        Theirs.
    one, many
        What one and several are called.
    rows
        Those shown.
    total
        How many there are.
    folded
        Whether the page folds them.
    order
        In which order they are, in words.
    file
        Address of the whole list, without its format.
    """

    niveau: str
    one: str
    many: str
    rows: list[dict[str, Any]]
    total: int
    folded: bool
    order: str
    file: str


def parts_of(
    metadata: Metadata, territory: Territory, told: Sequence[Mapping[str, Any]]
) -> list[Parts]:
    """List what a territory is made of.

    Parameters
    ----------
    metadata
        The publication.
    territory
        The territory.
    told
        ``parties`` of its diagnosis.

    Returns
    -------
    list of Parts
        Empty for a commune.
    """
    place = f"{territory.niveau}/{territory.code}"
    listed = []
    for part in told:
        rows, niveau = part["territoires"], part["niveau"]
        if rows:
            shown = rows[:SHOWN] if niveau == "commune" else rows
            listed.append(
                Parts(
                    *(niveau, *_HEADINGS[niveau], shown, len(rows), len(rows) > _OPEN),
                    order="du taux le plus bas au plus haut",
                    file=f"/api/territoires?parent={place}&niveau={niveau}",
                )
            )
    if territory.niveau in _WITH_COMMUNES:
        keys = list_communes(metadata.matrices, [territory])
        listed.append(
            Parts(
                "commune",
                *_HEADINGS["commune"],
                [_row(metadata, key) for key in keys[:SHOWN]],
                len(keys),
                folded=True,
                order="les plus peuplées d’abord",
                file=f"/api/territoires?parent={place}",
            )
        )
    return listed


def _row(metadata: Metadata, key: Key) -> dict[str, Any]:
    commune = metadata.territories.by_key[key]
    return {
        "code": commune.code,
        "nom": commune.nom,
        "population": commune.population,
        "taux": rounded(commune.taux),
        "presents": commune.presents,
        "documentes": commune.documentes,
    }
