"""What a widget says of a territory: a map, its legend, a sentence, a table, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from geo_service.atlas import PublishedAtlas
from geo_service.maps import LegendClass, Look, StaticMap, Subject, draw_territory, subject_of
from geo_service.maps.values import share_of
from geo_service.sql import load
from geo_service.territories import Territory
from geo_service.widget.options import Options
from geo_service.widget.words import Words, isolated

#: Width of the drawing, CSS pixels: between a telephone, which shrinks it, and a wide column.
WIDTH: Final = 480
#: What stands above and below the drawing, CSS pixels, and the least and most height of it.
_AROUND, _LOWEST, _HIGHEST = 280, 260, 480
#: Territories from which the outlines are those of a smaller drawing, without links: 890 communes
#: would weigh 81 kB compressed otherwise, where a widget promises 60 in all.
MANY: Final = 350
_SMALL: Final = 280
#: Niveaux drawn by their communes.
_OF_COMMUNES: Final = ("epci", "ept", "departement", "groupe")

#: What ends the credits of a drawing.
_LIST: Final = " Liste complète"
_COVERED: Final = ("present", "partage")


@dataclass(frozen=True)
class Line:
    """A territory of the table: its name, its value in words, and whether it is on the map."""

    nom: str
    text: str
    here: bool


@dataclass(frozen=True)
class Key:
    """A class of the legend: its swatch, its label, what it means, how many territories."""

    swatch: str
    label: str
    meaning: str
    detail: str


@dataclass(frozen=True)
class View:
    """All that a widget shows.

    Attributes
    ----------
    words
        Labels.
    territory, options
        What was asked.
    subject
        What the map tells.
    title
        Of the widget.
    sentence
        What to keep of it.
    drawn
        The map.
    legend, lines
        The same in words: the classes that are on the map, and its territories.
    caption, column
        Of the table: what it holds, and the name of its figures.
    bbox
        West, south, east, north in degrees (EPSG:4326); None without outline.
    source
        Whom the data are from, in French.
    made
        Day of the publication, ISO 8601.
    links
        Whether the territories drawn lead to their pages.
    """

    words: Words
    territory: Territory
    options: Options
    subject: Subject
    title: str
    sentence: str
    drawn: StaticMap
    legend: tuple[Key, ...]
    lines: tuple[Line, ...]
    caption: str
    column: str
    bbox: tuple[float, float, float, float] | None
    source: str
    made: str
    links: bool

    @property
    def indicator(self) -> str:
        """The subject as ``data-indicateur`` writes it, such as ``enjeu:education``."""
        return (
            "ensemble"
            if self.subject.code is None
            else (f"{self.subject.kind}:{self.subject.code}")
        )


def look_of(territory: Territory, options: Options, *, links: bool) -> Look:
    """Give the look of the drawing of a widget.

    Parameters
    ----------
    territory, options
        What is drawn.
    links
        Whether territories lead to their pages, in a new window: the town's page stays. Those of
        a map of very many do not.
    """
    many = territory.niveau in _OF_COMMUNES and territory.communes > MANY
    width = _SMALL if many else WIDTH
    height = min(max(options.hauteur - _AROUND, _LOWEST), _HIGHEST)
    links = links and not many
    return Look(
        width=width,
        height=round(height * width / WIDTH),
        links=links,
        link_target="_blank" if links else None,
        furniture=False,
        scheme="dark" if options.fond == "sombre" else "light",
        inline=True,
    )


async def view_of(
    atlas: PublishedAtlas, territory: Territory, options: Options, *, links: bool = True
) -> View:
    """Gather what a widget shows.

    Parameters
    ----------
    atlas
        The publication.
    territory
        Any territory whose services are counted.
    options
        The rest of the widget; its subject is one of the référentiel.
    links
        Whether the territories drawn lead to their pages.

    Raises
    ------
    DatabaseAwayError
        If the database does not answer.
    """
    words = Words(options.langue)
    subject = subject_of(atlas, **options.subject())
    look = look_of(territory, options, links=links)
    drawn = await draw_territory(atlas, territory, subject, look)
    by_statut = subject.kind == "service" and drawn.level == "commune"
    if by_statut:
        column = words.say("status")
    else:
        column = words.say("people" if subject.kind == "service" else "rate")
    return View(
        words=words,
        territory=territory,
        options=options,
        subject=subject,
        title=options.titre or words.say("title", nom=isolated(territory.nom)),
        sentence=sentence_of(atlas, territory, subject, words),
        drawn=drawn,
        legend=tuple(_key(item, words, drawn.level) for item in drawn.legend if item.count > 0),
        lines=tuple(
            Line(
                isolated(row.nom),
                words.value(row.value),
                (row.niveau, row.code) == (territory.niveau, territory.code),
            )
            for row in drawn.rows
        ),
        caption=drawn.title if words.french else f"{column}: {isolated(territory.nom)}",
        column=column,
        bbox=await _box(atlas, territory) if drawn.drawn else None,
        # The address of the list is no text for a visitor: pages link to it.
        source=drawn.source.partition(_LIST)[0],
        made=atlas.metadata.made.isoformat(),
        links=look.links,
    )


def _key(item: LegendClass, words: Words, level: str) -> Key:
    return Key(
        item.swatch,
        words.legend(item.label),
        # The English label of a statut holds its meaning.
        item.meaning if words.french else "",
        words.count(item.count, level, item.detail),
    )


async def _box(
    atlas: PublishedAtlas, territory: Territory
) -> tuple[float, float, float, float] | None:
    """Box of a territory; that of the mainland's map for one whose box would span an ocean."""
    (row,) = await atlas.database.fetch(
        load("emprises_carte"), {"niveau": territory.niveau, "codes": [territory.code]}
    )
    if row["west"] is None:
        return None
    return (row["west"], row["south"], row["east"], row["north"])


def sentence_of(atlas: PublishedAtlas, territory: Territory, subject: Subject, words: Words) -> str:
    """Say what to keep of a map, figures always with the number of documented services.

    Parameters
    ----------
    atlas
        The publication.
    territory
        What the widget is about.
    subject
        What the map tells.
    words
        Labels.
    """
    known = atlas.metadata
    nom = isolated(territory.nom)
    wanted = {service.code for service in subject.services(atlas) if service.documente}
    if not wanted:
        return words.say("nothing", nom=nom)
    statuts = [
        found.statut
        for code, found in zip(
            known.documented, known.coverage.of(territory.niveau, territory.code), strict=True
        )
        if code in wanted
    ]
    share = share_of(atlas, subject, territory.niveau, territory.code)
    level = "commune" if territory.niveau == "commune" else "larger"
    values: dict[str, Any] = {"nom": nom, "subject": subject.libelle}
    if subject.kind == "service":
        (statut,) = statuts
        if statut == "non_renseigne":
            return words.say("nothing", nom=nom)
        return words.say(
            f"service_{level}", **values, status=words.say(statut), share=words.share(share)
        )
    if share is None or set(statuts) == {"non_renseigne"}:
        return words.say("nothing", nom=nom)
    counted = sum(statut in _COVERED for statut in statuts)
    values |= {"k": counted, "n": len(statuts), "share": words.share(share)}
    if subject.kind == "ensemble":
        return words.say(f"all_{level}", **values)
    return words.say(f"subject_{level}", **values, axis=words.say(subject.kind))
