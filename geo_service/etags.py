"""ETags of the answers given lately, so that most conditional requests stop at the door."""

from __future__ import annotations

from collections import OrderedDict

from starlette.types import Scope

#: Addresses remembered by a publication: some 6 MB.
REMEMBERED = 20_000

_Asked = tuple[str, bytes, bytes]


class KnownEtags:
    """ETag of each address as it was spelt, for one publication.

    An answer is a function of the publication, the address and the encoding: an address answered
    once has the same ETag for ever after, and its parameters need not be read again.

    Attributes
    ----------
    found, unknown
        Conditional requests whose address was known, and those whose was not, so far.
    """

    def __init__(self) -> None:
        self._etags: OrderedDict[_Asked, str] = OrderedDict()
        self.found = self.unknown = 0

    def __len__(self) -> int:
        return len(self._etags)

    def find(self, scope: Scope) -> str | None:
        """Give the ETag of what a request asks, if it was answered lately."""
        asked = _asked(scope)
        etag = self._etags.get(asked)
        if etag is None:
            self.unknown += 1
        else:
            self.found += 1
            self._etags.move_to_end(asked)
        return etag

    def keep(self, scope: Scope, etag: str) -> None:
        """Remember the ETag of an answer given; the ones unused for the longest time make room."""
        self._etags[_asked(scope)] = etag
        if len(self._etags) > REMEMBERED:
            self._etags.popitem(last=False)


def header_of(scope: Scope, name: bytes) -> bytes:
    """Value of a header, in lower case its name; values given apart are put together."""
    return b",".join(value for key, value in scope["headers"] if key == name)


def _asked(scope: Scope) -> _Asked:
    return scope["path"], scope["query_string"], header_of(scope, b"accept-encoding")
