"""What a map tells of each territory: its value, its class, its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from geo_service import indicators
from geo_service.atlas import PublishedAtlas
from geo_service.french_sentences import compte, pour_cent
from geo_service.maps.classes import UNKNOWN, Classification, classify
from geo_service.maps.model import Subject
from geo_service.maps.palette import LABELS, LIGHT, MEANINGS, STATUTS, ramp
from geo_service.matrices import PARTAGE
from geo_service.matrices import STATUTS as MATRIX_STATUTS
from geo_service.rounding import rounded

#: How a value nobody knows is told.
UNDOCUMENTED: Final = "non documenté"
#: Singular and plural of the levels drawn, as the legend counts them.
COUNTED: Final = {
    "commune": ("commune", "communes"),
    "epci": ("EPCI", "EPCI"),
    "departement": ("département", "départements"),
    "region": ("région", "régions"),
}
_SHARE_NOTE: Final = "Les communes non renseignées comptent comme non couvertes."


@dataclass(frozen=True)
class Style:
    """How a class is drawn.

    Attributes
    ----------
    css
        Its class in the drawing.
    colour
        Its colour in the light scheme.
    pattern
        ``hachures`` or ``points`` over the colour, else empty.
    """

    css: str
    colour: str
    pattern: str = ""


#: Class of what nobody knows.
SILENCE: Final = Style("ca-silence", LIGHT.silence, "hachures")
_STATUT_STYLES: Final = {
    "present": Style("ca-present", LIGHT.present),
    "partage": Style("ca-partage", LIGHT.partage),
    "absent": Style("ca-absent", LIGHT.absent, "points"),
    "non_renseigne": SILENCE,
}


@dataclass(frozen=True)
class Entry:
    """A line of the legend: its words, its style, how many territories of the map it counts."""

    label: str
    meaning: str
    style: Style
    count: int
    detail: str


@dataclass(frozen=True)
class Values:
    """The n territories of a map.

    Attributes
    ----------
    values
        Share, statut or None of each.
    texts
        The same in words.
    index
        Place of each in `entries`.
    entries
        The classes.
    method
        How they were made.
    statuts
        Whether values are statuts rather than shares.
    """

    values: tuple[float | str | None, ...]
    texts: tuple[str, ...]
    index: tuple[int, ...]
    entries: tuple[Entry, ...]
    method: str
    statuts: bool


def values_of(atlas: PublishedAtlas, subject: Subject, level: str, codes: Sequence[str]) -> Values:
    """Find what a map tells of some territories.

    Classes are those of all the territories of the level in the country, as on the interactive
    map: a colour means the same on every map of a subject.

    Parameters
    ----------
    atlas
        The publication.
    subject
        What is told.
    level
        ``commune``, ``epci``, ``departement`` or ``region``.
    codes
        Territories of that level that have an outline.
    """
    if subject.kind == "service" and level == "commune":
        return _statuts(atlas, str(subject.code), codes=codes)
    return _shares(
        classes_of(atlas, subject, level), shares(atlas, subject, level, codes), subject, level
    )


def shares(
    atlas: PublishedAtlas, subject: Subject, level: str, codes: Sequence[str] | None = None
) -> NDArray[np.float64]:
    """Share of some territories of a level, of all those of the country by default.

    Returns
    -------
    ndarray
        (n,) from 0 to 1; NaN when not known.
    """
    matrices, territories = atlas.metadata.matrices, atlas.metadata.territories
    if subject.kind == "service":
        found = indicators.part_of_people(
            matrices, territories, level, str(subject.code), codes=codes
        )
    else:
        services = [item.code for item in subject.services(atlas) if item.documente]
        found = indicators.parts(
            matrices, territories, level, services, indicators.PARTS["taux"], codes=codes
        )
    return np.array(found, dtype=np.float64)


#: Classes of each kind and code of subject, at each level: some hundreds of a few numbers.
_classes: WeakKeyDictionary[PublishedAtlas, dict[tuple[str, str | None, str], Classification]] = (
    WeakKeyDictionary()
)


def classes_of(atlas: PublishedAtlas, subject: Subject, level: str) -> Classification:
    """Class the shares of all the territories of a level; once for each publication."""
    known = _classes.setdefault(atlas, {})
    key = subject.kind, subject.code, level
    if key not in known:
        known[key] = classify(shares(atlas, subject, level))
    return known[key]


def share_of(atlas: PublishedAtlas, subject: Subject, niveau: str, code: str) -> float | None:
    """Share of one territory of any level: its rate, or the part of its people covered."""
    matrices, known = atlas.metadata.matrices, atlas.metadata.territories
    services = [item.code for item in subject.services(atlas) if item.documente]
    columns = [matrices.service_position[service] for service in services]
    rows = matrices.members(niveau, code)
    statuts = matrices.statuts[rows][:, columns]
    if not services or (subject.kind == "service" and not statuts.any()):
        return None
    covered = (statuts >= PARTAGE).sum(axis=1)
    if niveau == "commune":
        return float(covered[0] / len(services))
    people = known.by_key[niveau, code].population
    total = float(np.nan_to_num(matrices.population[rows]) @ covered)
    return total / (len(services) * people) if people else None


def statut_of(atlas: PublishedAtlas, service: str, commune: str) -> str:
    """Statut of a service in a commune."""
    matrices = atlas.metadata.matrices
    column = matrices.service_position.get(service)
    if column is None:
        return MATRIX_STATUTS[0]
    return MATRIX_STATUTS[int(matrices.statuts[matrices.position[commune], column])]


def _count(value: int, level: str) -> str:
    return compte(value, *COUNTED[level])


def _statuts(atlas: PublishedAtlas, service: str, codes: Sequence[str]) -> Values:
    found = [statut_of(atlas, service, code) for code in codes]
    counts = Counter(found)
    return Values(
        values=tuple(found),
        texts=tuple(LABELS[statut].lower() for statut in found),
        index=tuple(STATUTS.index(statut) for statut in found),
        entries=tuple(
            Entry(
                LABELS[statut],
                MEANINGS[statut],
                _STATUT_STYLES[statut],
                counts[statut],
                _count(counts[statut], "commune"),
            )
            for statut in STATUTS
        ),
        method="",
        statuts=True,
    )


def _shares(
    classes: Classification, mine: NDArray[np.float64], subject: Subject, level: str
) -> Values:
    index = classes.of(mine)
    entries = [
        Entry(label, "", Style(f"ca-r{at}", colour), count, _count(count, level))
        for at, (label, colour) in enumerate(
            zip(classes.labels(), ramp(len(classes.highs)), strict=True)
        )
        for count in [int((index == at).sum())]
    ]
    unknown = int((index == UNKNOWN).sum())
    if unknown:
        index = np.where(index == UNKNOWN, len(entries), index)
        entries.append(
            Entry(UNDOCUMENTED.capitalize(), "", SILENCE, unknown, _count(unknown, level))
        )
    method = classes.method(f"{COUNTED[level][1]} de France") if classes.known else ""
    if subject.kind == "service" and method:
        method = f"{method} {_SHARE_NOTE}"
    values = [rounded(value) for value in mine.tolist()]
    return Values(
        values=tuple(values),
        texts=tuple(UNDOCUMENTED if value is None else pour_cent(value) for value in values),
        index=tuple(index.tolist()),
        entries=tuple(entries),
        method=method,
        statuts=False,
    )
