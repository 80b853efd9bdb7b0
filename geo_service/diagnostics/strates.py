"""Legal population brackets (strates) of the Code général des collectivités territoriales (CGCT).

Only territories of one bracket are compared with one another. The law counts the *population
totale* (R. 2151-1); the atlas has the *population municipale*, which is some 2 % smaller: a
territory just above a limit may fall just below it here.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from geo_service.french_sentences import nombre


@dataclass(frozen=True)
class Scale:
    """Brackets of a niveau.

    Attributes
    ----------
    bounds
        First population of each bracket but the lowest, increasing.
    source
        Where the brackets are written.
    """

    bounds: tuple[int, ...]
    source: str


@dataclass(frozen=True)
class Bracket:
    """One bracket.

    Attributes
    ----------
    low
        Fewest inhabitants.
    high
        Most inhabitants; ``None`` for the highest bracket.
    source
        Where it is written.
    """

    low: int
    high: int | None
    source: str

    @property
    def whole(self) -> bool:
        """Whether the niveau has no other bracket."""
        return self.low == 0 and self.high is None

    @property
    def libelle(self) -> str:
        """Say it: « de 500 à 999 habitants »."""
        if self.whole:
            return "toutes populations"
        if self.low == 0:
            assert self.high is not None  # noqa: S101 (or it would be whole)
            return f"moins de {nombre(self.high + 1)} habitants"
        if self.high is None:
            return f"{nombre(self.low)} habitants et plus"
        return f"de {nombre(self.low)} à {nombre(self.high)} habitants"


#: Brackets of each niveau. The fifteen of the communes are those of the dotation globale de
#: fonctionnement, by which the DGCL publishes its statistics. The CGCT has none for the finances of
#: the other levels: those of the EPCI (one scale for communautés de communes, urbaines and
#: d'agglomération) and of the départements are those of the indemnities of their élus. That of the
#: régions (L. 4135-16) would leave two of them alone together and five with Corse: all eighteen are
#: compared. So are the eleven établissements publics territoriaux of the Grand Paris.
SCALES: Final = {
    "commune": Scale(
        (
            *(500, 1_000, 2_000, 3_500, 5_000, 7_500, 10_000, 15_000, 20_000, 35_000, 50_000),
            *(75_000, 100_000, 200_000),
        ),
        "Code général des collectivités territoriales, article L. 2334-3",
    ),
    "epci": Scale(
        (500, 1_000, 3_500, 10_000, 20_000, 50_000, 100_000, 200_000),
        "Code général des collectivités territoriales, article R. 5214-1",
    ),
    "departement": Scale(
        (250_000, 500_000, 1_000_000, 1_250_000),
        "Code général des collectivités territoriales, article L. 3123-16",
    ),
    "region": Scale((), "Toutes les régions, trop peu nombreuses pour être divisées"),
    "ept": Scale((), "Tous les établissements publics territoriaux (article L. 5219-2 du CGCT)"),
}


def bracket_of(niveau: str, population: float) -> Bracket:
    """Find the bracket of a territory.

    Parameters
    ----------
    niveau
        A niveau of :data:`SCALES`.
    population
        Its inhabitants.

    Returns
    -------
    Bracket
        The bracket its population falls in; a bound belongs to the upper bracket.

    Raises
    ------
    KeyError
        If the niveau has no brackets.
    """
    scale = SCALES[niveau]
    bounds = (0, *scale.bounds)
    rank = bisect_right(bounds, population) - 1
    high = None if rank + 1 == len(bounds) else bounds[rank + 1] - 1
    return Bracket(bounds[rank], high, scale.source)
