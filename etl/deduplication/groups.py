"""Groups of lieux that are one, made of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def groups_of(
    pairs: Iterable[tuple[int, int]],
    sources: Sequence[str],
    vetoes: Iterable[tuple[int, int]] = (),
) -> list[list[int]]:
    """Unite pairs into groups, the first pairs first, without two lieux of one source in a group.

    Parameters
    ----------
    pairs
        Positions of lieux that are one, the surest first.
    sources
        Source of every lieu, by position.
    vetoes
        Positions of lieux that may not be in one group, whatever links them.

    Returns
    -------
    list of list of int
        Groups of two lieux or more, each sorted, in the order of their first lieux.
    """
    members: dict[int, list[int]] = {}
    apart: dict[int, set[int]] = {}
    for a, b in vetoes:
        apart.setdefault(a, set()).add(b)
        apart.setdefault(b, set()).add(a)
    for a, b in pairs:
        mine, theirs = members.get(a, [a]), members.get(b, [b])
        if mine is theirs:
            continue
        together = [*mine, *theirs]
        if len({sources[row] for row in together}) < len(together):
            continue
        if any(not apart.get(row, set()).isdisjoint(theirs) for row in mine):
            continue
        for row in together:
            members[row] = together
    distinct = {id(group): sorted(group) for group in members.values()}
    return sorted(distinct.values())
