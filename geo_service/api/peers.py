"""What the addresses that compare a territory with others have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from geo_service.api.parameters import TEXT, EnjeuField, FormatField, Parameters, ThemeField
from geo_service.atlas import Metadata
from geo_service.diagnostics import comparables as peers
from geo_service.diagnostics import sentences
from geo_service.diagnostics.comparables import Comparables
from geo_service.errors import Problem, closest
from geo_service.territories import Territory

#: Most comparables that may be asked.
MOST = 100
#: Decimals of rates and shares.
DECIMALS = 4
#: Niveaux that may be asked for inside a département, inside a région.
_INSIDE = {
    "departement": ("commune", "ept", "epci"),
    "region": ("commune", "ept", "epci", "departement"),
}
_THE = {"departement": "département", "region": "région"}


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


class AxisParameters(Parameters):
    """Parameters that choose the services looked at."""

    n: int = Field(10, ge=1, le=50, description="Nombre de réponses, au plus ; 10 par défaut.")
    enjeu: EnjeuField = None
    theme: ThemeField = None


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
    departement: str | None = None,
    region: str | None = None,
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
    departement, region
        Keep those that have a commune there; both hold when both are given.

    Returns
    -------
    Peers
        The comparables, or the reason.

    Raises
    ------
    Problem
        400 when the perimeter is unknown, or is no larger than the territories to choose.
    """
    level = metadata.levels.get(territory.niveau)
    eligible: NDArray[np.bool_] | None = None
    for niveau, code in (("departement", departement), ("region", region)):
        if code is not None:
            inside = _inside(metadata, territory.niveau, niveau, code)
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


def _inside(metadata: Metadata, kind: str, niveau: str, code: str) -> NDArray[np.bool_]:
    """Territories of a kind that have a commune in a département or a région."""
    key = (niveau, code.upper())
    territories = metadata.territories
    if key not in territories.by_key:
        known = [other for at, other in territories.by_key if at == niveau]
        suggestion = closest(code, known)
        detail = f"Le paramètre « {niveau} » = « {code[:60]} » n’est pas le code d’"
        detail += f"{'un' if niveau == 'departement' else 'une'} {_THE[niveau]}."
        if suggestion:
            detail += f" Vouliez-vous dire « {suggestion} » ?"
        raise Problem(
            400,
            f"{detail} Cherchez-le par son nom : /api/territoires?q=…&niveau={niveau}",
            {"parametres": [{"nom": niveau, "motif": "code_inconnu", "suggestion": suggestion}]},
        )
    if kind not in _INSIDE[niveau]:
        raise Problem(
            400,
            f"Le paramètre « {niveau} » ne choisit que parmi des territoires plus petits "
            f"qu’{'un' if niveau == 'departement' else 'une'} {_THE[niveau]} : retirez-le.",
            {"parametres": [{"nom": niveau, "motif": "sans_objet"}]},
        )
    level = metadata.levels[kind]
    mask = np.zeros(len(level.codes), dtype=np.bool_)
    for row in metadata.matrices.members(*key).tolist():
        commune = str(metadata.matrices.codes[row])
        above = territories.parents.get(("commune", commune), ())
        for around, other in (("commune", commune), *above):
            if around == kind:
                mask[level.position[other]] = True
    return mask


def columns(metadata: Metadata, parameters: AxisParameters) -> list[int]:
    """Columns of the documented services that are asked, in the order of the référentiel."""
    services = metadata.services
    return [
        column
        for column, code in enumerate(metadata.matrices.services)
        if parameters.enjeu in (None, services[code].enjeu)
        and parameters.theme in (None, services[code].theme)
    ]


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


def rounded(value: float | None, decimals: int = DECIMALS) -> float | None:
    """Round a figure; ``None`` for one that is unknown, never NaN."""
    return None if value is None or np.isnan(value) else round(float(value), decimals)
