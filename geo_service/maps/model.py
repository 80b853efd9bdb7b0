"""What a static map is about, how it looks, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo_service.atlas import PublishedAtlas, Service

Kind = Literal["ensemble", "theme", "enjeu", "service"]
Scheme = Literal["light", "dark", "auto"]


@dataclass(frozen=True)
class Subject:
    """What a map tells of each territory.

    Attributes
    ----------
    kind
        All services together, those of a thème or of an enjeu, or one service.
    code
        Code of the thème, enjeu or service; None for all.
    libelle
        Its name.
    """

    kind: Kind
    code: str | None
    libelle: str

    def services(self, atlas: PublishedAtlas) -> list[Service]:
        """Give the services of the référentiel it is made of, in its order."""
        known = atlas.metadata.services.values()
        if self.kind == "ensemble":
            return list(known)
        return [
            item
            for item in known
            if self.code == {"theme": item.theme, "enjeu": item.enjeu}.get(self.kind, item.code)
        ]

    def query(self) -> str:
        """Give the query that names it in an address: ``enjeu=education``, empty for all."""
        return "" if self.code is None else f"{self.kind}={self.code}"


#: All the services together.
WHOLE = Subject("ensemble", None, "Ensemble des services")


def subject_of(
    atlas: PublishedAtlas,
    *,
    service: str | None = None,
    enjeu: str | None = None,
    theme: str | None = None,
) -> Subject:
    """Find the subject that codes name.

    Parameters
    ----------
    atlas
        The publication.
    service, enjeu, theme
        At most one of them.

    Raises
    ------
    KeyError
        If the référentiel does not have the code.
    ValueError
        If several are given.
    """
    if sum(code is not None for code in (service, enjeu, theme)) > 1:
        raise ValueError("a map has one subject")
    known = atlas.metadata
    if service is not None:
        return Subject("service", service, known.services[service].libelle)
    if enjeu is not None:
        return Subject("enjeu", enjeu, known.enjeux[enjeu].libelle)
    if theme is not None:
        return Subject("theme", theme, known.themes[theme].libelle)
    return WHOLE


@dataclass(frozen=True)
class Look:
    """How a map is drawn.

    Attributes
    ----------
    width, height
        Size in CSS pixels, all included.
    links
        Whether each territory drawn is a link to its page, named « Barjac : 13 % ».
    link_target
        ``target`` of the links: ``_top`` or ``_blank`` in the page of somebody else.
    furniture
        Whether title, legend, source and date are part of the drawing.
    brief
        For a social network: sources in one line, nothing to study.
    scheme
        Colours; ``auto`` follows the reader's preference.
    precision
        Pixels of a screen or a print for one of the drawing: finer outlines, heavier drawing.
    inline
        Whether the drawing goes in an HTML page: no XML header and no ``<style>`` (a strict policy
        refuses it); colours are attributes that the page's style sheet may replace by class.
    """

    width: int = 800
    height: int = 600
    links: bool = False
    link_target: str | None = None
    furniture: bool = True
    brief: bool = False
    scheme: Scheme = "light"
    inline: bool = False
    precision: float = 1.0


@dataclass(frozen=True)
class LegendClass:
    """A class of the legend.

    Attributes
    ----------
    label
        « 20 à 35 % », « Absent ».
    count
        Territories of the map that are in it.
    detail
        The count in words: « 12 communes ».
    meaning
        What it means, where the label does not say it.
    css
        Class of what is drawn with it.
    colour
        Its colour in the light scheme, ``#rrggbb``.
    hatched
        Whether it is hatched: what nobody has said.
    swatch
        A small ``<svg>`` of it for an HTML page, hidden from readers of screens. Hatching is that
        of the map's own definitions: the map must be in the same page.
    """

    label: str
    count: int
    detail: str
    meaning: str
    css: str
    colour: str
    hatched: bool
    swatch: str


@dataclass(frozen=True)
class Row:
    """A territory of the map, for the table beside it.

    Attributes
    ----------
    code, nom, niveau
        The territory.
    text
        Its value as people read it.
    value
        Share from 0 to 1, name of a statut, or None when not known.
    index
        Its class in the legend.
    drawn
        False for a territory without outline.
    """

    code: str
    nom: str
    niveau: str
    text: str
    value: float | str | None
    index: int
    drawn: bool = True


@dataclass(frozen=True)
class StaticMap:
    """A map drawn, and the same in words.

    Attributes
    ----------
    svg
        The drawing.
    title
        « Taux de couverture des communes de Rennes Métropole ».
    description
        Two or three French sentences: what the map shows.
    legend
        Its classes, lowest first (statuts: the best first).
    figure, figure_caption
        The value of the territory itself in words, and what it is.
    rows
        The territories, by name.
    level
        Niveau of the territories drawn; that of the territory itself when nothing is.
    method
        How classes were made.
    note
        What is not drawn, and why; empty when all is.
    source
        Whom the data are from, their date, their licence.
    drawn
        False for a territory without map: the drawing then says so.
    """

    svg: str
    title: str
    description: str
    figure: str
    figure_caption: str
    legend: tuple[LegendClass, ...]
    rows: tuple[Row, ...]
    level: str
    method: str
    note: str
    source: str
    drawn: bool
