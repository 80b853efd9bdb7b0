"""What happens on the way: to the database, to the object store."""

from __future__ import annotations

from tests.faults.playing import Fault, Play

#: Seconds added to each round trip.
_LATENCY = 2.0
#: Longer than the longest query may last, and than what waits for it.
_SILENCE = 12.0


def cut(play: Play) -> None:
    """Reset every connection to the database, and refuse new ones."""
    play.breaking()
    play.site.link.cut()
    play.hold()
    play.site.link.mend()
    play.mended()


def silence(play: Play) -> None:
    """Let nothing through, and close nothing: nobody is told."""
    play.breaking()
    play.site.link.freeze()
    play.hold(_SILENCE)
    play.site.link.mend()
    play.mended()


def latency(play: Play) -> None:
    """Make each round trip two seconds longer."""
    play.breaking()
    play.site.link.delay = _LATENCY
    play.hold(_SILENCE)
    play.site.link.mend()
    play.mended()


def store(play: Play) -> None:
    """Cut the network to the object store that tiles are read from."""
    play.breaking()
    play.site.store_link.cut()
    play.hold()
    play.site.store_link.mend()
    play.mended()


def silent_store(play: Play) -> None:
    """Let nothing of the object store through: it answers no request."""
    play.breaking()
    play.site.store_link.freeze()
    play.hold(_SILENCE)
    play.site.store_link.mend()
    play.mended()


FAULTS = [
    Fault("coupure", "réseau coupé vers la base, 5 s", cut),
    Fault("silence", "base muette (réseau sans réponse), 12 s", silence),
    Fault("latence", "2 s de latence vers la base, 12 s", latency),
    Fault("stockage", "stockage d'objets absent, 5 s", store, reads="bucket_api", cold=True),
    Fault(
        "stockage-muet", "stockage d'objets muet, 12 s", silent_store, reads="bucket_api", cold=True
    ),
]
