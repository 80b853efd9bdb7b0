"""Names and colours that the styles share with who builds and serves their fonts and sprites."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: Where fonts and sprites are built, and the licence of the font.
BUILT = Path(__file__).parent / "built"
LICENCE = Path(__file__).parent / "OFL.txt"

#: Weights of the font, by the name styles give in ``text-font``.
FACES = {"Atlas Texte Regular": 400, "Atlas Texte Semibold": 600, "Atlas Texte Bold": 700}
REGULAR, SEMIBOLD, BOLD = ([name] for name in FACES)

#: First characters of the ranges drawn: Latin, its extension (œ, Ÿ), punctuation (’, €), arrows.
FIRSTS = (0, 256, 8192, 8448)

SPRITE = "atlas"


@dataclass(frozen=True)
class Theme:
    """Colours of a style.

    Attributes
    ----------
    dark
        Whether the map is dark.
    sea, land, unknown
        Grounds; ``unknown`` is that of territories nobody spoke of, under ``hatch``.
    border, frontier
        Borders of the level drawn, and of the levels above it.
    ink, halo
        Of the names.
    hatch
        Icon of the hatching.
    cluster, cluster_edge, cluster_ink
        Discs of grouped lieux, and their counts.
    """

    dark: bool
    sea: str
    land: str
    unknown: str
    border: str
    frontier: str
    ink: str
    halo: str
    hatch: str
    cluster: str
    cluster_edge: str
    cluster_ink: str


LIGHT = Theme(
    dark=False,
    sea="#e6eef0",
    land="#fbfbf8",
    unknown="#f3f0e8",
    border="#b9c5c6",
    frontier="#40565e",
    ink="#10262d",
    halo="#ffffff",
    hatch="hachures",
    cluster="#1d6a97",
    cluster_edge="#ffffff",
    cluster_ink="#ffffff",
)
DARK = Theme(
    dark=True,
    sea="#0f1d23",
    land="#1b2c33",
    unknown="#3a4448",
    border="#3d5159",
    frontier="#dbe7e6",
    ink="#f4f8f7",
    halo="#0f1d23",
    hatch="hachures-sombre",
    cluster="#7fc8b4",
    cluster_edge="#0f1d23",
    cluster_ink="#10262d",
)

#: Rates, lowest class first on a light map: lightness falls at every step, so that classes are told
#: apart in grey and with any colour vision deficiency. Bounds are those between classes, closer
#: where open data alone puts most territories; fixed, so that two publications compare.
RATES = ("#fdf1c3", "#cfe4b7", "#97d1b4", "#5cb4b0", "#308da5", "#1b6290", "#123a6b")
RATE_BOUNDS = (0.1, 0.2, 0.3, 0.4, 0.6, 0.8)
