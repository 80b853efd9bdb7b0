"""What a filtered tile is asked to keep, read from its address and checked against the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import parse_qsl, quote, urlencode

from tiles.problems import ProblemError

#: Parameters of the tiles of lieux.
PARAMETERS = ("service", "enjeu", "theme", "niveau", "code")
#: Bytes of a query string, and characters of a value shown back.
_LONGEST_QUERY, _SHOWN = 1000, 60


@dataclass(frozen=True)
class Terms:
    """The référentiel: enjeu and thème of each service.

    Attributes
    ----------
    services
        Code of a service → code of its enjeu, code of its thème.
    enjeux, themes
        All their codes, those without any service too.
    """

    services: Mapping[str, tuple[str, str]]
    enjeux: frozenset[str]
    themes: frozenset[str]


@dataclass(frozen=True)
class LieuxFilter:
    """Which lieux a tile keeps; a field that is None keeps all.

    Attributes
    ----------
    service, enjeu, theme
        The lieu gives a service that is, or is in, all of those that are said.
    niveau, code
        Its commune is in that territory.
    """

    service: str | None = None
    enjeu: str | None = None
    theme: str | None = None
    niveau: str | None = None
    code: str | None = None

    @property
    def query(self) -> str:
        """Query string, in one spelling only."""
        values = {name: getattr(self, name) for name in PARAMETERS}
        return urlencode({name: value for name, value in values.items() if value}, quote_via=quote)

    def services(self, terms: Terms) -> list[str] | None:
        """Services of which the lieu gives one, sorted; None where any lieu is kept."""
        if self.service is None and self.enjeu is None and self.theme is None:
            return None
        return sorted(
            service
            for service, (enjeu, theme) in terms.services.items()
            if self.service in {None, service}
            and self.enjeu in {None, enjeu}
            and self.theme in {None, theme}
        )

    def check(self, terms: Terms) -> None:
        """Refuse codes that the référentiel does not have.

        Raises
        ------
        ProblemError
            400, with the closest code.
        """
        for name, value, codes in (
            ("service", self.service, terms.services.keys()),
            ("enjeu", self.enjeu, terms.enjeux),
            ("theme", self.theme, terms.themes),
        ):
            if value is None or value in codes:
                continue
            detail = (
                f"Le paramètre « {name} » = « {value[:_SHOWN]} » n’est pas un code du référentiel."
            )
            near = get_close_matches(value[:_SHOWN].lower(), sorted(codes), n=1)
            if near:
                detail += f" Vouliez-vous dire « {near[0]} » ?"
            raise ProblemError(400, f"{detail} Les codes sont à /api/referentiel.")


def read_filter(query_string: bytes) -> LieuxFilter:
    """Read the parameters of an address; an empty one is as good as none.

    Raises
    ------
    ProblemError
        400 for a parameter that does not exist, is given twice, or lacks its fellow.
    """
    if len(query_string) > _LONGEST_QUERY:
        raise ProblemError(
            400, f"Les paramètres de cette adresse dépassent {_LONGEST_QUERY} caractères."
        )
    found: dict[str, str] = {}
    pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
    for name, value in pairs:
        if name not in PARAMETERS:
            raise ProblemError(
                400,
                f"Le paramètre « {name[:_SHOWN]} » n’existe pas ici. "
                f"Paramètres possibles : {', '.join(PARAMETERS)}.",
            )
        if name in found:
            raise ProblemError(400, f"Le paramètre « {name} » est donné plusieurs fois.")
        if "\0" in value:
            raise ProblemError(400, f"Le paramètre « {name} » contient un caractère nul.")
        found[name] = value
    kept = {name: value for name, value in found.items() if value}
    if ("niveau" in kept) != ("code" in kept):
        raise ProblemError(
            400,
            "Un territoire se désigne par « niveau » et « code » ensemble, par exemple "
            "niveau=departement&code=35.",
        )
    return LieuxFilter(**kept)
