"""Draws the map of a territory: chooses, reads, writes; keeps what was drawn lately."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final
from weakref import WeakKeyDictionary

from boundaries.names import normalise
from geo_service.atlas import PublishedAtlas
from geo_service.maps import drawing, furniture, words
from geo_service.maps.composition import Composition, Picture, compose
from geo_service.maps.labels import Wanted
from geo_service.maps.layout import BODY, SMALL, Layout, lay_out
from geo_service.maps.model import Look, Row, StaticMap, Subject
from geo_service.maps.outlines import Outlines, read_outlines
from geo_service.maps.text import clean
from geo_service.maps.values import LABELS, Values, share_of, statut_of, values_of
from geo_service.french_sentences import pour_cent
from geo_service.territories import Territory

#: Characters of drawings kept by a publication in a process.
KEPT: Final = 6 * 2**20

_NO_MAP: Final = "Pas encore de carte"
_NO_OUTLINE: Final = (
    "Aucun contour de {nom} n’est dans cette publication : ses chiffres sont dans le tableau."
)
_ARRONDISSEMENT: Final = (
    "Les services sont connus par commune : un arrondissement municipal a ceux de sa ville."
)

_Key = tuple[str, str, Subject, Look]


@dataclass
class _Kept:
    """Maps drawn lately from one publication."""

    maps: OrderedDict[_Key, StaticMap] = field(default_factory=OrderedDict)
    making: dict[_Key, asyncio.Task[StaticMap]] = field(default_factory=dict)
    size: int = 0

    def keep(self, key: _Key, found: StaticMap) -> None:
        """Keep a map; those unused for the longest time make room for it."""
        if key in self.maps or len(found.svg) > KEPT:
            return
        self.maps[key] = found
        self.size += len(found.svg)
        while self.size > KEPT:
            _, dropped = self.maps.popitem(last=False)
            self.size -= len(dropped.svg)


_kept: WeakKeyDictionary[PublishedAtlas, _Kept] = WeakKeyDictionary()


async def draw_territory(
    atlas: PublishedAtlas, territory: Territory, subject: Subject, look: Look
) -> StaticMap:
    """Draw the map of a territory.

    Parameters
    ----------
    atlas
        The publication.
    territory
        Any of its territories. A commune is drawn in its EPCI; an EPCI, an EPT, a département, a
        groupe by their communes; a région and the pays by their départements.
    subject
        What is told of each territory drawn.
    look
        Size and appearance.

    Returns
    -------
    StaticMap
        One that says so for a territory without outline and for an arrondissement municipal.

    Raises
    ------
    DatabaseAwayError
        If the database does not answer.

    Notes
    -----
    Drawn once for all who ask at that moment; what was drawn lately is kept.
    """
    kept = _kept.setdefault(atlas, _Kept())
    key = (territory.niveau, territory.code, subject, look)
    found = kept.maps.get(key)
    if found is not None:
        kept.maps.move_to_end(key)
        return found
    task = kept.making.get(key)
    if task is None:
        task = kept.making[key] = asyncio.create_task(_draw(atlas, territory, subject, look))
        task.add_done_callback(lambda _: kept.making.pop(key))
    # Who goes away does not take the map from the others.
    drawn = await asyncio.shield(task)
    kept.keep(key, drawn)
    return drawn


async def _draw(
    atlas: PublishedAtlas, territory: Territory, subject: Subject, look: Look
) -> StaticMap:
    composition = compose(atlas, territory)
    if composition is None:
        return _without_map(atlas, territory, subject, look)
    values, rows, layout = await asyncio.to_thread(
        _prepare, atlas, territory, subject, look, composition
    )
    outlines = [
        await read_outlines(atlas, composition, picture, box)
        for picture, box in zip(composition.pictures, layout.pictures, strict=True)
    ]
    return await asyncio.to_thread(
        _write, atlas, territory, subject, look, composition, values, rows, layout, outlines
    )


def _prefix(territory: Territory, subject: Subject) -> str:
    """Prefix of the ids of a drawing: those of two maps of one page differ."""
    told = f"{territory.niveau}/{territory.code}?{subject.query()}"
    return "c" + blake2b(told.encode(), digest_size=4).hexdigest()


def _prepare(
    atlas: PublishedAtlas,
    territory: Territory,
    subject: Subject,
    look: Look,
    composition: Composition,
) -> tuple[Values, list[Row], Layout]:
    known = atlas.metadata.territories.by_key
    level, codes = composition.level, composition.codes
    values = values_of(atlas, subject, level, codes)
    rows = [
        Row(code, known[level, code].nom, level, text, value, index)
        for code, text, value, index in zip(
            codes, values.texts, values.values, values.index, strict=True
        )
    ]
    layout = lay_out(
        look,
        len(composition.pictures) - 1,
        words.title_of(territory, subject, composition),
        words.legend_title(subject, composition),
        values.entries,
        values.method,
        words.source_of(atlas, subject),
    )
    return values, rows, layout


def _write(
    atlas: PublishedAtlas,
    territory: Territory,
    subject: Subject,
    look: Look,
    composition: Composition,
    values: Values,
    rows: Sequence[Row],
    layout: Layout,
    outlines: Sequence[Outlines],
) -> StaticMap:
    """Write the drawing: no waiting."""
    ink = drawing.ink_of(look, _prefix(territory, subject))
    body = [ink.patterns(), furniture.background(look, layout, ink)]
    start = 0
    for at, (picture, fitted) in enumerate(zip(composition.pictures, outlines, strict=True)):
        mine = rows[start : start + len(picture.codes)]
        start += len(picture.codes)
        body.append(
            _picture(
                atlas, composition, picture, fitted, mine, values, look, subject, ink, layout,
                main=at == 0,
            )
        )  # fmt: skip
    note = words.note_of(composition)
    body.append(furniture.around(layout, values.entries, note, ink))
    everyone = [*rows, *_missing(atlas, subject, composition, values)]
    everyone.sort(key=lambda row: (normalise(row.nom), row.code))
    title = words.title_of(territory, subject, composition)
    description = words.describe(atlas, territory, subject, composition, rows)
    return StaticMap(
        svg=drawing.document(look, ink, title, description, body),
        title=title,
        description=description,
        legend=drawing.legend_classes(values.entries, ink),
        rows=tuple(everyone),
        level=composition.level,
        method=values.method,
        note=note,
        source=words.source_of(atlas, subject),
        drawn=True,
    )


def _picture(
    atlas: PublishedAtlas,
    composition: Composition,
    picture: Picture,
    fitted: Outlines,
    rows: Sequence[Row],
    values: Values,
    look: Look,
    subject: Subject,
    ink: drawing.Ink,
    layout: Layout,
    *,
    main: bool,
) -> str:
    territories = atlas.metadata.territories
    groups: list[str] = []
    if composition.inner:
        groups = [
            next(
                (
                    code
                    for niveau, code in territories.parents[composition.level, row.code]
                    if niveau == composition.inner
                ),
                "",
            )
            for row in rows
        ]
    highlighted = None
    if composition.highlighted is not None:
        highlighted = picture.codes.index(composition.highlighted)
    content = [
        drawing.ground(fitted, ink),
        drawing.territories(
            fitted, rows, values.entries, look, subject, ink, scattered=composition.scattered
        ),
    ]
    if not composition.scattered:
        content.append(drawing.borders(fitted, groups, highlighted, ink))
    overlay = []
    if main:
        bar, taken = drawing.scale_bar(fitted, SMALL * layout.scale, ink)
        wanted = [
            Wanted(
                at,
                row.nom,
                row.text,
                territories.by_key[row.niveau, row.code].population or 0,
            )
            for at, row in enumerate(rows)
        ]
        # The territory the map is about has its name first.
        wanted.sort(key=lambda item: (item.index != highlighted, -item.people))
        size = (BODY - 1) * layout.scale
        if composition.level != "commune":
            size = SMALL * layout.scale
        overlay = [
            drawing.names(
                fitted,
                wanted,
                size,
                ink,
                look,
                dots=composition.level == "commune",
                taken=(taken,),
            ),
            bar,
        ]
    frame = ""
    if not main:
        frame = drawing.frame(fitted.box, picture.caption, SMALL * layout.scale, ink)
    return drawing.picture_group(fitted.box, "".join(content), "".join(overlay)) + frame


def _missing(
    atlas: PublishedAtlas, subject: Subject, composition: Composition, values: Values
) -> list[Row]:
    """Rows of the territories that have no outline: the table has them all the same."""
    found = []
    for territory in composition.missing:
        if values.statuts:
            statut = statut_of(atlas, str(subject.code), territory.code)
            index = next(
                at for at, entry in enumerate(values.entries) if entry.label == LABELS[statut]
            )
            text, value = LABELS[statut].lower(), statut
            found.append(
                Row(territory.code, territory.nom, territory.niveau, text, value, index, False)
            )
            continue
        share = share_of(atlas, subject, territory.niveau, territory.code)
        told = "non documenté" if share is None else pour_cent(share)
        found.append(
            Row(territory.code, territory.nom, territory.niveau, told, share, -1, False)
        )
    return found


def _without_map(
    atlas: PublishedAtlas, territory: Territory, subject: Subject, look: Look
) -> StaticMap:
    """Answer for a territory that cannot be drawn."""
    name = clean(territory.nom)
    reason = (
        _ARRONDISSEMENT
        if territory.niveau == "arrondissement"
        else _NO_OUTLINE.format(nom=name)
    )
    ink = drawing.ink_of(look, _prefix(territory, subject))
    source = words.source_of(atlas, subject)
    layout = lay_out(look, 0, f"{name} : {_NO_MAP.lower()}", "", (), "", source)
    body = [
        furniture.background(look, layout, ink),
        furniture.empty(look, layout, _NO_MAP, reason, ink),
        furniture.around(layout, (), "", ink),
    ]
    title = f"{_NO_MAP} : {name}"
    return StaticMap(
        svg=drawing.document(look, ink, title, reason, body),
        title=title,
        description=reason,
        legend=(),
        rows=(),
        level=territory.niveau,
        method="",
        note=reason,
        source=source,
        drawn=False,
    )
