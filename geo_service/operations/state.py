"""What one process tells of itself: its counts, and how it stands at this moment."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from geo_service.atlas import PublishedAtlas
from geo_service.operations.counts import Counts
from geo_service.operations.merging import Departed, total
from geo_service.watcher import AtlasWatcher

#: Seconds between two looks at the lateness of the event loop.
_BEAT: Final = 0.5

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class LoopLag:
    """How late the event loop runs what is due: every request waits as long.

    Attributes
    ----------
    worst
        Seconds of the worst lateness since it was last told.
    """

    def __init__(self) -> None:
        self.worst = 0.0

    async def watch(self) -> None:
        """Look at the lateness until cancelled."""
        while True:
            due = time.perf_counter() + _BEAT
            await asyncio.sleep(_BEAT)
            self.worst = max(self.worst, time.perf_counter() - due)

    def told(self) -> float:
        """Give the worst lateness, and start again."""
        worst, self.worst = self.worst, 0.0
        return worst


class ProcessState:
    """Teller of one process.

    Parameters
    ----------
    counts
        Of its requests.
    watcher
        Of its publication.
    lag
        Of its event loop.
    """

    def __init__(self, counts: Counts, watcher: AtlasWatcher, lag: LoopLag) -> None:
        self._counts = counts
        self._watcher = watcher
        self._lag = lag
        self._before = Departed()
        self._last: tuple[PublishedAtlas, dict[str, Any]] | None = None

    def told(self) -> dict[str, Any]:
        """Give everything, as JSON can hold it.

        Returns
        -------
        dict
            ``counts`` may be added up over processes; ``now`` is of this one alone;
            ``publication`` is the same for all but while they change.
        """
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "counts": self._counts.told() | self._watched_counts(),
            "now": {
                "memory": _resident(),
                "processor": usage.ru_utime + usage.ru_stime,
                "lag": self._lag.told(),
                "busy": self._counts.busy,
                "database": self._watcher.absence is None,
                "servers": self._servers(),
                **self._atlas_now(),
            },
            "publication": self._publication(),
        }

    def _watched_counts(self) -> dict[str, Any]:
        """Count what each publication counts for itself, those of before included."""
        atlas = self._watcher.current
        if self._last is not None and self._last[0] is not atlas:
            self._before.add(self._last[1])
            self._last = None
        if atlas is None:
            return self._before.counts
        counts = _counts_of(atlas)
        self._last = (atlas, counts)
        return total([self._before.counts, counts])

    def _atlas_now(self) -> dict[str, Any]:
        atlas = self._watcher.current
        if atlas is None:
            return {"pool": {}, "caches": {}, "ready": False}
        return {
            "pool": _pool_now(atlas.database.statistics()),
            "caches": {"octets": atlas.answers.weight, "validateurs": len(atlas.etags)},
            "ready": not atlas.tiles_missing,
        }

    def _servers(self) -> dict[str, dict[str, Any]]:
        """Tell how each database server stands, and how its pool is."""
        atlas = self._watcher.current
        pools = atlas.database.pools() if atlas is not None else {}
        return {
            standing.name: {
                "motive": standing.motive,
                "lag": None if standing.lag is None else asdict(standing.lag),
                "pool": _pool_now(pools.get(standing.name, {})),
            }
            for standing in self._watcher.servers.standings()
        }

    def _publication(self) -> dict[str, Any] | None:
        atlas = self._watcher.current
        if atlas is None:
            return None
        metadata = atlas.metadata
        return {
            "id": atlas.id,
            "millesime": metadata.millesime,
            "created": metadata.created.timestamp(),
            "confirmed": (self._watcher.confirmed or metadata.created).timestamp(),
            "tiles": {name: name in atlas.archives for name in sorted(metadata.tilesets)},
            "sources": {
                str(source["id"]): {
                    "lues": source["lignes_lues"] or 0,
                    "rejetees": source["lignes_rejetees"] or 0,
                }
                for source in metadata.sources
            },
        }


def _pool_now(pool: Mapping[str, int]) -> dict[str, int]:
    opened, free = pool.get("pool_size", 0), pool.get("pool_available", 0)
    return {
        "used": opened - free,
        "open": opened,
        "most": pool.get("pool_max", 0),
        "waiting": pool.get("requests_waiting", 0),
    }


def _counts_of(atlas: PublishedAtlas) -> dict[str, Any]:
    pool = atlas.database.statistics()
    return {
        "pool": {
            "asked": pool.get("requests_num", 0),
            "queued": pool.get("requests_queued", 0),
            "seconds": pool.get("requests_wait_ms", 0) / 1000,
            "refused": pool.get("requests_errors", 0),
        },
        "servers": atlas.database.shares(),
        "caches": {
            "reponses": {"found": atlas.answers.found, "missed": atlas.answers.made},
            "validateurs": {"found": atlas.etags.found, "missed": atlas.etags.unknown},
        },
    }


def _resident() -> int:
    """Bytes of memory that this process holds, files that it shares included (Linux)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    except FileNotFoundError:
        # Elsewhere than on Linux: the most it ever held.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
