"""A drawing as a PNG picture, with our own fonts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Final

from geo_service.faults import InstallationError
from geo_service.styles.palette import BUILT

#: Run in a process of its own, never imported here: the server does without its library.
_PROGRAM: Final = Path(__file__).parent / "rasterise.py"
#: Seconds a picture may take; the largest takes two on one busy core.
_PATIENCE: Final = 30.0


def _fonts() -> list[Path]:
    found = sorted((BUILT / "faces").glob("*.ttf"))
    if not found:
        raise InstallationError(
            "Les polices des cartes ne sont pas construites. Lancez « make setup »."
        )
    return found


@cache
def drawn_by() -> str:
    """Name what decides the bytes of a picture besides its drawing: the engine, the fonts."""
    digest = blake2b(digest_size=8)
    for path in _fonts():
        digest.update(path.read_bytes())
    return f"resvg-py {version('resvg-py')} {digest.hexdigest()}"


async def to_png(svg: str, scale: float = 1.0) -> bytes:
    """Draw a picture.

    Parameters
    ----------
    svg
        A drawing of :func:`geo_service.maps.draw_territory`, not inline.
    scale
        Pixels of the picture for one of the drawing.

    Returns
    -------
    bytes
        PNG. Text is in our own fonts, never in one of the machine's.

    Raises
    ------
    InstallationError
        If the fonts were not built.
    RuntimeError
        If the drawing cannot be drawn.
    """
    return await asyncio.to_thread(_draw, svg, scale)


def _draw(svg: str, scale: float) -> bytes:
    command = [sys.executable, "-I", str(_PROGRAM), f"{scale:g}", *map(str, _fonts())]
    done = subprocess.run(  # noqa: S603 (our own file, by the interpreter that runs this)
        command, input=svg.encode(), capture_output=True, timeout=_PATIENCE, check=False
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"no picture: {done.stderr.decode(errors='replace')[-500:]}")
    return done.stdout
