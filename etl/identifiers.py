"""How long identifiers may be: that of a source, a colon, the identifier of a row there.

They are keys, which an index of PostgreSQL holds in rows of 2.7 kB at most, and parts of addresses.
A longer one is a file that is damaged, such as one that lost a quotation mark.
"""

from __future__ import annotations

from typing import Final

#: Characters of the identifier of a source, of that of a row in it, of both with the colon.
LONGEST_SOURCE_ID: Final = 60
LONGEST_ROW_ID: Final = 239
LONGEST_ID: Final = LONGEST_SOURCE_ID + 1 + LONGEST_ROW_ID
