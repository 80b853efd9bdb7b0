"""What an embed code may say: the parameters of a widget, of every version that was given out.

An embed code lives in pages nobody will ever edit again. Its address, its parameters and their
meanings are therefore a promise (``docs/widget.md``): version 1 is what is written here, and
``tests/geo_service/widget/codes-v1.json`` holds codes that must go on working. A parameter that is
not known is left alone, since sites add their own to addresses (``utm_source``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from geo_service.api.parameters import TEXT, check_axes
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.french_sentences import NBSP
from geo_service.widget.colours import OWN_ACCENT, Accent, accent_of, read_colour

#: Versions whose codes are answered; a code without ``v`` is of the first.
VERSIONS: Final = ("1",)
LANGUAGES: Final = ("fr", "en")
GROUNDS: Final = ("auto", "clair", "sombre")
#: Names of the subjects, the narrowest first: that is what a code with several is about.
AXES: Final = ("service", "enjeu", "theme")

#: Height of a widget in CSS pixels, when nothing is said, and its bounds.
HEIGHT, LEAST_HEIGHT, MOST_HEIGHT = 640, 240, 2000


def refused(name: str, value: str, reason: str) -> Problem:
    """Make the 400 of a parameter whose value is refused."""
    return Problem(
        400,
        f"Le paramètre «{NBSP}{name}{NBSP}» = «{NBSP}{value[:40]}{NBSP}» est refusé{NBSP}: "
        f"{reason}",
        {"parametres": [{"nom": name, "motif": "valeur_refusee"}]},
    )


@dataclass(frozen=True)
class Options:
    """A widget, but for its territory.

    Attributes
    ----------
    axis, code
        ``service``, ``enjeu`` or ``theme`` and its code; both None for all services.
    langue
        Language of the labels.
    accent
        Colours of links and buttons.
    fond
        ``clair``, ``sombre``, or ``auto`` for what the visitor prefers.
    hauteur
        Height the widget is made for, CSS pixels.
    titre
        Title in place of the widget's own; None for that.
    """

    axis: str | None = None
    code: str | None = None
    langue: str = "fr"
    accent: Accent = OWN_ACCENT
    fond: str = "auto"
    hauteur: int = HEIGHT
    titre: str | None = None

    def subject(self) -> dict[str, str]:
        """Give the parameter that names the subject, none for all services."""
        return {} if self.axis is None or self.code is None else {self.axis: self.code}

    def parameters(self) -> dict[str, str]:
        """Give the parameters in one spelling and order, defaults left out."""
        given: dict[str, str | None] = {
            **self.subject(),
            "langue": self.langue if self.langue != LANGUAGES[0] else None,
            "couleur": self.accent.asked and self.accent.asked.removeprefix("#"),
            "fond": self.fond if self.fond != GROUNDS[0] else None,
            "hauteur": str(self.hauteur) if self.hauteur != HEIGHT else None,
            "titre": self.titre,
        }
        return {name: value for name, value in given.items() if value is not None}

    def query(self) -> str:
        """Give the query of an address, version included."""
        return urlencode({"v": VERSIONS[-1], **self.parameters()})


def language_of(values: Iterable[tuple[str, str]]) -> str:
    """Give the language asked, French when it is not one of ours: for cards that tell a fault."""
    asked = dict(values).get("langue", "")
    return asked if asked in LANGUAGES else LANGUAGES[0]


def read_options(values: Iterable[tuple[str, str]]) -> Options:
    """Read the parameters of a widget, whatever the order and whatever else is there.

    Parameters
    ----------
    values
        Names and values, decoded. An empty value is as good as none; of a name given twice the
        last one holds, as in a browser.

    Raises
    ------
    Problem
        400 for a value that no version has.
    """
    given = {name: value.strip() for name, value in values if value.strip()}
    version = given.get("v", VERSIONS[0])
    if version not in VERSIONS:
        raise refused("v", version, f"les versions sont {', '.join(VERSIONS)}.")
    axis = next((name for name in AXES if name in given), None)
    return Options(
        axis=axis,
        code=None if axis is None else given[axis][:TEXT],
        langue=_one_of(given, "langue", LANGUAGES),
        accent=accent_of(_colour(given)),
        fond=_one_of(given, "fond", GROUNDS),
        hauteur=_height(given),
        titre=_title(given),
    )


def check_subject(atlas: PublishedAtlas, options: Options) -> None:
    """Refuse a subject that the référentiel does not have.

    Raises
    ------
    Problem
        400, with the closest code.
    """
    check_axes(atlas, **options.subject())


def _one_of(given: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = given.get(name, allowed[0])
    if value not in allowed:
        raise refused(name, value, f"les valeurs possibles sont {', '.join(allowed)}.")
    return value


def _colour(given: Mapping[str, str]) -> str | None:
    text = given.get("couleur")
    if text is None:
        return None
    colour = read_colour(text)
    if colour is None:
        raise refused("couleur", text, "écrivez six chiffres hexadécimaux, par exemple 0a5f73.")
    return colour


def _height(given: Mapping[str, str]) -> int:
    text = given.get("hauteur")
    if text is None:
        return HEIGHT
    reason = f"un nombre de pixels de {LEAST_HEIGHT} à {MOST_HEIGHT} est attendu."
    # Digits alone: int() also takes signs, spaces and underscores.
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_HEIGHT))):
        raise refused("hauteur", text, reason)
    if not LEAST_HEIGHT <= int(text) <= MOST_HEIGHT:
        raise refused("hauteur", text, reason)
    return int(text)


def _title(given: Mapping[str, str]) -> str | None:
    text = given.get("titre")
    if text is None:
        return None
    if len(text) > TEXT:
        raise refused("titre", text, f"{TEXT} caractères au plus sont attendus.")
    return " ".join(text.split())
