"""The graph of the communes since 1943: each of their states, and what each became.

A *state* is a code between two changes of its ground. Names change inside a state; a merger, a
division or a change of code ends one and begins others.

The ground of a state is a set of *pieces*. A merger unites them. A commune that is restored takes
back the pieces it had before it was merged, and the rest stays where it is; where nothing tells
which part of the ground went where (a commune created out of another, one shared out between its
neighbours), each piece is cut in as many as there are takers. So a code of a given date means the
states of today that hold the pieces it had then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

#: A change of name leaves the ground as it is.
_RENAME = "10"
#: Changes of code come first among those of one day: what they give may merge the same day
#: (Pont-Farcy went from Calvados to Manche and into Tessy-Bocage on 1 January 2018).
_FIRST = ("41", "50")
_COMMUNE = "COM"


class Movement(NamedTuple):
    """A row of INSEE's file; the fields are those of :mod:`boundaries.readers.mouvements`."""

    mod: str
    date_effet: str
    type_av: str
    code_av: str
    nom_av: str
    type_ap: str
    code_ap: str
    nom_ap: str


@dataclass(eq=False)
class State:
    """A commune between two changes of its ground.

    Attributes
    ----------
    code, nom
        Code, and last known name.
    debut, fin
        ISO dates of the first day, and of the first day after; None: since always, until today.
    successors
        What it became: the state and the kind of change.
    pieces
        Its ground; some may have been cut since: see :meth:`Succession.today`.
    """

    code: str
    nom: str
    debut: str | None
    fin: str | None = None
    successors: list[tuple[State, str]] = field(default_factory=list)
    pieces: set[int] = field(default_factory=set)


class Step(NamedTuple):
    """A state of a piece of ground, the next one, and what happened between."""

    before: State
    after: State
    mod: str


