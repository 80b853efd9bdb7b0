"""ETags of the answers given lately, so that most conditional requests stop at the door."""

from __future__ import annotations

from collections import OrderedDict

from starlette.types import Scope

from tiles.conditions import matches

#: Addresses remembered by a publication: some 6 MB.
REMEMBERED = 20_000

RawHeader = tuple[bytes, bytes]
RawHeaders = tuple[RawHeader, ...]
#: An ETag, and the other headers of a 304.
Known = tuple[bytes, RawHeaders]
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
        self._etags: OrderedDict[_Asked, Known] = OrderedDict()
        self.found = self.unknown = 0

    def __len__(self) -> int:
        return len(self._etags)

    def not_modified(self, scope: Scope) -> Known | None:
        """Answer a conditional request for something answered lately, its parameters left unread.

        Parameters
        ----------
        scope
            ASGI scope of a GET or a HEAD.

        Returns
        -------
        tuple of etag and headers, or None
            ETag of a 304 and its other headers, if the client has what it asks for; None if that
            has to be worked out.
        """
        condition, asked = _asked(scope)
        # « * » is true of whatever exists: that is known once the answer is made.
        if not condition or b"*" in condition:
            return None
        known = self._etags.get(asked)
        if known is None:
            self.unknown += 1
            return None
        self.found += 1
        self._etags.move_to_end(asked)
        etag = known[0]
        # Most clients give one ETag, and it is ours: no need to read it further.
        if condition == etag or matches(condition.decode("latin-1"), etag.decode()):
            return known
        return None

    def keep(self, scope: Scope, etag: str, headers: RawHeaders = ()) -> None:
        """Remember the ETag of an answer given; the ones unused for the longest time make room."""
        _, asked = _asked(scope)
        self._etags[asked] = etag.encode(), headers
        if len(self._etags) > REMEMBERED:
            self._etags.popitem(last=False)


def header_of(scope: Scope, name: bytes) -> bytes:
    """Value of a header, in lower case its name; values given apart are put together."""
    found = b""
    for key, value in scope["headers"]:
        if key == name:
            found = found + b"," + value if found else value
    return found


def _asked(scope: Scope) -> tuple[bytes, _Asked]:
    """Read the headers once: give ``If-None-Match``, and what decides the answer."""
    condition = encoding = host = b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            encoding = encoding + b"," + value if encoding else value
        elif name == b"if-none-match":
            condition = condition + b"," + value if condition else value
        elif name == b"host":
            host = value
    asked = scope["path"], scope["query_string"], encoding, host, scope.get("scheme", "http")
    return condition, asked
