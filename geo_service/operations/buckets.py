"""A bucket of tokens for each client (the « leaky bucket as a meter » of ITU-T I.371)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

#: Clients that a process remembers: some 15 MB. Those unseen for the longest time make room.
_CLIENTS: Final = 100_000


class Verdict(NamedTuple):
    """What a bucket says of a request.

    Attributes
    ----------
    allowed
        Whether the client may.
    wait
        Seconds until it may, when it may not.
    left
        Whole tokens left.
    """

    allowed: bool
    wait: float
    left: int


class Buckets:
    """The buckets of all clients of one process.

    A bucket is one number: the time at which it will be full again. It is empty when that is
    ``burst / rate`` seconds ahead.

    Parameters
    ----------
    rate
        Tokens a second that a client gets.
    burst
        Tokens a bucket holds.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self.rate = rate
        self.burst = burst
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, client: str, tokens: float, now: float) -> Verdict:
        """Take tokens from the bucket of a client, if they are there: all, or none.

        Parameters
        ----------
        client
            Its name.
        tokens
            What the request costs; more than the bucket ever holds counts as all it holds.
        now
            Seconds of a clock that never goes back.
        """
        full_at = max(self._full_at.pop(client, now), now)
        after = full_at + min(tokens, self.burst) / self.rate
        excess = after - now - self.burst / self.rate
        # Sums of floating-point seconds: a full bucket is one to within a microsecond.
        allowed = excess <= 1e-6  # noqa: PLR2004
        self._full_at[client] = after if allowed else full_at
        if len(self._full_at) > _CLIENTS:
            self._full_at.popitem(last=False)
        left = max(0, int(self.burst - (self._full_at[client] - now) * self.rate))
        return Verdict(allowed, 0.0 if allowed else excess, left)