class Succession:
    """The states of every code, and the pieces they are made of.

    Parameters
    ----------
    movements
        Rows of any order; those of communes déléguées, communes associées and arrondissements are
        left aside: these have the history of the commune they were or are in.

    Attributes
    ----------
    states
        The states of each code, the oldest first.
    """

    def __init__(self, movements: Iterable[Movement]) -> None:
        states: dict[str, list[State]] = defaultdict(list)
        self._cuts: dict[int, list[int]] = {}
        self._numbers = count()
        days: dict[tuple[str, bool], list[Movement]] = defaultdict(list)
        for row in movements:
            if {row.type_av, row.type_ap} <= {_COMMUNE, ""}:
                days[row.date_effet, row.mod not in _FIRST].append(row)
        for (day, _), rows in sorted(days.items()):
            self._change(states, day, rows)
        self.states = dict(states)
        self._holders = {
            piece: state
            for versions in states.values()
            for state in versions
            if not state.successors
            for piece in self._cut(state.pieces)
        }

    def today(self, state: State) -> list[State]:
        """Give the last states that hold the ground of a state, that of its own code first.

        A state that left the COG without a successor is one of them.
        """
        found = {id(last): last for last in self._last_of(state)}
        return sorted(found.values(), key=lambda last: (last.code != state.code, last.code))

    def steps(self, state: State) -> list[Step]:
        """Give what happened to the ground of a state until today, the oldest first."""
        ground = self._cut(state.pieces)
        found: dict[tuple[int, int], Step] = {}
        waiting = [state]
        while waiting:
            before = waiting.pop()
            held = ground & self._cut(before.pieces)
            for after, mod in before.successors:
                key = (id(before), id(after))
                if key not in found and held & self._cut(after.pieces):
                    found[key] = Step(before, after, mod)
                    waiting.append(after)
        return sorted(
            found.values(),
            key=lambda step: (
                step.after.debut or "",
                step.mod not in _FIRST,
                step.after.code != step.before.code,
                step.after.code,
            ),
        )

    def _last_of(self, state: State) -> Iterator[State]:
        for piece in self._cut(state.pieces):
            yield self._holders[piece]

    def _cut(self, pieces: set[int]) -> set[int]:
        """Give the smallest pieces that some pieces have been cut into since."""
        found = set()
        waiting = list(pieces)
        while waiting:
            piece = waiting.pop()
            if piece in self._cuts:
                waiting += self._cuts[piece]
            else:
                found.add(piece)
        return found

    def _change(self, states: dict[str, list[State]], day: str, rows: Sequence[Movement]) -> None:
        """Apply the changes of one day."""
        for row in rows:
            if row.mod == _RENAME:
                self._open(states, row.code_av, row.nom_av).nom = row.nom_ap
        moved = _moved(rows)
        before = {
            old: self._open(states, old, row.nom_av) for (old, _), row in moved.items() if old
        }
        for (_, new), row in list(moved.items()):
            # A commune that the file lets grow without saying that it was there before.
            if new and new not in before and states.get(new) and states[new][-1].fin is None:
                before[new] = states[new][-1]
                moved[new, new] = row._replace(code_av=new, nom_av=before[new].nom)
        former = {new: states[new][-1].pieces for _, new in moved if new and states.get(new)}
        after: dict[str, State] = {}
        for (old, new), row in moved.items():
            if old:
                before[old].nom, before[old].fin = row.nom_av, day
            if new and new not in after:
                after[new] = State(new, row.nom_ap, day)
                states[new].append(after[new])
            if old and new:
                before[old].successors.append((after[new], row.mod))
            elif new:
                after[new].pieces.add(next(self._numbers))
        for state in before.values():
            self._hand_on(state, former)

    def _hand_on(self, state: State, former: Mapping[str, set[int]]) -> None:
        """Give the ground of a state to its successors."""
        takers = {following.code: following for following, _ in state.successors}
        ground = self._cut(state.pieces)
        if len(takers) <= 1:
            for following in takers.values():
                following.pieces.update(ground)
            return
        claims = {
            code: self._cut(former[code]) & ground
            for code in takers
            if code != state.code and code in former
        }
        rest = set(ground)
        # Of two restored communes, the one that had once been merged into the other comes first.
        for code in sorted(claims, key=lambda code: (len(claims[code]), code)):
            mine = claims[code] & rest
            takers[code].pieces |= mine
            rest -= mine
            claims[code] = mine
        others = [code for code in takers if not claims.get(code)]
        if others and not rest:
            # Someone takes of a ground that others claim whole: any of it may be theirs.
            for following in takers.values():
                following.pieces -= ground
            rest, others = ground, list(takers)
        for piece in sorted(rest):
            self._share(piece, [takers[code] for code in others or takers])

    def _share(self, piece: int, takers: list[State]) -> None:
        """Cut a piece in as many as there are takers."""
        if len(takers) == 1:
            takers[0].pieces.add(piece)
            return
        self._cuts[piece] = [next(self._numbers) for _ in takers]
        for part, taker in zip(self._cuts[piece], takers, strict=True):
            taker.pieces.add(part)

    def _open(self, states: dict[str, list[State]], code: str, nom: str) -> State:
        """Give the state of a code that is open, or begin one that was there before the file."""
        known = states[code]
        if not known or known[-1].fin is not None:
            known.append(State(code, nom, known[-1].fin if known else None))
            known[-1].pieces.add(next(self._numbers))
        return known[-1]


def _moved(rows: Sequence[Movement]) -> dict[tuple[str, str], Movement]:
    """Rows that change the ground of communes, by code before and code after."""
    pairs = {(row.code_av, row.code_ap): row for row in rows if row.mod != _RENAME}
    origins: dict[str, set[str]] = defaultdict(set)
    targets: dict[str, set[str]] = defaultdict(set)
    for old, new in pairs:
        targets[old].add(new)
        origins[new].add(old)
    return {
        (old, new): row
        for (old, new), row in pairs.items()
        if old != new or targets[old] != {old} or origins[new] != {new}
    }
