"""Builds the fonts of the fiche: ``python -m geo_service.fiche.build [FOLDER]``.

FOLDER holds the two font packages; without it, they are where npm installs them for the pages.

Typst reads TrueType and knows a weight by its file, while the pages have one variable WOFF2 for
each set of characters: each weight used is cut out of them. The same sources give the same bytes.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph
from fontTools.varLib import instancer

from geo_service.fiche.fonts import BUILT, CHARACTERS, TEXT, TITLE
from geo_service.new_folder import new_folder

#: Where npm installs the fonts of the pages (both under the SIL Open Font License 1.1).
FONTS = Path(__file__).parents[1] / "web/node_modules/@fontsource-variable"

#: Sets of characters of each family, by package, and its weights.
_FACES = (
    (
        "source-sans-3",
        dict(zip(TEXT, (("latin", "latin-ext"), ("vietnamese",), ("greek",), ("cyrillic",)),
                 strict=True)),
        (400, 600, 700),
    ),
    ("bricolage-grotesque", {TITLE[0]: ("latin", "latin-ext")}, (700,)),
)  # fmt: skip

#: The narrow no-break space of French, that neither font has, and a fifth of an em, its width
#: (Imprimerie nationale: the « espace fine »).
_NARROW, _NARROW_EM = 0x202F, 0.2


def face(paths: Sequence[Path], weight: int, family: str) -> TTFont:
    """Cut one weight out of a variable font.

    Parameters
    ----------
    paths
        Files of the variable font, each with its characters.
    weight
        Value of its axis ``wght``.
    family
        Name to give it: the licences reserve that of the original.

    Returns
    -------
    TTFont
        Static TrueType with the characters of all the files and a narrow no-break space.
    """
    parts = []
    for path in paths:
        part = instancer.instantiateVariableFont(TTFont(path), {"wght": weight}, inplace=True)
        part.flavor = None
        # Hints are for screens of low resolution.
        for table in ("prep", "fpgm", "cvt ", "gasp", "STAT"):
            if table in part:
                del part[table]
        packed = BytesIO()
        part.save(packed)
        parts.append(packed)
    font = Merger().merge(parts)
    # The date of the making would change the bytes.
    font.recalcTimestamp = False
    dates = TTFont(paths[0])["head"]
    font["head"].created, font["head"].modified = dates.created, dates.modified
    _name(font, family, weight)
    if " " in map(chr, font.getBestCmap()):
        _add_narrow_space(font)
    return font


def _name(font: TTFont, family: str, weight: int) -> None:
    table = font["name"]
    copyright_ = table.getDebugName(0)
    table.names = []
    style = "Bold" if weight == 700 else "Regular"  # noqa: PLR2004 (the weight called bold)
    postscript = f"{family.replace(' ', '')}-{weight}"
    texts = {
        **({0: copyright_} if copyright_ else {}),
        1: family,  # typst reads this one, and the weight in the table OS/2
        2: style,
        3: postscript,
        4: f"{family} {weight}",
        6: postscript,
        13: "SIL Open Font License 1.1",
        16: family,
        17: str(weight),
    }
    for number, text in texts.items():
        table.setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = 0x20 if style == "Bold" else 0x40
    font["head"].macStyle = 1 if style == "Bold" else 0


def _add_narrow_space(font: TTFont) -> None:
    name = "uni202F"
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    font["glyf"].glyphs[name] = Glyph()
    font["glyf"].glyphOrder = font.getGlyphOrder()
    font["hmtx"].metrics[name] = (round(font["head"].unitsPerEm * _NARROW_EM), 0)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[_NARROW] = name


def ranges(codes: Iterable[int]) -> list[tuple[int, int]]:
    """Write a set of code points as ranges, both ends included."""
    found: list[tuple[int, int]] = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


def build(source: Path, target: Path) -> None:
    """Write the fonts, then put them in place at once.

    Parameters
    ----------
    source
        Folder of the two packages.
    target
        Folder to make anew.
    """
    characters: dict[str, list[tuple[int, int]]] = {}
    with new_folder(target) as making:
        for package, families, weights in _FACES:
            folder = source / package
            for family, sets in families.items():
                paths = [folder / "files" / f"{package}-{name}-wght-normal.woff2" for name in sets]
                for weight in weights:
                    font = face(paths, weight, family)
                    font.save(making / f"{family.replace(' ', '')}-{weight}.ttf")
                    characters[family] = ranges(font.getBestCmap())
            shutil.copyfile(folder / "LICENSE", making / f"LICENCE-{package}.txt")
        text = json.dumps(characters, indent=1) + "\n"
        (making / CHARACTERS).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FONTS
    if not folder.is_dir():
        sys.exit(f"Les polices ne sont pas là : {folder}. Lancez « make setup ».")
    build(folder, BUILT)
