"""What was refused, repaired or flagged in a source, row by row, with its reason in French."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.motifs import MOTIFS

IntArray = npt.NDArray[np.int64]

COLUMNS = ("ligne", "champ", "gravite", "motif", "phrase", "valeur")

#: Longest value of the source repeated in a report, characters.
VALUE_MAX = 200

#: An e-mail address inside a text. ``Médi@thèque`` is none: a dot must follow.
EMAIL = re.compile(r"[^\s@<>,;:()\"']+@[^\s@<>,;:()\"']+\.[^\W\d_]{2,}")
EMAIL_MASK = "[adresse électronique]"


@dataclass
class Signalements:
    """Collects the remarks of one reading.

    A row is refused once: a second refusal of the same row would break the accounting of rows, and
    is a fault of the reader.
    """

    _frames: list[pd.DataFrame] = field(default_factory=list)
    _refused: set[int] = field(default_factory=set)
    _repaired: set[int] = field(default_factory=set)

    def add(
        self,
        motif: str,
        lignes: IntArray | pd.Series[int] | Sequence[int | None],
        champ: str | None,
        phrase: str,
        valeurs: Iterable[object] | None = None,
        **details: Iterable[object],
    ) -> None:
        """Record a remark about some rows.

        Parameters
        ----------
        motif : str
            A key of `MOTIFS`, which tells how grave it is.
        lignes : array of int, shape (n,)
            Rows concerned; 1 is the first row of data. None where the remark is about no row:
            only for alerts.
        champ : str or None
            Column of the source concerned.
        phrase : str
            French sentence; ``{valeur}`` and the names of ``details`` are replaced row by row.
        valeurs, **details : iterables of n values
            What the source holds, and what else the sentence tells. E-mail addresses are masked,
            long values are cut.

        Raises
        ------
        KeyError
            If the reason is not in `MOTIFS`.
        ValueError
            If a row is refused twice.
        """
        gravite, _ = MOTIFS[motif]
        rows = [None if ligne is None else int(ligne) for ligne in lignes]
        if not rows:
            return
        values = [None] * len(rows) if valeurs is None else [_shown(v) for v in valeurs]
        more = {name: list(items) for name, items in details.items()}
        phrases = [
            phrase.format(valeur=value, **{name: items[i] for name, items in more.items()})
            for i, value in enumerate(values)
        ]
        numbered = {row for row in rows if row is not None}
        if gravite == "rejet":
            if len(numbered) != len(rows) or not self._refused.isdisjoint(numbered):
                raise ValueError(f"a row is refused twice ({motif})")
            self._refused |= numbered
        elif gravite == "reparation":
            self._repaired |= numbered
        self._frames.append(
            pd.DataFrame(
                {
                    "ligne": rows,
                    "champ": champ,
                    "gravite": gravite,
                    "motif": motif,
                    "phrase": phrases,
                    "valeur": values,
                },
                columns=list(COLUMNS),
            )
        )

    def refuse(
        self,
        rows: pd.DataFrame,
        wrong: pd.Series[bool] | npt.NDArray[np.bool_],
        motif: str,
        champ: str | None,
        phrase: str,
        *,
        column: str,
    ) -> pd.DataFrame:
        """Refuse some rows, and give the others.

        Parameters
        ----------
        rows : pandas.DataFrame
            ``ligne`` and `column`.
        wrong : array of bool, shape (n,)
            Those refused.
        motif, champ, phrase
            As :meth:`add` takes them.
        column : str
            Column of `rows` with what the source holds.
        """
        refused = rows[wrong]
        self.add(motif, refused["ligne"], champ, phrase, refused[column])
        return rows[~wrong]

    @property
    def rejetees(self) -> int:
        """Number of rows refused."""
        return len(self._refused)

    @property
    def reparees(self) -> int:
        """Number of rows repaired and not refused."""
        return len(self._repaired - self._refused)

    def frame(self) -> pd.DataFrame:
        """All remarks, sorted by row: the columns of the table ``signalements``."""
        if not self._frames:
            return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
        frame = pd.concat([f.astype("object") for f in self._frames], ignore_index=True)
        order = frame["ligne"].fillna(0).astype("int64").to_numpy().argsort(kind="stable")
        return frame.iloc[order].reset_index(drop=True)


def _shown(value: object) -> str | None:
    """Return a value as it may be repeated in a report."""
    if value is None:
        return None
    text = EMAIL.sub(EMAIL_MASK, str(value))
    return text if len(text) <= VALUE_MAX else f"{text[: VALUE_MAX - 1]}…"
