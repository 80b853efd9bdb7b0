"""Colours of static maps: those of the interactive one (``web/src/map/palette.ts``).

The ramp goes from pale yellow to deep blue and its lightness falls at every step, so that it reads
in grey and with any colour vision deficiency. Statuts oppose blue and orange, absent has dots as
well, and what is not known is hatched, never only coloured.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

DEEPEST: Final = "#123a6b"
RAMP: Final = ("#fdf1c3", "#c6e2b5", "#7fc8b4", "#3a9fac", "#1d6a97", DEEPEST)

#: Statuts in the order of a legend, and what they are called and mean.
STATUTS: Final = ("present", "partage", "absent", "non_renseigne")
LABELS: Final = {
    "present": "Présent",
    "partage": "Partagé",
    "absent": "Absent",
    "non_renseigne": "Non renseigné",
}
MEANINGS: Final = {
    "present": "une action ou un lieu y est",
    "partage": "porté pour elle par un échelon supérieur",
    "absent": "constaté par une source complète\u00a0: un manque",
    "non_renseigne": "personne ne l’a dit\u00a0: une question",
}


@dataclass(frozen=True)
class Theme:
    """Colours of a scheme.

    Attributes
    ----------
    paper
        Ground of title and legend.
    sea, land
        Ground of the map: outside and inside the country.
    border, frontier, limit
        Borders of what is drawn, of the territory the map is about, and of larger ones.
    ink, quiet, halo
        Of names; of what is secondary; around names.
    present, partage, absent, dot
        Statuts; dots over absent.
    silence, hatch
        What is not known.
    """

    paper: str
    sea: str
    land: str
    border: str
    frontier: str
    limit: str
    ink: str
    quiet: str
    halo: str
    present: str
    partage: str
    absent: str
    dot: str
    silence: str
    hatch: str


LIGHT: Final = Theme(
    paper="#ffffff",
    sea="#e6eef0",
    land="#f7f8f4",
    border="#ffffff",
    frontier="#10262d",
    limit="#40565e",
    ink="#10262d",
    quiet="#47606a",
    halo="#ffffff",
    present="#3a83a8",
    partage="#a9d4e6",
    absent="#ec8c4a",
    dot="#8a3f0f",
    silence="#f3f0e8",
    hatch="#a39d8e",
)
DARK: Final = Theme(
    paper="#12222a",
    sea="#0f1d23",
    land="#22343b",
    border="#16262c",
    frontier="#f4f8f7",
    limit="#dbe7e6",
    ink="#f4f8f7",
    quiet="#a9bfc5",
    halo="#0f1d23",
    present="#4b9fd0",
    partage="#a9daf0",
    absent="#f0883f",
    dot="#5c2606",
    silence="#3a4448",
    hatch="#7e898c",
)

#: Classes of what is drawn, the property each sets and the colour of the theme it takes.
ROLES: Final = {
    "ca-papier": ("fill", "paper"),
    "ca-mer": ("fill", "sea"),
    "ca-terre": ("fill", "land"),
    "ca-cote": ("stroke", "limit"),
    "ca-bord": ("stroke", "border"),
    "ca-limite": ("stroke", "limit"),
    "ca-contour": ("stroke", "frontier"),
    "ca-aureole": ("stroke", "halo"),
    "ca-encre": ("fill", "ink"),
    "ca-discret": ("fill", "quiet"),
    "ca-trait": ("stroke", "ink"),
    "ca-halo": ("stroke", "halo"),
    "ca-present": ("fill", "present"),
    "ca-partage": ("fill", "partage"),
    "ca-absent": ("fill", "absent"),
    "ca-silence": ("fill", "silence"),
    "ca-point": ("fill", "dot"),
    "ca-hachure": ("stroke", "hatch"),
}


def ramp(count: int) -> list[str]:
    """Give `count` colours evenly spread along the ramp, the last the deepest."""
    if count <= 1:
        return [DEEPEST] * count
    return [_along((i * (len(RAMP) - 1)) / (count - 1)) for i in range(count)]


def _along(position: float) -> str:
    """Colour at a position of the ramp, mixed from the two stops around it."""
    below, above, share = RAMP[floor(position)], RAMP[ceil(position)], position % 1
    mixed = (
        int(below[at : at + 2], 16) * (1 - share) + int(above[at : at + 2], 16) * share
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{floor(channel + 0.5):02x}" for channel in mixed)


#: Least contrast of a text (WCAG 2.2, 1.4.3).
_READABLE: Final = 4.5


def ink_on(colour: str) -> str:
    """Choose the colour of a text on a colour: ours if it is read, else white, else black.

    Black or white always reaches 4.5, since 21, the contrast of the two, is more than its square.
    """
    inks = (LIGHT.ink, "#ffffff", "#000000")
    return next(ink for ink in inks if contrast(ink, colour) >= _READABLE)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def rules(theme: Theme, end: str = "") -> str:
    """Write the style sheet of a theme: one rule for each class of :data:`ROLES`."""
    return "".join(
        f".{name}{{{what}:{getattr(theme, role)}}}{end}" for name, (what, role) in ROLES.items()
    )


#: A link that is pointed at has a line of its own. One that has the focus has a frame too, and the
#: others fade: their neighbours' colours are drawn over any line. Lengths are units of the paths.
_LINKS: Final = """\
.carte-fixe { display: block; width: 100%; height: auto; font-family: var(--texte, sans-serif); }
.carte-fixe a { cursor: pointer; }
.carte-fixe a:focus-visible { outline: 18px solid #ffc233; outline-offset: 6px; }
.carte-fixe:has(a:focus-visible) a:not(:focus-visible) { opacity: 0.4; }
.carte-fixe a:is(:hover, :focus-visible) :is(path, circle) { stroke: INK; stroke-width: 14px; }
"""


def style_sheet() -> str:
    """Write what a page that holds inline maps adds to its style sheet.

    Returns
    -------
    str
        Size, links, and the dark scheme; ``web/src/styles/static-map.css`` is the same.
    """
    dark = "".join(f"  {rule}\n" for rule in rules(DARK, "\n").splitlines())
    focus = _LINKS.splitlines()[-1].replace("INK", DARK.ink)
    return (
        f"{_LINKS.replace('INK', LIGHT.ink)}@media (prefers-color-scheme: dark) {{\n"
        f"{dark}  {focus}\n}}\n"
    )
