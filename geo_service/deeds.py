"""What shows that a territory has a service: the action or the lieu to name as an example.

A recommandation names a few of them for each service, wherever they are. Asking the database costs
as much processor as all the rest of the answer, so those of a publication of usual size are held in
memory, packed: 85 000 of them, for the whole country, are 10 MB. Those of a publication with
millions of actions are asked one by one, as they are needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import orjson
from psycopg import Connection
from psycopg.rows import TupleRow

from geo_service.matrices import CommuneMatrices
from geo_service.sql import load
from geo_service.territories import Key

#: Rows of services of actions and of lieux from which examples are no longer held: 30 MB or so.
MOST_ROWS: Final = 300_000
#: Bytes of text from which they are not either, however few the rows.
MOST_BYTES: Final = 32 * 2**20

#: Members of an example, in the order of the packed text.
_MEMBERS: Final = ("nature", "id", "titre", "page")
#: Places of one service in the keys: there are far fewer territories.
_STRIDE: Final = 2**32
_LINE_END: Final = ord("\n")


class Deeds:
    """The example of each service and carrier.

    Parameters
    ----------
    matrices
        Those of the publication: rows of communes, columns of services.
    rows
        For each service and niveau the codes of the carriers, parted by commas, and for each of
        them ``[nature, id, titre, page]``, JSON in UTF-8, a line each.

    Raises
    ------
    OverflowError
        If the texts are more than :data:`MOST_BYTES`.
    """

    def __init__(
        self, matrices: CommuneMatrices, rows: Iterable[tuple[str, str, str, bytes]]
    ) -> None:
        self._communes = matrices.position
        self._others: dict[Key, int] = {}
        keys = [np.empty(0, dtype=np.int64)]
        starts = [np.empty(0, dtype=np.int64)]
        ends = [np.empty(0, dtype=np.int64)]
        texts: list[bytes] = []
        length = 0
        for service, niveau, codes, lines in rows:
            column = matrices.service_position.get(service)
            if column is None:
                continue
            places = [self._new_place((niveau, code)) for code in codes.split(",")]
            keys.append(np.array(places, dtype=np.int64) + column * _STRIDE)
            # JSON has no line end of its own.
            cuts = np.flatnonzero(np.frombuffer(lines, dtype=np.uint8) == _LINE_END)
            starts.append(length + np.concatenate([[0], cuts + 1]))
            ends.append(length + np.concatenate([cuts, [len(lines)]]))
            texts.append(lines)
            length += len(lines)
            if length > MOST_BYTES:
                raise OverflowError("examples are too long to be held")
        self._keys = np.concatenate(keys)
        order = np.argsort(self._keys)
        self._keys = self._keys[order]
        self._starts = np.concatenate(starts)[order].astype(np.uint32)
        self._ends = np.concatenate(ends)[order].astype(np.uint32)
        self._text = b"".join(texts)

    def __len__(self) -> int:
        """Count the examples."""
        return len(self._keys)

    def find(self, column: int, carriers: Iterable[Key]) -> Mapping[str, Any] | None:
        """Give the example of the first of some carriers that has one.

        Parameters
        ----------
        column
            Column of the service.
        carriers
            Niveaux and codes, the most wanted first.

        Returns
        -------
        mapping or None
            ``niveau`` and ``code`` of the carrier, ``nature``, ``id``, ``titre``, ``page``.
        """
        for niveau, code in carriers:
            place = self._place((niveau, code))
            if place < 0:
                continue
            key = column * _STRIDE + place
            at = int(self._keys.searchsorted(key))
            if at < len(self._keys) and self._keys[at] == key:
                values = orjson.loads(self._text[self._starts[at] : self._ends[at]])
                return {
                    "niveau": niveau,
                    "code": code,
                    **dict(zip(_MEMBERS, values, strict=True)),
                }
        return None

    def _new_place(self, key: Key) -> int:
        if key[0] != "commune":
            self._others.setdefault(key, len(self._communes) + len(self._others))
        return self._place(key)

    def _place(self, key: Key) -> int:
        niveau, code = key
        if niveau == "commune":
            return self._communes.get(code, -1)
        return self._others.get(key, -1)


def read_deeds(connection: Connection[TupleRow], matrices: CommuneMatrices) -> Deeds | None:
    """Read the examples of a publication.

    Parameters
    ----------
    connection
        Its ``search_path`` is the schema of the publication.
    matrices
        Those of the publication.

    Returns
    -------
    Deeds or None
        None where there are too many to be held. 1.5 s for the whole of France.

    Raises
    ------
    psycopg.Error
        If the database is away or the publication incomplete.
    """
    (rows,) = connection.execute(load("exemples_nombre"), {"limite": MOST_ROWS + 1}).fetchall()[0]
    if rows > MOST_ROWS:
        return None
    try:
        return Deeds(matrices, connection.execute(load("exemples_tous"), binary=True))
    except OverflowError:
        return None
