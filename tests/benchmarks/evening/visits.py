"""One hour of visits, drawn at random and always the same: what is asked of the service.

What visitors do is supposed, not observed: shares and lengths of visits are the constants below, to
be replaced by those of a real log. Territories are drawn by population, since people look at where
they live; a tile is drawn around the territory looked at.
"""

from __future__ import annotations

import random
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks.load import get_json
from tests.benchmarks.peers.questions import tile_at

#: Territories whose place is known, so that maps of them can be opened; the most populated first.
PLACES = 300
#: Visits of the hour; :data:`VISITORS` says of which kinds.
VISITS = 6_000
#: Parts of a map that a screen of 1 280 by 800 shows at one zoom.
SCREEN = (4, 3)


@dataclass(frozen=True)
class Ask:
    """One request of the hour.

    Attributes
    ----------
    at
        Seconds since the beginning of the hour.
    family
        Kind of address: what latencies are told by.
    path
        With its parameters.
    again
        Whether the visitor has the answer already, and asks if it has changed.
    """

    at: float
    family: str
    path: str
    again: bool = False


@dataclass(frozen=True)
class _Known:
    """What visits are drawn from."""

    codes: dict[str, list[str]]
    weights: dict[str, list[float]]
    places: dict[tuple[str, str], tuple[float, float, float, float]]
    bounds: tuple[float, float, float, float]
    names: list[str]
    enjeux: list[str]
    services: list[str]
    scripts: list[str]
    widget_scripts: list[str]


