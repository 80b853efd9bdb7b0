"""Filters by territory: only the communes of a département, a région, an EPCI or a groupe."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from geo_service.api.parameters import NAMES, NIVEAUX, TEXT, Niveau, Parameters, moved_code
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem, closest
from geo_service.territories import Territory

_Code = Annotated[str | None, Field(max_length=TEXT)]


class WithinParameters(Parameters):
    """Territories the communes must belong to; given together, they must all hold."""

    departement: _Code = Field(None, description="Seulement les communes de ce département (code).")
    region: _Code = Field(None, description="Seulement les communes de cette région (code INSEE).")
    epci: _Code = Field(None, description="Seulement les communes de cet EPCI (numéro SIREN).")
    groupe: _Code = Field(
        None, description="Seulement les communes de ce groupe (« petites-villes-de-demain »)."
    )
    programme: _Code = Field(
        None, description="Autre nom de « groupe » ; avec lui, les communes des deux."
    )

    def within(self, atlas: PublishedAtlas) -> list[Territory]:
        """Find the territories named.

        Raises
        ------
        Problem
            400 if one is unknown, with the one likely meant.
        """
        asked: tuple[tuple[str, Niveau, str | None], ...] = (
            ("departement", "departement", self.departement),
            ("region", "region", self.region),
            ("epci", "epci", self.epci),
            ("groupe", "groupe", self.groupe),
            ("programme", "groupe", self.programme),
        )
        return [
            named_territory(atlas, name, niveau, code)
            for name, niveau, code in asked
            if code is not None
        ]


def named_territory(atlas: PublishedAtlas, name: str, niveau: Niveau, code: str) -> Territory:
    """Find the territory that a parameter names.

    Parameters
    ----------
    name
        Name of the parameter, for the refusal.
    niveau, code
        The territory; a code in another case, or that of a commune of old, is understood.

    Raises
    ------
    Problem
        400, with the territory likely meant.
    """
    known = atlas.metadata.territories.by_key
    spelt = code if (niveau, code) in known else moved_code(atlas, niveau, code)
    if spelt is not None:
        return known[niveau, spelt]
    likely = _likely(atlas, niveau, code)
    detail = f"Le paramètre « {name} » = « {code[:60]} » ne désigne pas {_ONE[niveau]} connu"
    detail += "e." if niveau in {"commune", "region"} else "."
    if likely is not None:
        detail += f" Vouliez-vous dire « {likely.code} », {NAMES[likely.niveau]} {likely.nom}"
        if likely.niveau != niveau:
            detail += f" (de niveau « {likely.niveau} »)"
        detail += " ?"
    raise Problem(
        400,
        f"{detail} Les codes se cherchent par le nom : /api/territoires?q=…&niveau={niveau}",
        {
            "parametres": [
                {
                    "nom": name,
                    "motif": "territoire_inconnu",
                    "suggestion": None if likely is None else likely.code,
                }
            ]
        },
    )


_ONE = {
    "commune": "une commune",
    "arrondissement": "un arrondissement",
    "ept": "un établissement public territorial",
    "epci": "un EPCI",
    "departement": "un département",
    "region": "une région",
    "pays": "un pays",
    "groupe": "un groupe",
}


def _likely(atlas: PublishedAtlas, niveau: Niveau, code: str) -> Territory | None:
    """Guess: a name, the same code with its zeros or at another niveau, a slip of the keyboard."""
    territories = atlas.metadata.territories
    for key in (
        *((niveau, code.zfill(length)) for length in (2, 5)),
        *territories.names.find(code, niveau, 1),
        *((other, code) for other in NIVEAUX),
    ):
        if key in territories.by_key:
            return territories.by_key[key]
    slip = closest(code, [known for at, known in territories.by_key if at == niveau])
    return None if slip is None else territories.by_key[niveau, slip]
