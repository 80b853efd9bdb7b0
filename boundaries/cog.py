"""The Code officiel géographique: today's territories, and what older codes mean today."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: Zones whose communes have polygons in the default data.
ZONES_CARTOGRAPHIEES = ("metro", "drom")


@dataclass(frozen=True)
class Cog:
    """The territories of one year, without their polygons.

    Attributes
    ----------
    millesime
        Year of the code (1 January).
    communes
        ``code, nom, departement, region, zone, population (Int64), population_annee (Int64),
        codes_postaux (list of str)``; every commune, those without polygons too (zone ``com``).
    arrondissements
        Arrondissements municipaux: the same columns without ``zone``, and ``commune``, their city.
    departements, regions
        ``code, nom, chef_lieu, zone`` (and ``region``).
    epts
        ``code, nom``.
    membres_epts
        ``ept, commune``.
    liens
        ``ancien, nouveau, motif``: a code and the one that replaced it, the surest link first.
    """

    millesime: int
    communes: pd.DataFrame
    arrondissements: pd.DataFrame
    departements: pd.DataFrame
    regions: pd.DataFrame
    epts: pd.DataFrame
    membres_epts: pd.DataFrame
    liens: pd.DataFrame

    def cartographiees(self) -> pd.DataFrame:
        """Communes of the zones that have polygons: metropolitan France and the five DROM."""
        return self.communes[self.communes["zone"].isin(ZONES_CARTOGRAPHIEES)]


class Resolver:
    """From the code of any year to the commune of the current COG.

    A chain of links is followed to its end. A code that leads nowhere, or round in circles, has no
    answer. Current codes always answer themselves, whatever the links say.

    Parameters
    ----------
    current
        Codes of the communes of the current COG.
    links
        ``(code, code that replaced it, reason)``; the first link of a code is the one kept.
    divided
        Codes that the code alone cannot tell, and the communes they may be: they have no answer.

    Attributes
    ----------
    divided
        The same.
    """

    def __init__(
        self,
        current: Collection[str],
        links: Iterable[tuple[str, str, str]] = (),
        divided: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self.divided = dict(divided or {})
        self._current = frozenset(current)
        self._links: dict[str, tuple[str, str]] = {}
        for old, new, reason in links:
            if old not in self._current:
                self._links.setdefault(old, (new, reason))
        self._answers: dict[str, str] = {code: code for code in self._current}
        for old in self._links:
            end = self._follow(old)
            if end is not None:
                self._answers[old] = end

    def _follow(self, code: str) -> str | None:
        seen: set[str] = set()
        while code not in self._answers:
            link = self._links.get(code)
            if link is None or code in seen:
                return None
            seen.add(code)
            code = link[0]
        return self._answers[code]

    def resolve(self, code: str) -> str | None:
        """Code of the current commune that ``code`` means today, or None when nobody knows.

        Spaces around and lower case (``2a004``) are forgiven; nothing else is guessed.
        """
        return self._answers.get(code.strip().upper())

    def resolve_many(self, codes: pd.Series[str]) -> pd.Series[str]:
        """Resolve a whole column: same index, missing values where there is no answer."""
        answers = codes.astype("str").str.strip().str.upper().map(self.answers)
        return answers.astype("str")

    @property
    def answers(self) -> Mapping[str, str]:
        """Every known code and its current commune, current codes included."""
        return self._answers

    def anciens(self) -> pd.DataFrame:
        """Codes that are no current commune: ``code, commune, motif``, sorted by code."""
        # Not by who serves requests: pandas would be a quarter of each of its processes.
        import pandas as pd  # noqa: PLC0415

        rows = [
            (old, self._answers[old], reason)
            for old, (_, reason) in self._links.items()
            if old in self._answers
        ]
        return pd.DataFrame(sorted(rows), columns=["code", "commune", "motif"], dtype="str")
