"""What database servers say of themselves, how late they are, and whose word is followed.

Nothing here connects: :mod:`geo_service.database_servers` looks at the servers and
:mod:`geo_service.replicas` reads from them. The reasons for all of it are in
``docs/architecture.md``, « Read replicas ».
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

#: Seconds of lag beyond which a replica is asked last. A standby that replays is held up by its own
#: queries for 30 s at most (``max_standby_streaming_delay``): one that is twice as late is ill. The
#: log of a national publication (0.5 GB) was replayed less than 1 s behind, on a busy machine.
MAX_LAG: Final = 60.0

#: Positions noted at most, whatever the lag that is allowed: an hour of changes.
_NOTES: Final = 3600

_NEVER = datetime.min.replace(tzinfo=UTC)


class Motive(StrEnum):
    """Why a server is left out."""

    AWAY = "absente"
    LACKING = "sans_publication"
    LATE = "en_retard"


@dataclass(frozen=True)
class Active:
    """The publication that readers see.

    Attributes
    ----------
    publication
        Its id.
    activated
        When it was last made active, by the clock of the server that was written to.
    """

    publication: str
    activated: datetime | None


@dataclass(frozen=True)
class Glimpse:
    """What one server told at one look. Positions are bytes of write-ahead log since the first.

    Attributes
    ----------
    standby
        Whether it is in recovery: it replays what a primary wrote.
    position
        Of a standby, a position whose changes the rest of this glimpse holds; of another server,
        one that holds all that the rest of this glimpse shows.
    received
        What it has on its disk: of a standby, received but perhaps not replayed yet.
    replay_age
        Seconds since the last transaction that a standby replayed was committed; grows while the
        primary writes nothing.
    active
        The publication that its catalogue says is active.
    held
        Publications of its catalogue. The row of a publication is committed after all its tables,
        and dropped with them, so one that is listed is there whole.
    """

    standby: bool
    position: int
    received: int
    replay_age: float | None
    active: Active | None
    held: frozenset[str]


@dataclass(frozen=True)
class Lag:
    """How far a server is behind what is known to have been written.

    Attributes
    ----------
    seconds
        Since when something is written that it does not show.
    octets
        Bytes of write-ahead log between the two.
    """

    seconds: float
    octets: int


class Horizon:
    """How far the write-ahead log went and when, as seen by this process.

    ``now() - pg_last_xact_replay_timestamp()`` grows while nothing is written, and compares the
    clocks of two machines. So positions are noted with the time of this process at which they were
    seen, and a standby is late since the first of them that is beyond its own.

    Parameters
    ----------
    keep
        Seconds of notes kept: no lag is told finer beyond.
    """

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._seen: deque[tuple[float, int]] = deque(maxlen=_NOTES)

    def see(self, position: int, now: float) -> None:
        """Note a position.

        Parameters
        ----------
        position
            How far the log went: that of the primary, or where it is away the furthest received by
            a standby. A lower one than before is a new story (another primary, or the end of the
            log was lost with it): what was noted is forgotten.
        now
            Seconds, monotonic.
        """
        if self._seen and position < self._seen[-1][1]:
            self._seen.clear()
        if not self._seen or position > self._seen[-1][1]:
            self._seen.append((now, position))
        while len(self._seen) > 1 and now - self._seen[1][0] > self._keep:
            self._seen.popleft()

    def lag(self, glimpse: Glimpse, now: float) -> Lag:
        """Tell how late a standby is."""
        octets = max(0, self._seen[-1][1] - glimpse.position) if self._seen else 0
        if not octets:
            return Lag(0.0, 0)
        first, oldest = self._seen[0]
        if glimpse.position < oldest and now > first:
            # Late since before the notes: what it replayed last bounds that from above.
            return Lag(max(now - first, glimpse.replay_age or 0.0), octets)
        since = next(when for when, position in self._seen if position > glimpse.position)
        return Lag(now - since, octets)


class ActiveFollower:
    """Knows which publication is active from servers some of which are late.

    The primary is believed, whatever it says: somebody who goes back to an older publication is
    followed. While it is away a standby is believed only if it replayed all that was known when the
    present publication was learnt: what it says then is either the same or came after. A server
    that is neither (a copy, or a standby that was promoted) has a log of its own, which cannot be
    compared: it is believed when what it says was activated later.
    """

    def __init__(self) -> None:
        self._known: Active | None = None
        # Position that holds the activation of what is known; None where it came from a copy.
        self._position: int | None = None

    @property
    def known(self) -> Active | None:
        """What was followed last."""
        return self._known

    def hear(self, primary: Glimpse | None, others: Iterable[Glimpse]) -> Active | None:
        """Follow what servers say.

        Parameters
        ----------
        primary
            What the primary says; None while it is away, or is itself a standby.
        others
            What the others say.

        Returns
        -------
        Active or None
            What is active; None when the primary says that nothing is, or nobody ever told.
        """
        if primary is not None:
            if primary.active != self._known or self._position is None:
                self._known, self._position = primary.active, primary.position
        else:
            told = [glimpse for glimpse in others if glimpse.active is not None]
            standbys = sorted(
                (glimpse for glimpse in told if glimpse.standby), key=lambda one: one.position
            )
            # Of the standbys the most advanced alone: the others' word is older.
            heard = standbys[-1:] + [glimpse for glimpse in told if not glimpse.standby]
            later = [glimpse for glimpse in heard if self._is_later(glimpse)]
            if later:
                chosen = max(later, key=lambda one: _when(one.active))
                self._known = chosen.active
                self._position = chosen.position if chosen.standby else None
        self._settle(others)
        return self._known

    def _is_later(self, glimpse: Glimpse) -> bool:
        if self._known is None:
            return True
        if glimpse.standby and self._position is not None:
            return glimpse.active != self._known and glimpse.position >= self._position
        return _when(glimpse.active) > _when(self._known)

    def _settle(self, others: Iterable[Glimpse]) -> None:
        """Place the activation more exactly: a standby that shows it proves it is before there."""
        for glimpse in others:
            shows = glimpse.standby and glimpse.active == self._known
            if shows and self._position is not None:
                self._position = min(self._position, glimpse.position)


def _when(active: Active | None) -> datetime:
    return (active.activated if active is not None else None) or _NEVER
