"""Draws the map of a territory: chooses, reads, writes; keeps what was drawn lately."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final
from weakref import WeakKeyDictionary

import structlog

from boundaries.names import normalise
from geo_service.atlas import PublishedAtlas
from geo_service.french_sentences import NBSP, pour_cent
from geo_service.kept import Kept
from geo_service.maps import drawing, furniture, words
from geo_service.maps.composition import Composition, Picture, compose
from geo_service.maps.labels import Wanted
from geo_service.maps.layout import BODY, SMALL, Layout, Texts, lay_out
from geo_service.maps.model import Look, Row, StaticMap, Subject
from geo_service.maps.outlines import NoOutlineError, Outlines, read_outlines
from geo_service.maps.palette import LABELS
from geo_service.maps.text import clean, short_name
from geo_service.maps.values import Values, share_of, statut_of, values_of
from geo_service.territories import Territory

log = structlog.get_logger(__name__)

#: Characters of drawings kept by a publication in a process.
KEPT: Final = 6 * 2**20

_NO_MAP: Final = "Pas encore de carte"
_NO_OUTLINE: Final = (
    "Le contour {nom} n’est dans aucune source de l’atlas. Ses chiffres y sont"
    f"{NBSP}: {{valeur}}."
)
_ARRONDISSEMENT: Final = (
    "Les services sont connus par commune, et un arrondissement municipal a ceux de sa ville"
    f"{NBSP}: voyez la carte de la commune {{ville}}."
)

_Maps = Kept[tuple[str, str, Subject, Look], StaticMap]
_kept: WeakKeyDictionary[PublishedAtlas, _Maps] = WeakKeyDictionary()


def _size(drawn: StaticMap) -> int:
    return len(drawn.svg)


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
    kept = _kept.setdefault(atlas, Kept(KEPT, _size))
    key = territory.niveau, territory.code, subject, look
    drawn = await kept.once(key, lambda: _draw(atlas, territory, subject, look))
    kept.keep(key, drawn)
    return drawn


async def _draw(
    atlas: PublishedAtlas, territory: Territory, subject: Subject, look: Look
) -> StaticMap:
    composition = compose(atlas, territory)
    if composition is None:
        return _without_map(atlas, territory, subject, look)
    values, rows, texts = await asyncio.to_thread(_prepare, atlas, territory, subject, composition)
    layout = lay_out(look, len(composition.pictures) - 1, texts)
    try:
        outlines = [
            await read_outlines(atlas, composition, picture, box, look.precision)
            for picture, box in zip(composition.pictures, layout.pictures, strict=True)
        ]
    except NoOutlineError as error:
        # A publication is checked for them; a territory without map says so all the same.
        log.warning("contour_absent", territoire=str(error))
        return _without_map(atlas, territory, subject, look)
    sheet = _Sheet(atlas, territory, subject, look, composition, values, texts, layout)
    return await asyncio.to_thread(sheet.write, rows, outlines)


def _prefix(territory: Territory, subject: Subject) -> str:
    """Prefix of the ids of a drawing: those of two maps of one page differ."""
    told = f"{territory.niveau}/{territory.code}?{subject.query()}"
    return "c" + blake2b(told.encode(), digest_size=4).hexdigest()


def _prepare(
    atlas: PublishedAtlas,
    territory: Territory,
    subject: Subject,
    composition: Composition,
) -> tuple[Values, list[Row], Texts]:
    known = atlas.metadata.territories.by_key
    level, codes = composition.level, composition.codes
    values = values_of(atlas, subject, level, codes)
    rows = [
        Row(code, known[level, code].nom, level, text, value, index)
        for code, text, value, index in zip(
            codes, values.texts, values.values, values.index, strict=True
        )
    ]
    figure, caption = words.figure_of(atlas, territory, subject)
    texts = Texts(
        title=words.title_of(territory, subject, composition),
        figure=figure,
        figure_caption=caption,
        legend=words.legend_title(subject, composition),
        entries=len(values.entries),
        method=values.method,
        note=words.note_of(atlas, composition),
        source=words.source_of(atlas),
        credit=words.credit_of(atlas),
    )
    return values, rows, texts


@dataclass(frozen=True)
class _Sheet:
    """A map about to be written."""

    atlas: PublishedAtlas
    territory: Territory
    subject: Subject
    look: Look
    composition: Composition
    values: Values
    texts: Texts
    layout: Layout

    def write(self, rows: Sequence[Row], outlines: Sequence[Outlines]) -> StaticMap:
        """Write the drawing: no waiting."""
        composition, values, texts = self.composition, self.values, self.texts
        ink = drawing.ink_of(self.look, _prefix(self.territory, self.subject))
        body = [ink.patterns(), furniture.background(self.look, self.layout, ink)]
        by_code = {row.code: row for row in rows}
        for at, (picture, fitted) in enumerate(zip(composition.pictures, outlines, strict=True)):
            mine = [by_code[code] for code in picture.codes]
            body.append(self._picture(picture, fitted, mine, ink, main=at == 0))
        body.append(furniture.around(self.layout, values.entries, ink))
        everyone = [*rows, *_missing(self.atlas, self.subject, composition, values)]
        everyone.sort(key=lambda row: (normalise(row.nom), row.code))
        description = words.describe(self.atlas, self.territory, self.subject, composition, rows)
        return StaticMap(
            svg=drawing.document(self.look, ink, texts.title, description, body),
            title=texts.title,
            description=description,
            figure=texts.figure,
            figure_caption=texts.figure_caption,
            legend=drawing.legend_classes(values.entries, ink),
            rows=tuple(everyone),
            level=composition.level,
            method=texts.method,
            note=texts.note,
            source=texts.source,
            drawn=True,
        )

    def _picture(
        self,
        picture: Picture,
        fitted: Outlines,
        rows: Sequence[Row],
        ink: drawing.Ink,
        *,
        main: bool,
    ) -> str:
        composition, entries = self.composition, self.values.entries
        highlighted = None
        if composition.highlighted is not None:
            highlighted = picture.codes.index(composition.highlighted)
        content = [
            drawing.ground(fitted, ink),
            drawing.territories(
                fitted,
                rows,
                entries,
                replace(self.look, links=False) if picture.repeats else self.look,
                ink,
                query=self.subject.query(),
                scattered=composition.scattered,
            ),
        ]
        if not composition.scattered:
            content.append(drawing.borders(fitted, highlighted, ink))
        small = SMALL * self.layout.scale
        if not main:
            return drawing.picture_group(fitted.box, "".join(content), "") + drawing.frame(
                fitted.box, self._caption(picture, rows), small, ink
            )
        bar, taken = drawing.scale_bar(fitted, small, ink)
        communes = composition.level == "commune"
        labels = drawing.names(
            fitted,
            self._wanted(rows, highlighted),
            (BODY - 1) * self.layout.scale if communes else small,
            ink,
            self.look,
            dots=communes and not composition.scattered,
            taken=(taken,),
        )
        return drawing.picture_group(fitted.box, "".join(content), labels + bar)

    def _wanted(self, rows: Sequence[Row], highlighted: int | None) -> list[Wanted]:
        """Names to set: that of the territory the map is about, then the most populated."""
        known = self.atlas.metadata.territories.by_key
        wanted = []
        for at, row in enumerate(rows):
            style = self.values.entries[row.index].style
            wanted.append(
                Wanted(
                    at,
                    short_name(row.nom),
                    row.text,
                    known[row.niveau, row.code].population or 0,
                    "" if self.values.statuts or style.pattern else style.colour,
                )
            )
        return sorted(wanted, key=lambda item: (item.at != highlighted, -item.people))

    @staticmethod
    def _caption(picture: Picture, rows: Sequence[Row]) -> str:
        """Name a frame; with its value when it is that of one territory."""
        if len(rows) == 1 and not picture.ground:
            return f"{clean(picture.caption)}{NBSP}: {rows[0].text}"
        return clean(picture.caption)


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
        found.append(Row(territory.code, territory.nom, territory.niveau, told, share, -1, False))
    return found


def _without_map(
    atlas: PublishedAtlas, territory: Territory, subject: Subject, look: Look
) -> StaticMap:
    """Answer for a territory that cannot be drawn."""
    name = clean(territory.nom)
    known = atlas.metadata.territories
    figure = caption = ""
    if territory.niveau == "arrondissement":
        city = known.by_key["commune", known.anciens[territory.code]]
        reason = _ARRONDISSEMENT.format(ville=clean(city.nom))
    else:
        figure, caption = words.figure_of(atlas, territory, subject)
        reason = _NO_OUTLINE.format(nom=words.of(territory), valeur=f"{caption} : {figure.lower()}")
    title = f"{_NO_MAP}{NBSP}: {name}"
    ink = drawing.ink_of(look, _prefix(territory, subject))
    texts = Texts(title=name, source=words.source_of(atlas), credit=words.credit_of(atlas))
    layout = lay_out(look, 0, texts)
    body = [
        furniture.background(look, layout, ink),
        furniture.empty(layout, _NO_MAP, reason, ink),
        furniture.around(layout, (), ink),
    ]
    return StaticMap(
        svg=drawing.document(look, ink, title, reason, body),
        title=title,
        description=reason,
        figure=figure,
        figure_caption=caption,
        legend=(),
        rows=(),
        level=territory.niveau,
        method="",
        note=reason,
        source=texts.source,
        drawn=False,
    )
