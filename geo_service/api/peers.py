"""What the addresses that compare a territory with others have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from geo_service.api.axes import AxisParameters
from geo_service.api.parameters import TEXT, FormatField, Parameters
from geo_service.api.within import named_territory
from geo_service.atlas import Metadata, PublishedAtlas
from geo_service.diagnostics import comparables as peers
from geo_service.diagnostics import sentences
from geo_service.diagnostics.comparables import Comparables
from geo_service.errors import Problem
from geo_service.territories import Territory

#: Most comparables that may be asked.
MOST = 100
#: Niveaux that may be asked for inside a département, inside a région.
_INSIDE = {
    "departement": ("commune", "ept", "epci"),
    "region": ("commune", "ept", "epci", "departement"),
}
_ONE = {"departement": "un département", "region": "une région"}


class PeerParameters(Parameters):
    """Parameters that choose the comparables."""

    k: int = Field(
        peers.K, ge=1, le=MOST, description="Nombre de comparables, au plus ; 20 par défaut."
    )
    departement: str | None = Field(
        None,
        max_length=TEXT,
        description="Code d’un département : comparables de ce département seulement.",
        examples=["48"],
    )
    region: str | None = Field(
        None,
        max_length=TEXT,
        description="Code d’une région : comparables de cette région seulement.",
        examples=["76"],
    )
    format: FormatField = "json"

    def perimeter(self, atlas: PublishedAtlas) -> list[Territory]:
        """Find the territories the comparables must have a commune in.

        Raises
        ------
        Problem
            400 if one is unknown, with the one likely meant.
        """
        found = []
        if self.departement is not None:
            found.append(named_territory(atlas, "departement", "departement", self.departement))
        if self.region is not None:
            found.append(named_territory(atlas, "region", "region", self.region))
        return found


class ServiceParameters(AxisParameters):
    """Parameters that choose the services looked at, and how many answers to give."""

    n: int = Field(10, ge=1, le=50, description="Nombre de réponses, au plus ; 10 par défaut.")

    def columns(self, atlas: PublishedAtlas) -> list[int]:
        """Columns, in the matrices, of the documented services that are meant.

        Raises
        ------
        Problem
            400 if the référentiel does not have one of the codes.
        """
        position = atlas.metadata.matrices.service_position
        return [position[service.code] for service in self.services(atlas) if service.documente]


@dataclass(frozen=True)
class Peers:
    """The comparables of a territory, or why there are none.

    Attributes
    ----------
    found
        The comparables; ``None`` when the territory can have none.
    raison
        Why there is none, in French; ``None`` when there are.
    avertissement
        Why there are fewer than asked, in French.
    """

    found: Comparables | None
    raison: str | None
    avertissement: str | None


def choose(
    metadata: Metadata,
    territory: Territory,
    *,
    k: int = peers.K,
    perimeter: Sequence[Territory] = (),
) -> Peers:
    """Choose the comparables of a territory.

    Parameters
    ----------
    metadata
        The publication.
    territory
        The territory.
    k
        Most comparables.
    perimeter
        Keep those that have a commune in each of these, a département or a région.

    Returns
    -------
    Peers
        The comparables, or the reason.

    Raises
    ------
    Problem
        400 when the perimeter is no larger than the territories to choose.
    """
    level = metadata.levels.get(territory.niveau)
    eligible: NDArray[np.bool_] | None = None
    for around in perimeter:
        inside = _inside(metadata, territory.niveau, around)
        eligible = inside if eligible is None else eligible & inside
    raison = peers.refusal(territory.niveau, level, territory.code)
    if raison is not None or level is None:
        return Peers(None, raison, None)
    found = peers.comparables(level, territory.code, k, eligible)
    if len(found.rows) == k:
        return Peers(found, None, None)
    said = sentences.few(
        territory.niveau, found.bracket, len(found.rows), inside=eligible is not None
    )
    return Peers(found, None, said) if len(found.rows) else Peers(found, said, None)


def _inside(metadata: Metadata, kind: str, around: Territory) -> NDArray[np.bool_]:
    """Territories of a kind that have a commune in a département or a région."""
    niveau = around.niveau
    if kind not in _INSIDE[niveau]:
        raise Problem(
            400,
            f"Le paramètre « {niveau} » ne choisit que parmi des territoires plus petits "
            f"qu’{_ONE[niveau]} : retirez-le.",
            {"parametres": [{"nom": niveau, "motif": "sans_objet"}]},
        )
    level = metadata.levels[kind]
    mask = np.zeros(len(level.codes), dtype=np.bool_)
    for row in metadata.matrices.members(niveau, around.code).tolist():
        commune = str(metadata.matrices.codes[row])
        above = metadata.territories.parents.get(("commune", commune), ())
        for at, code in (("commune", commune), *above):
            if at == kind:
                mask[level.position[code]] = True
    return mask


def service_json(metadata: Metadata, column: int) -> dict[str, Any]:
    """Say which service a column is."""
    service = metadata.services[metadata.matrices.services[column]]
    return {
        "code": service.code,
        "libelle": service.libelle,
        "enjeu": service.enjeu,
        "theme": service.theme,
    }


def bracket_json(found: Comparables | None) -> dict[str, Any] | None:
    """Say in which bracket the comparables were chosen."""
    if found is None:
        return None
    return {
        "libelle": found.bracket.libelle,
        "population_min": found.bracket.low,
        "population_max": found.bracket.high,
        "territoires": found.in_bracket,
        "source": found.bracket.source,
    }
