"""Archives of tiles that are damaged on the disk while they are served."""

from __future__ import annotations

import os
from pathlib import Path

from tests.faults.playing import Fault, Play

#: PMTiles: the header and the directory of the root come first (16 384 bytes).
_DIRECTORY = 16_384


def _archives(play: Play) -> list[Path]:
    folder = play.site.topology.state / "publications" / play.site.topology.publication
    return sorted(folder.glob("*.pmtiles"))


def _repair(play: Play) -> None:
    """Do what the page of faults tells the operator to."""
    code, said = play.site.load()
    play.expect(right=code == 0, otherwise=f"la réparation a échoué : {said[-200:]}")
    play.mended()


def changed(play: Play) -> None:
    """Change bytes of the tiles of every archive, in the middle."""
    play.breaking()
    for path in _archives(play):
        size = path.stat().st_size
        with path.open("r+b") as archive:
            archive.seek(max(_DIRECTORY, size // 3))
            archive.write(os.urandom(max(16, size // 3)))
    play.hold()
    _repair(play)
    play.remarks.append("Réparé par « geo-service etl run », qui refait les archives.")


def truncated(play: Play) -> None:
    """Cut every archive in the middle."""
    play.breaking()
    for path in _archives(play):
        os.truncate(path, path.stat().st_size // 2)
    play.hold()
    _repair(play)
    play.remarks.append("Réparé par « geo-service etl run », qui refait les archives.")


FAULTS = [
    Fault("archive-changee", "octets changés dans les archives de tuiles", changed),
    Fault("archive-coupee", "archives de tuiles coupées en deux", truncated),
]