def _assets(port: int, path: str) -> list[str]:
    """List the files of the build that a page names."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        text = answer.read().decode()
    found = re.findall(r"""(?:src="|href="|url\()(/[\w./-]+\.(?:js|css|woff2|svg))""", text)
    return sorted(set(found))


def _read(port: int) -> _Known:
    codes, weights, places = {}, {}, {}
    for niveau in ("commune", "epci", "departement", "region"):
        found = get_json(port, f"/api/indicateurs/{niveau}?indicateur=population")
        kept = [
            (code, value)
            for code, value in zip(found["codes"], found["valeurs"], strict=True)
            if value
        ]
        codes[niveau] = [code for code, _ in kept]
        weights[niveau] = [float(value) for _, value in kept]
        for code, _ in sorted(kept, key=lambda one: -one[1])[:PLACES]:
            territory = get_json(port, f"/api/territoires/{niveau}/{code}")
            if territory["bbox"]:
                places[niveau, code] = tuple(territory["bbox"])
    referentiel = get_json(port, "/api/referentiel")
    documented = [
        (enjeu["code"], service["code"])
        for theme in referentiel["themes"]
        for enjeu in theme["enjeux"]
        for service in enjeu["services"]
        if service["documente"]
    ]
    towns = get_json(port, "/api/territoires?niveau=commune&limit=100")["territoires"]
    page = f"/commune/{codes['commune'][0]}"
    return _Known(
        codes,
        weights,
        places,
        tuple(get_json(port, "/tiles/territoires.json")["bounds"]),
        [town["nom"].lower() for town in towns],
        sorted({enjeu for enjeu, _ in documented}),
        [service for _, service in documented],
        _assets(port, page),
        _assets(port, f"/widget{page}"),
    )


class _Visitor:
    """One visit being drawn: its requests, one after the other."""

    def __init__(self, drawn: random.Random, known: _Known, at: float) -> None:
        self.drawn, self.known, self.at = drawn, known, at
        self.asks: list[Ask] = []
        #: Whether the browser has been here today, and kept what may be kept.
        self.returning = drawn.random() < 0.4

    def ask(self, family: str, path: str, *, after: float = 0.05, again: bool = False) -> None:
        self.at += self.drawn.expovariate(1 / after)
        self.asks.append(Ask(self.at, family, path, again))

    def territory(self, *niveaux: str) -> tuple[str, str]:
        niveau = self.drawn.choice(niveaux)
        known = self.known
        return niveau, self.drawn.choices(known.codes[niveau], known.weights[niveau])[0]

    def files(self, paths: list[str]) -> None:
        """Ask for the files of the build: a browser that came before holds them for a year."""
        if not self.returning:
            for path in paths:
                self.ask("fichiers", path, after=0.02)

    def map(self, niveau: str, code: str) -> None:
        """Open the interactive map and move it once."""
        box = self.known.places.get((niveau, code))
        if box is None:
            return
        self.ask("api", "/tiles/territoires.json", after=0.3, again=self.returning)
        if niveau != "commune":
            self.ask("api", f"/api/indicateurs/{niveau}", after=0.05, again=self.returning)
        west, south, east, north = box
        zoom = {"region": 7, "departement": 8, "epci": 9, "commune": 10}[niveau]
        for zoom_shown in (zoom, min(zoom + 1, 11)):
            middle = tile_at((west + east) / 2, (south + north) / 2, zoom_shown)
            for column in range(SCREEN[0]):
                for row in range(SCREEN[1]):
                    self.tile(zoom_shown, middle.x + column - 1, middle.y + row - 1)

    def tile(self, zoom: int, x: int, y: int) -> None:
        """Ask for a tile, if it touches the bounds that the TileJSON gives: no map asks others."""
        west, south, east, north = self.known.bounds
        first, last = tile_at(west, north, zoom), tile_at(east, south, zoom)
        if first.x <= x <= last.x and first.y <= y <= last.y:
            self.ask("tuiles", f"/tiles/territoires/{zoom}/{x}/{y}.mvt", after=0.01)


def _reader_of_a_widget(visitor: _Visitor) -> None:
    """Reads the page of a town, in which the widget is; one in thirty opens its map."""
    niveau, code = visitor.territory("commune", "commune", "epci")
    visitor.ask("widget", "/widget.js", again=visitor.returning)
    theme = visitor.drawn.random() < 0.3
    more = f"?enjeu={visitor.drawn.choice(visitor.known.enjeux)}" if theme else ""
    visitor.ask("widget", f"/widget/{niveau}/{code}{more}", again=visitor.returning)
    visitor.files(visitor.known.widget_scripts)
    if visitor.drawn.random() < 1 / 30:
        visitor.map(niveau, code)


def _councillor(visitor: _Visitor) -> None:
    """Looks for the town, reads its page, a subject, a neighbour; may explore, print, compare."""
    drawn, known = visitor.drawn, visitor.known
    visitor.ask("pages", "/", again=visitor.returning)
    visitor.files(known.scripts)
    name = drawn.choice(known.names)
    for length in range(2, min(len(name), 6)):
        typed = urllib.parse.quote(name[:length])
        visitor.ask("recherche", f"/api/territoires?q={typed}", after=0.3)
    niveau, code = visitor.territory("commune", "commune", "epci", "departement")
    visitor.ask("pages", f"/{niveau}/{code}", after=2)
    visitor.ask("pages", f"/{niveau}/{code}?enjeu={drawn.choice(known.enjeux)}", after=20)
    visitor.ask("pages", f"/{niveau}/{code}?service={drawn.choice(known.services)}", after=20)
    if drawn.random() < 0.3:
        visitor.map(niveau, code)
    if drawn.random() < 0.1:
        other = visitor.territory(niveau)[1]
        if other != code:
            compared = f"{niveau}/{code},{niveau}/{other}"
            visitor.ask("pages", f"/comparer?territoires={compared}", after=10)
    if drawn.random() < 0.03:
        visitor.ask("fiche", f"/api/territoires/{niveau}/{code}/fiche.pdf", after=10)


def _program(visitor: _Visitor) -> None:
    """Asks the API for the figures of some territories, and for a file now and then."""
    drawn, known = visitor.drawn, visitor.known
    for _ in range(drawn.randint(2, 6)):
        niveau, code = visitor.territory("commune", "epci", "departement", "region")
        base = f"/api/territoires/{niveau}/{code}"
        end = drawn.choice(
            ("", "/diagnostic", "/couverture", "/lacunes", "/recommandations", "/accessibilite")
        )
        visitor.ask("api", base + end, after=0.2)
    if drawn.random() < 0.25:
        department = visitor.territory("departement")[1]
        service = drawn.choice(known.services)
        visitor.ask(
            "exports",
            f"/api/territoires/departement/{department}/lacunes?service={service}&format=csv",
            after=1,
        )


def _mapmaker(visitor: _Visitor) -> None:
    """Opens the layers in a GIS: tiles, and pages of features with a filter."""
    drawn = visitor.drawn
    niveau, code = drawn.choice(sorted(visitor.known.places))
    visitor.map(niveau, code)
    west, south, east, north = visitor.known.places[niveau, code]
    box = f"{west},{south},{east},{north}"
    visitor.ask("ogc", "/ogc/collections?f=json", after=0.2)
    for collection in ("communes", "lieux"):
        visitor.ask(
            "ogc", f"/ogc/collections/{collection}/items?f=json&limit=100&bbox={box}", after=0.3
        )
    if drawn.random() < 0.05:
        visitor.ask("exports", f"/ogc/collections/communes/items?f=gpkg&bbox={box}", after=1)


#: Who comes, and how many of a hundred visits are theirs.
VISITORS: dict[Callable[[_Visitor], None], int] = {
    _reader_of_a_widget: 62,
    _councillor: 25,
    _program: 8,
    _mapmaker: 5,
}


def hour(port: int, seed: int = 0) -> list[Ask]:
    """Draw the requests of one hour.

    Parameters
    ----------
    port
        A server of the atlas, asked what there is to look at.
    seed
        Of the draw: the same one gives the same hour of the same atlas.

    Returns
    -------
    list of Ask
        In the order of time.
    """
    known, drawn = _read(port), random.Random(seed)
    return sorted(_drawn(known, drawn), key=lambda ask: ask.at)


def _drawn(known: _Known, drawn: random.Random) -> Iterator[Ask]:
    kinds = drawn.choices(list(VISITORS), list(VISITORS.values()), k=VISITS)
    for kind in kinds:
        visitor = _Visitor(drawn, known, drawn.uniform(0, 3600))
        kind(visitor)
        yield from visitor.asks
