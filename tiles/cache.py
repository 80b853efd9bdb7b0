"""Bytes kept in memory, as many as fit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class ByteCache(Generic[K]):
    """Tiles read lately, as many as fit; those unused for the longest time make room.

    Parameters
    ----------
    most
        Bytes it may hold.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._kept: OrderedDict[K, bytes] = OrderedDict()

    @property
    def size(self) -> int:
        """Bytes it holds."""
        return self._size

    def get(self, key: K) -> bytes | None:
        """Give what is kept under a key."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: K, data: bytes) -> None:
        """Keep some bytes."""
        if key in self._kept or len(data) > self._most:
            return
        self._kept[key] = data
        self._size += len(data)
        while self._size > self._most:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped)
