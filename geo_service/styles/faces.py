"""The font of the pages as plain files, for what draws text without a browser.

A picture (:mod:`geo_service.maps`) takes static TrueType files where pages take one variable WOFF2
file. Its drawing also needs the width of every character, to know where a name fits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

#: Name of the font in its own tables: that of the original is reserved by its licence.
FAMILY = "Atlas Texte"
#: Widths are told in thousandths of the size of the text.
_EM = 1000

#: Records of table ``name`` (OpenType specification): family, style, unique id, full name,
#: PostScript name, typographic family and style, and the prefix of variations.
_FAMILY, _STYLE, _ID, _FULL, _POSTSCRIPT, _TYPO_FAMILY, _TYPO_STYLE, _PREFIX = (
    1, 2, 3, 4, 6, 16, 17, 25,
)  # fmt: skip
_TRADEMARK, _REGULAR_STYLE = 7, 400


def write_faces(paths: Iterable[Path], weights: Mapping[str, float], target: Path) -> None:
    """Write one TrueType file for each weight, and ``largeurs.json``.

    Parameters
    ----------
    paths
        Files of the variable font, each with its characters.
    weights
        Value of the axis ``wght`` by name of face; the last word of a name is that of the style.
    target
        Folder that exists.

    Notes
    -----
    ``largeurs.json`` holds, by weight, the advance of every character in thousandths of an em;
    kerning is left out, so that a text is never wider than told by more than a hair.
    """
    files = list(paths)
    dates = TTFont(files[0])["head"]
    widths: dict[str, dict[str, int]] = {}
    for name, weight in weights.items():
        font = _whole(files, weight)
        _rename(font, name.split()[-1], round(weight))
        # The date of the making would change the bytes.
        font.recalcTimestamp = False
        font["head"].created, font["head"].modified = dates.created, dates.modified
        font.save(target / f"{name.replace(' ', '-')}.ttf")
        scale = _EM / font["head"].unitsPerEm
        advances = font["hmtx"].metrics
        widths[str(round(weight))] = {
            chr(code): round(advances[glyph][0] * scale)
            for code, glyph in sorted(font.getBestCmap().items())
        }
    text = json.dumps(widths, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    (target / "largeurs.json").write_text(text + "\n", encoding="utf-8")


def _whole(files: list[Path], weight: float) -> TTFont:
    """One static font with the characters of all the files."""
    parts = []
    for file in files:
        font = TTFont(file)
        static = instantiateVariableFont(font, {"wght": weight}, inplace=True)
        static.flavor = None
        packed = BytesIO()
        static.save(packed)
        packed.seek(0)
        parts.append(packed)
    return Merger().merge(parts)


def _rename(font: TTFont, style: str, weight: int) -> None:
    names = font["name"]
    regular = weight == _REGULAR_STYLE
    texts = {
        _FAMILY: FAMILY if regular else f"{FAMILY} {style}",
        _STYLE: "Regular",
        _ID: f"{FAMILY} {style}",
        _FULL: f"{FAMILY} {style}",
        _POSTSCRIPT: f"{FAMILY}-{style}".replace(" ", ""),
        _TYPO_FAMILY: FAMILY,
        _TYPO_STYLE: style,
    }
    for record in (*texts, _TRADEMARK, _PREFIX):
        names.removeNames(nameID=record)
    for record, text in texts.items():
        names.setName(text, record, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
