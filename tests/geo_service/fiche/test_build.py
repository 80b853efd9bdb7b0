"""The fonts of the fiche."""

from __future__ import annotations

import io

from fontTools.ttLib import TTFont

from geo_service.fiche import build

LATIN = build.FONTS / "source-sans-3" / "files" / "source-sans-3-latin-wght-normal.woff2"


def test_a_weight_is_cut_out_of_the_font_of_the_pages() -> None:
    first, again = io.BytesIO(), io.BytesIO()
    build.face([LATIN], 600, "Atlas Essai").save(first)
    build.face([LATIN], 600, "Atlas Essai").save(again)
    assert first.getvalue() == again.getvalue()
    font = TTFont(io.BytesIO(first.getvalue()))
    assert "fvar" not in font
    assert font["OS/2"].usWeightClass == 600
    # Its licence reserves the name of the original.
    names = [str(name) for name in font["name"].names if name.nameID != 0]
    assert not any("Source" in name for name in names)
    assert font["name"].getDebugName(1) == "Atlas Essai"
    narrow = font.getBestCmap()[0x202F]
    width, _ = font["hmtx"][narrow]
    assert 0 < width < font["hmtx"][font.getBestCmap()[0xA0]][0] + 1
    assert width == round(font["head"].unitsPerEm * 0.2)


def test_ranges_hold_the_codes_and_no_other() -> None:
    assert build.ranges({5, 1, 2, 3, 9}) == [(1, 3), (5, 5), (9, 9)]
    assert build.ranges(set()) == []
