"""ETags of the answers given lately, so that most conditional requests stop at the door."""

from __future__ import annotations

from collections import OrderedDict

from starlette.types import Scope

#: Addresses remembered by a publication: some 6 MB.
REMEMBERED = 20_000

RawHeader = tuple[bytes, bytes]
RawHeaders = tuple[RawHeader, ...]
_Asked = tuple[str, bytes, bytes, bytes, str]


class KnownEtags:
    """ETag of each address as it was spelt, for one publication.

    An answer is a function of the publication, the address (its host too: pages write it) and the
    encoding: an address answered once has the same ETag for ever after, and its parameters need not
    be read again.

    Attributes
    ----------
    found, unknown
        Conditional requests whose address was known, and those whose was not, so far.
    """

    def __init__(self) -> None:
        self._etags: OrderedDict[_Asked, tuple[str, RawHeaders]] = OrderedDict()
        self.found = self.unknown = 0

    def __len__(self) -> int:
        return len(self._etags)

    def find(self, scope: Scope) -> tuple[str, RawHeaders] | None:
        """Give the ETag of what a request asks, and the other headers of its 304.

        None if it was not answered lately.
        """
        asked = _asked(scope)
        known = self._etags.get(asked)
        if known is None:
            self.unknown += 1
        else:
            self.found += 1
            self._etags.move_to_end(asked)
        return known

    def keep(self, scope: Scope, etag: str, headers: RawHeaders = ()) -> None:
        """Remember the ETag of an answer given; the ones unused for the longest time make room."""
        self._etags[_asked(scope)] = etag, headers
        if len(self._etags) > REMEMBERED:
            self._etags.popitem(last=False)


def header_of(scope: Scope, name: bytes) -> bytes:
    """Value of a header, in lower case its name; values given apart are put together."""
    found = b""
    for key, value in scope["headers"]:
        if key == name:
            found = found + b"," + value if found else value
    return found


def _asked(scope: Scope) -> _Asked:
    encoding = host = b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            encoding = encoding + b"," + value if encoding else value
        elif name == b"host":
            host = value
    return scope["path"], scope["query_string"], encoding, host, scope.get("scheme", "http")
