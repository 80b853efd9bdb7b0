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
from numpy.typing import NDArray
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


class Deeds:
    """The example of each service and carrier.

    Parameters
    ----------
    matrices
        Those of the publication: rows of communes, columns of services.
    rows
        Service, niveau and code of the carrier, and ``[nature, id, titre, page]`` in JSON.

    Raises
    ------
    OverflowError
        If the texts are more than :data:`MOST_BYTES`.
    """

    def __init__(
        self, matrices: CommuneMatrices, rows: Iterable[tuple[str, str, str, str]]
    ) -> None:
        self._communes = matrices.position
        self._others: dict[Key, int] = {}
        keys: list[int] = []
        starts: list[int] = []
        text = bytearray()
        for service, niveau, code, example in rows:
            column = matrices.service_position.get(service)
            if column is None:
                continue
            if niveau != "commune":
                self._others.setdefault((niveau, code), len(self._communes) + len(self._others))
            keys.append(column * _STRIDE + self._place((niveau, code)))
            starts.append(len(text))
            text += example.encode()
            if len(text) > MOST_BYTES:
                raise OverflowError("examples are too long to be held")
        order = np.argsort(np.array(keys, dtype=np.int64))
        ends = np.array([*starts[1:], len(text)], dtype=np.int64)
        self._keys: NDArray[np.int64] = np.array(keys, dtype=np.int64)[order]
        self._starts = np.array(starts, dtype=np.uint32)[order]
        self._ends = ends.astype(np.uint32)[order]
        self._text = bytes(text)

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
        return Deeds(matrices, connection.execute(load("exemples_tous")))
    except OverflowError:
        return None
