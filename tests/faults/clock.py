"""A clock that jumps: a virtual machine that wakes up, a time server that lies."""

from __future__ import annotations

import os
from pathlib import Path

from tests.faults.playing import Fault, Play
from tests.faults.site import FAKETIME, NotPlayedError

_JUMPS = ("+2d", "-2d", "+0")


def clock(play: Play) -> None:
    """Move the clock of the service two days on, then two days back, while it answers."""
    if FAKETIME is None:
        raise NotPlayedError("libfaketime n'est pas installé (apt-get install libfaketime)")
    file = play.site.folder / "horloge"
    file.write_text("+0\n", encoding="utf-8")
    moved = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        # What counts seconds does not jump when somebody sets the clock.
        "DONT_FAKE_MONOTONIC": "1",
    }
    settings = dict(play.api.settings)
    play.api.settings |= moved
    play.api.stop()
    play.api.start()
    try:
        play.breaking()
        for jump in _JUMPS:
            _write(file, jump)
            play.hold(3)
        play.mended()
    finally:
        play.api.settings.clear()
        play.api.settings.update(settings)
    play.remarks.append("Deux jours en avant, quatre en arrière, deux en avant.")


def _write(file: Path, text: str) -> None:
    draft = file.with_name("horloge.neuve")
    draft.write_text(f"{text}\n", encoding="utf-8")
    os.replace(draft, file)  # noqa: PTH105 (in one move, whoever reads it)


FAULTS = [Fault("horloge", "horloge de l'API qui saute de deux jours", clock)]
