"""What differs between territories put side by side, in French sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from geo_service.diagnostics.sentences import percent
from geo_service.french_sentences import (
    NBSP,
    THIN,
    Named,
    compte,
    de,
    entre_guillemets,
    liste,
    pluriel,
    pour_cent,
    sujet,
)

#: Services named in a sentence before « et n autres ».
_NAMED: Final = 3
#: Sentences about services, at most; the table tells all.
_SAID: Final = 5
#: Statuts that count as having a service.
_HAS: Final = ("present", "partage")


def _quoted(labels: Sequence[str]) -> str:
    shown = [entre_guillemets(label) for label in labels[:_NAMED]]
    rest = len(labels) - len(shown)
    return liste([*shown, compte(rest, "autre service", "autres services")] if rest else shown)


def _subjects(places: Sequence[Named]) -> str:
    names = [sujet(place, majuscule=rank == 0) for rank, place in enumerate(places)]
    return liste(names)


def _several(places: Sequence[Named]) -> bool:
    return len(places) > 1 or pluriel(places[0])


def _have(places: Sequence[Named]) -> str:
    return "ont" if _several(places) else "a"


def rates(places: Sequence[Named], known: Sequence[float | None]) -> str | None:
    """Say who has the highest rate of coverage, and who the lowest; None when nobody has one."""
    rated = [
        (place, value) for place, value in zip(places, known, strict=True) if value is not None
    ]
    if len(rated) < 2:  # noqa: PLR2004 (a comparison has two sides)
        return None
    shown = {percent(value) for _, value in rated}
    if len(shown) == 1:
        who = _subjects([place for place, _ in rated])
        return f"{who} ont le même taux de couverture{NBSP}: {percent(rated[0][1])}."
    best, worst = max(value for _, value in rated), min(value for _, value in rated)
    first = [place for place, value in rated if percent(value) == percent(best)]
    last = [place for place, value in rated if percent(value) == percent(worst)]
    verb = "ont" if _several(first) else "a"
    return (
        f"{_subjects(first)} {verb} le taux de couverture le plus élevé ({percent(best)}), "
        f"{liste([sujet(place) for place in last])} le plus bas ({percent(worst)})."
    )


def themes(places: Sequence[Named], rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Say on which thème the rates differ most; None when they are equal everywhere."""
    widest: tuple[float, str] | None = None
    for row in rows:
        values = [value for value in row["taux"] if value is not None]
        if len(values) < 2:  # noqa: PLR2004
            continue
        best, worst = max(values), min(values)
        spread = best - worst
        if percent(best) == percent(worst) or (widest is not None and spread <= widest[0]):
            continue
        high, low = row["taux"].index(best), row["taux"].index(worst)
        said = (
            f"L’écart le plus grand est sur le thème {entre_guillemets(row['libelle'])}{NBSP}: "
            f"{percent(best)} pour {sujet(places[high])}, {percent(worst)} pour "
            f"{sujet(places[low])}."
        )
        widest = (spread, said)
    return None if widest is None else widest[1]


def differences(places: Sequence[Named], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say which services some communes have and others lack, and what is not known of which.

    Parameters
    ----------
    places
        The communes.
    rows
        Services with their ``libelle`` and their ``statuts``, one for each commune.

    Returns
    -------
    list of str
        First what is missing, then what is not known: a gap and a question are never mixed up.
    """
    lacking: defaultdict[tuple[tuple[int, ...], tuple[int, ...]], list[str]] = defaultdict(list)
    silent: defaultdict[tuple[tuple[int, ...], tuple[int, ...]], list[str]] = defaultdict(list)
    for row in rows:
        statuts = row["statuts"]
        have = tuple(at for at, statut in enumerate(statuts) if statut in _HAS)
        lack = tuple(at for at, statut in enumerate(statuts) if statut == "absent")
        unknown = tuple(at for at, statut in enumerate(statuts) if statut == "non_renseigne")
        if have and lack:
            lacking[have, lack].append(row["libelle"])
        if have and unknown:
            silent[have, unknown].append(row["libelle"])

    def ordered(
        found: Mapping[tuple[tuple[int, ...], tuple[int, ...]], list[str]],
    ) -> list[tuple[list[Named], list[Named], list[str]]]:
        return [
            ([places[at] for at in have], [places[at] for at in other], labels)
            for (have, other), labels in sorted(found.items(), key=lambda item: -len(item[1]))
        ][:_SAID]

    said = [
        f"{_subjects(have)} {_have(have)} {_quoted(labels)}, {_that(lack)} n’{_have(lack)} pas."
        for have, lack, labels in ordered(lacking)
    ]
    said += [
        f"On ne sait pas si {liste([sujet(place) for place in unknown])} {_have(unknown)} "
        f"{_quoted(labels)}, recensé{'s' if len(labels) > 1 else ''} "
        f"{_where(have)}{NBSP}: c’est à vérifier."
        for have, unknown, labels in ordered(silent)[:2]
    ]
    return said


def _that(places: Sequence[Named]) -> str:
    """Name territories after « que »: « que Le Mans », « qu’Alès et Mende »."""
    names = [sujet(place) for place in places]
    elided = de(places[0]) == f"d’{names[0]}"
    return f"{'qu’' if elided else 'que '}{liste(names)}"


def _where(places: Sequence[Named]) -> str:
    return f"du côté {liste([de(place) for place in places])}"


def parts(places: Sequence[Named], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say for which services the shares of the inhabitants who have them differ most.

    Parameters
    ----------
    places
        Territories of any niveau.
    rows
        Services with their ``libelle`` and their ``parts_population``.

    Returns
    -------
    list of str
        The widest differences first, three at most; shares that nobody knows are left out.
    """
    spreads = []
    for row in rows:
        shares = [
            (share, at) for at, share in enumerate(row["part_population"]) if share is not None
        ]
        if len(shares) < 2:  # noqa: PLR2004
            continue
        (high, best), (low, worst) = max(shares), min(shares)
        if pour_cent(high) != pour_cent(low):
            spreads.append((high - low, row["libelle"], best, worst, high, low))
    spreads.sort(key=lambda item: -item[0])
    return [
        f"{entre_guillemets(label)}{NBSP}: {pour_cent(high)} des habitants {de(places[best])} "
        f"l’ont dans leur commune, contre {pour_cent(low)} de ceux {de(places[worst])}."
        for _, label, best, worst, high, low in spreads[:_NAMED]
    ]


def warning(places: Sequence[Named]) -> str | None:
    """Say that territories of several niveaux do not compare as equals; None when they do."""
    if len({place.niveau for place in places}) == 1:
        return None
    return (
        "Ces territoires ne sont pas du même niveau. Le taux d’une commune compte ses services"
        f"{THIN}; celui d’un territoire plus grand est la moyenne de ses communes, pondérée par "
        "leur population. Comparez-les avec prudence."
    )
