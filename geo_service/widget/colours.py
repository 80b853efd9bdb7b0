"""The accent colour a town chooses: read strictly, and made to be read by everybody."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass
from typing import Final

#: Grounds of the widget, light and dark (``web/src/styles/widget-page.css``).
GROUNDS: Final = {"clair": "#ffffff", "sombre": "#12222a"}
#: Its colours, by ground.
DEFAULTS: Final = {"clair": "#0a5f73", "sombre": "#86d3e2"}
#: Least contrast of text with its ground (WCAG 2.2, criterion 1.4.3, level AA).
LEAST: Final = 4.5

_HEX = re.compile(r"#?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")
#: From this value a channel of sRGB is not linear, and its exponent beyond (IEC 61966-2-1, as
#: WCAG 2.2 defines relative luminance).
_LINEAR, _EXPONENT = 0.04045, 2.4
_SHORT = 3
#: Steps of lightness in which a colour is moved.
_STEPS = 100


def read_colour(text: str) -> str | None:
    """Read a colour as ``#rrggbb`` in lower case.

    Parameters
    ----------
    text
        Three or six hexadecimal digits, with or without ``#``.

    Returns
    -------
    str or None
        None for anything else: no other text ever reaches a stylesheet.
    """
    found = _HEX.fullmatch(text.strip())
    if found is None:
        return None
    digits = found[1].lower()
    if len(digits) == _SHORT:
        digits = "".join(digit * 2 for digit in digits)
    return f"#{digits}"


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def luminance(colour: str) -> float:
    """Relative luminance of a colour ``#rrggbb``, from 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        value / 12.92 if value <= _LINEAR else ((value + 0.055) / 1.055) ** _EXPONENT
        for value in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours ``#rrggbb``, from 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, ground: str) -> str:
    """Give the nearest lightness of a colour that can be read on a ground.

    Parameters
    ----------
    colour, ground
        ``#rrggbb``.

    Returns
    -------
    str
        The colour itself when its contrast is at least :data:`LEAST`; else its hue, darker on a
        light ground, lighter on a dark one, by steps of a hundredth.
    """
    if contrast(colour, ground) >= LEAST:
        return colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    end = 0.0 if luminance(ground) > luminance("#808080") else 1.0
    for step in range(1, _STEPS + 1):
        moved = lightness + (end - lightness) * step / _STEPS
        rgb = colorsys.hls_to_rgb(hue, moved, saturation)
        found = "#" + "".join(f"{round(value * 255):02x}" for value in rgb)
        if contrast(found, ground) >= LEAST:
            return found
    raise AssertionError("black and white can be read on any ground of the widget")


@dataclass(frozen=True)
class Accent:
    """The accent of a widget.

    Attributes
    ----------
    asked
        The colour chosen, None for the widget's own.
    light, dark
        What is drawn on each ground.
    """

    asked: str | None
    light: str
    dark: str

    def changed(self, ground: str) -> str | None:
        """Give what is drawn on a ground (``clair``, ``sombre``) when it is not what was asked."""
        drawn = self.light if ground == "clair" else self.dark
        return drawn if self.asked is not None and drawn != self.asked else None


#: Accent of a widget whose town chose none.
OWN_ACCENT: Final = Accent(None, DEFAULTS["clair"], DEFAULTS["sombre"])


def accent_of(colour: str | None) -> Accent:
    """Make the accent of a colour ``#rrggbb``; of None, the widget's own."""
    if colour is None:
        return OWN_ACCENT
    return Accent(colour, readable(colour, GROUNDS["clair"]), readable(colour, GROUNDS["sombre"]))
