"""Builds the fonts and sprites of the styles: ``python -m geo_service.styles.build [FOLDER]``.

FOLDER holds the files of the font; without it, they are where npm installs them for the web pages.

The same sources give the same bytes. Nothing of this is needed to serve them: its libraries are in
the dependency group ``assets``.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from geo_service.new_folder import new_folder
from geo_service.styles.faces import write_faces
from geo_service.styles.glyphs import Face, ranges
from geo_service.styles.palette import BUILT, FACES, FIRSTS, LICENCE, SPRITE
from geo_service.styles.sprites import read_icons, sheet

#: Source Sans 3 (Adobe, SIL Open Font License 1.1), as the web pages install it. Its licence
#: reserves its name to the original, hence the names of :data:`FACES`.
FONT = Path(__file__).parents[1] / "web/node_modules/@fontsource-variable/source-sans-3/files"
_FILES = ("source-sans-3-latin-wght-normal.woff2", "source-sans-3-latin-ext-wght-normal.woff2")


def build(font: Path, target: Path) -> None:
    """Write the fonts and the sprites, then put them in place at once.

    Parameters
    ----------
    font
        Folder of the files of the font.
    target
        Folder to make anew.
    """
    with new_folder(target) as making:
        for name, weight in FACES.items():
            folder = making / "fonts" / name
            folder.mkdir(parents=True)
            face = Face([font / file for file in _FILES], weight)
            for file, content in ranges(face, name, FIRSTS):
                (folder / file).write_bytes(content)
        shutil.copyfile(LICENCE, making / "fonts" / LICENCE.name)
        (making / "faces").mkdir()
        write_faces([font / file for file in _FILES], FACES, making / "faces")
        (making / "sprites").mkdir()
        icons = read_icons()
        for density, suffix in ((1, ""), (2, "@2x")):
            picture, places = sheet(icons, density)
            (making / "sprites" / f"{SPRITE}{suffix}.png").write_bytes(picture)
            text = json.dumps(places, indent=1, sort_keys=True) + "\n"
            (making / "sprites" / f"{SPRITE}{suffix}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else FONT
    if not source.is_dir():
        sys.exit(f"La police n’est pas là : {source}. Lancez « make setup ».")
    build(source, BUILT)
