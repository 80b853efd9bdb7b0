"""How late a server is, and whose word is followed, without any server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from geo_service.replication import Active, ActiveFollower, Glimpse, Horizon, Lag

_DAY = datetime(2026, 1, 1, tzinfo=UTC)
OLD, NEW = Active("a", _DAY), Active("b", _DAY + timedelta(hours=1))
BACK = Active("a", _DAY + timedelta(hours=2))


def primary(position: int, active: Active | None) -> Glimpse:
    return Glimpse(False, position, position, None, active, frozenset("ab"))


def standby(
    position: int,
    active: Active | None = None,
    *,
    age: float | None = None,
    received: int | None = None,
) -> Glimpse:
    return Glimpse(True, position, received or position, age, active, frozenset("a"))


# --- lag ---------------------------------------------------------------------------------------


def test_nothing_written_is_no_lag_however_old_the_last_transaction():
    horizon = Horizon(60)
    for now in (0, 1000, 2000):
        horizon.see(500, now)
    assert horizon.lag(standby(500, age=86_400), 2000) == Lag(0, 0)


def test_lag_counts_from_when_what_is_missing_was_written():
    horizon = Horizon(60)
    horizon.see(500, 0)
    horizon.see(500, 100)
    # Written just before this look: nobody can have replayed it.
    horizon.see(700, 110)
    assert horizon.lag(standby(500, age=110), 110) == Lag(0, 200)
    horizon.see(900, 120)
    assert horizon.lag(standby(500, age=120), 125) == Lag(15, 400)
    assert horizon.lag(standby(700, age=20), 125) == Lag(5, 200)
    assert horizon.lag(standby(900), 125) == Lag(0, 0)
    assert horizon.lag(standby(950), 125) == Lag(0, 0)


def test_late_since_before_anybody_looked():
    horizon = Horizon(60)
    horizon.see(500, 10)
    # One look proves nothing: it may be that nothing was replayed for want of being written.
    assert horizon.lag(standby(100, age=3600), 10) == Lag(0, 400)
    assert horizon.lag(standby(100, age=3600), 11) == Lag(3600, 400)
    assert horizon.lag(standby(100), 14) == Lag(4, 400)


def test_a_lag_longer_than_the_notes_is_still_beyond_them():
    horizon = Horizon(60)
    for now in range(1000):
        horizon.see(now, now)
    assert horizon.lag(standby(10), 999).seconds >= 60
    assert horizon.lag(standby(989), 999) == Lag(9, 10)


def test_another_story_forgets_the_former():
    horizon = Horizon(60)
    horizon.see(900, 0)
    # The primary is lost with the end of its log: the furthest of what is left is all there is.
    horizon.see(700, 10)
    assert horizon.lag(standby(700), 10) == Lag(0, 0)
    assert horizon.lag(standby(600, received=700), 20) == Lag(10, 100)


# --- which publication is active ---------------------------------------------------------------


def test_the_primary_is_followed_whatever_it_says():
    follower = ActiveFollower()
    assert follower.hear(primary(10, OLD), []) == OLD
    assert follower.hear(primary(20, NEW), [standby(10, OLD)]) == NEW
    # Back on purpose; even with a clock that was put back.
    assert follower.hear(primary(30, BACK), [standby(25, NEW)]) == BACK
    assert follower.hear(primary(40, OLD), []) == OLD
    assert follower.hear(primary(50, None), []) is None


def test_a_late_standby_never_brings_an_older_publication_back():
    follower = ActiveFollower()
    follower.hear(primary(10, OLD), [])
    follower.hear(primary(20, NEW), [])
    assert follower.hear(None, [standby(15, OLD)]) == NEW
    assert follower.hear(None, []) == NEW
    # Nor one whose clock was ahead when it was activated.
    ahead = Active("a", _DAY + timedelta(days=9))
    assert follower.hear(None, [standby(15, ahead)]) == NEW


def test_a_standby_that_is_ahead_is_followed_while_the_primary_is_away():
    follower = ActiveFollower()
    follower.hear(primary(20, NEW), [])
    late, ahead = standby(15, OLD), standby(30, BACK)
    assert follower.hear(None, [late, ahead]) == BACK
    # It is not followed back and forth.
    assert follower.hear(None, [late]) == BACK
    assert follower.hear(primary(40, BACK), [late]) == BACK


def test_an_activation_is_placed_by_the_least_advanced_that_shows_it():
    follower = ActiveFollower()
    # The primary had written on by the time it was looked at.
    follower.hear(primary(100, NEW), [])
    follower.hear(primary(200, NEW), [standby(60, NEW)])
    assert follower.hear(None, [standby(70, BACK)]) == BACK


def test_a_process_that_starts_without_the_primary_follows_the_most_advanced():
    follower = ActiveFollower()
    assert follower.hear(None, []) is None
    assert follower.hear(None, [standby(20, NEW), standby(10, OLD)]) == NEW


def test_a_copy_is_believed_by_its_dates():
    def copy(active: Active) -> Glimpse:
        return Glimpse(False, 5, 5, None, active, frozenset("ab"))

    follower = ActiveFollower()
    follower.hear(primary(20, NEW), [])
    assert follower.hear(None, [copy(OLD)]) == NEW
    assert follower.hear(None, [copy(BACK)]) == BACK
    # Its positions are its own: those of others are not held against them.
    assert follower.hear(None, [standby(25, NEW)]) == BACK
