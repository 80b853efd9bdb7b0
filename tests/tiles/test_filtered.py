"""Tiles made from the tables are those of the archives, less what the filter leaves out."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

import mapbox_vector_tile
import psycopg
import pytest
from psycopg.rows import dict_row

from tests.tiles.asking import Answer, ask_now
from tests.tiles.country import LIEUX, SERVICES
from tiles import build, filtered
from tiles.archive import Archive
from tiles.filter import LieuxFilter
from tiles.filtered import FilteredTiles
from tiles.server import TilesApp
from tiles.tables import TablesAwayError, TooCostlyError

Tile = dict[str, list[dict[str, Any]]]


@dataclass
class Tables:
    """The tables of the country, by one connection; queries are counted."""

    conn: psycopg.Connection
    asked: int = 0
    fault: Exception | None = None
    gate: asyncio.Event | None = None

    async def fetch(self, query: LiteralString, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        with self.conn.cursor(row_factory=dict_row, binary=True) as cursor:
            return cursor.execute(query, values).fetchall()


@dataclass(eq=False)
class Atlas:
    archives: dict[str, Archive]
    tables: Tables
    id: str = "abc"
    archives_away: tuple[str, ...] = ()


@dataclass
class Service:
    """The application on the country."""

    atlas: Atlas
    app: TilesApp = field(init=False)

    def __post_init__(self) -> None:
        self.app = TilesApp(lambda: self.atlas, filtered=FilteredTiles(lambda atlas: atlas.tables))

    def ask(self, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        return asyncio.run(self.ask_now(address, headers))

    async def ask_now(self, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        path, _, query = address.partition("?")
        return await ask_now(self.app, path, headers, query=query.encode())

    def places(self, zoom: int, query: str) -> list[dict[str, Any]]:
        """Every feature of the filtered tiles of a zoom."""
        found = []
        for z, x, y in self.atlas.archives["lieux"]:
            if z == zoom:
                answer = self.ask(f"/tiles/lieux/{z}/{x}/{y}.mvt?{query}")
                assert answer.status in {200, 204}
                if answer.status == 200:
                    found += decoded(answer.body)["lieux"]
        return found


def decoded(body: bytes) -> Tile:
    tile = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
    return {
        name: [
            {"geometry": feature["geometry"], "properties": feature["properties"]}
            for feature in layer["features"]
        ]
        for name, layer in tile.items()
    }


@pytest.fixture
def service(country_conn: psycopg.Connection, territoires: Archive, lieux: Archive) -> Service:
    # One territory of each kind that communes are known of: the made-up country has none.
    country_conn.execute(
        "INSERT INTO appartenances SELECT 'commune', code, code FROM territoires"
        " WHERE niveau = 'commune'"
    )
    country_conn.execute(
        "INSERT INTO appartenances SELECT 'departement', '00', code FROM territoires"
        " WHERE niveau = 'commune' AND code < '10200'"
    )
    country_conn.execute(
        "INSERT INTO territoires (niveau, code, nom, recherche, population, emprise, geom)"
        " SELECT 'pays', 'france', 'France', 'france', 1, ARRAY[2.0, 45.0, 7.0, 49.0], NULL"
    )
    country_conn.execute(
        "INSERT INTO appartenances SELECT 'pays', 'france', code FROM territoires"
        " WHERE niveau = 'commune'"
    )
    country_conn.execute(
        "UPDATE territoires AS t SET geom = ST_Multi(ST_Transform(c.geom, 4326)) FROM contours AS c"
        " WHERE c.zoom = 10 AND c.niveau = t.niveau AND c.code = t.code"
    )
    country_conn.execute(
        "UPDATE lieux SET commune = t.code FROM territoires AS t"
        " WHERE t.niveau = 'commune' AND ST_Covers(t.geom, lieux.geom)"
    )
    return Service(Atlas({"territoires": territoires, "lieux": lieux}, Tables(country_conn)))


# --- the same as the archive ---------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [4, 7, 9, 10, 12])
def test_without_filter_tiles_are_those_of_the_archive(service: Service, zoom: int) -> None:
    archive = service.atlas.archives["lieux"]
    compared = 0
    for address in [one for one in archive if one[0] == zoom][:60]:
        stored = archive.get(*address)
        assert stored is not None
        answer = service.ask(f"/tiles/lieux/{'/'.join(map(str, address))}.mvt?service=")
        assert decoded(answer.body) == decoded(gzip.decompress(stored))
        compared += 1
    assert compared


@pytest.mark.parametrize("side", [1, 50])
def test_crowded_tiles_are_those_of_the_archive(
    service: Service, country_conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any, side: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(build, "CROWDED", 90 * side)
    path = tmp_path / "lieux.pmtiles"
    build.build_lieux(country_conn, path, attribution="", publication="x")
    archive = Archive(path)
    for address in [one for one in archive if one[0] == 10][:40]:
        stored = archive.get(*address)
        assert stored is not None
        answer = service.ask(f"/tiles/lieux/{'/'.join(map(str, address))}.mvt?theme=")
        assert decoded(answer.body) == decoded(gzip.decompress(stored))


@pytest.mark.parametrize("zoom", [7, 8, 10])
def test_communes_of_a_territory_are_those_of_the_archive(service: Service, zoom: int) -> None:
    archive = service.atlas.archives["territoires"]
    ours = {code for code in service_codes(service) if code < "10200"}
    drawn = set()
    for z, x, y in [one for one in archive if one[0] == zoom]:
        answer = service.ask(f"/tiles/territoires/departement/00/{z}/{x}/{y}.mvt")
        assert answer.status in {200, 204, 404}
        stored = decoded(gzip.decompress(archive.get(z, x, y) or b""))
        wanted = [one for one in stored["communes"] if one["properties"]["code"] in ours]
        outline = [one for one in stored["departements"] if one["properties"]["code"] == "00"]
        if answer.status == 200:
            tile = decoded(answer.body)
            assert tile.get("communes", []) == wanted
            assert tile.get("territoire", []) == outline
            drawn |= {one["properties"]["code"] for one in wanted}
        else:
            assert outline == []
    assert drawn == ours


def service_codes(service: Service) -> list[str]:
    rows = service.atlas.tables.conn.execute(
        "SELECT code FROM territoires WHERE niveau = 'commune'"
    )
    return [code for (code,) in rows]


def test_territory_without_an_outline_is_the_union_of_its_communes(service: Service) -> None:
    archive = service.atlas.archives["territoires"]
    z, x, y = next(one for one in archive if one[0] == 9)
    tile = decoded(service.ask(f"/tiles/territoires/pays/france/{z}/{x}/{y}.mvt").body)
    stored = decoded(gzip.decompress(archive.get(z, x, y) or b""))
    assert tile["communes"] == stored["communes"]
    (outline,) = tile["territoire"]
    assert outline["properties"]["nom"] == "France"
    from shapely.geometry import shape  # noqa: PLC0415

    whole = shape(outline["geometry"]).area
    parts = sum(shape(one["geometry"]).area for one in stored["communes"])
    # Cuts at the edge of the buffer are rounded one by one: less than a unit along each commune.
    assert whole == pytest.approx(parts, rel=1e-3)


# --- filters -------------------------------------------------------------------------------------

FILTERS = (
    {"service": "mairie"},
    {"service": "biblio"},
    {"enjeu": "e-democratie"},
    {"theme": "connaissances"},
    {"theme": "democratie", "service": "maison"},
    {"theme": "connaissances", "service": "maison"},
    {"niveau": "departement", "code": "00"},
    {"niveau": "commune", "code": "10007", "service": "mairie"},
    {"niveau": "pays", "code": "france", "enjeu": "e-democratie"},
)


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
@pytest.mark.parametrize("zoom", [5, 9, 11])
def test_counts_are_those_of_the_tables(
    service: Service, country_conn: psycopg.Connection, wanted: dict[str, str], zoom: int
) -> None:
    given: defaultdict[str, set[str]] = defaultdict(set)
    for lieu, code in country_conn.execute("SELECT lieu, service FROM lieux_services"):
        given[lieu].add(code)
    members = {
        (niveau, code, commune)
        for niveau, code, commune in country_conn.execute("SELECT * FROM appartenances")
    }
    expected = Counter[str]()
    for lieu, commune in country_conn.execute("SELECT id, commune FROM lieux"):
        kept = {
            code
            for code in given[lieu]
            if wanted.get("service", code) == code
            and wanted.get("theme", SERVICES[code]) == SERVICES[code]
            and wanted.get("enjeu", f"e-{SERVICES[code]}") == f"e-{SERVICES[code]}"
        }
        said = wanted.keys() & {"service", "enjeu", "theme"}
        inside = "niveau" not in wanted or (wanted["niveau"], wanted["code"], commune) in members
        if inside and (kept or not said):
            expected["nombre"] += 1
            expected.update(f"theme_{theme}" for theme in {SERVICES[s] for s in given[lieu]})
    found = Counter[str]()
    for place in service.places(zoom, "&".join(f"{k}={v}" for k, v in wanted.items())):
        properties = place["properties"]
        found["nombre"] += properties["nombre"]
        found.update({k: v for k, v in properties.items() if k.startswith("theme_")})
    assert found == expected
    if wanted != {"theme": "connaissances", "service": "maison"}:
        assert 0 < found["nombre"] < LIEUX


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("couche=x", "« couche » n’existe pas ici"),
        ("service=mairi", "Vouliez-vous dire « mairie »"),
        ("enjeu=rien", "référentiel"),
        ("theme=rien", "référentiel"),
        ("service=mairie&service=biblio", "plusieurs fois"),
        ("niveau=departement", "ensemble"),
        ("code=00", "ensemble"),
        ("niveau=canton&code=1", "les valeurs possibles"),
        ("niveau=departement&code=99", "Aucun territoire"),
        ("service=%00", "nul"),
        ("service=" + "x" * 5000, "dépassent"),
    ],
)
def test_bad_parameters(service: Service, query: str, words: str) -> None:
    for address in ("/tiles/lieux/7/66/45.mvt", "/tiles/lieux.json"):
        answer = service.ask(f"{address}?{query}")
        assert answer.status == 400
        assert words in answer.problem["detail"]
        assert len(answer.body) < 1000


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tiles/lieux/40/0/0.mvt?service=mairie", 400),
        ("/tiles/lieux/-1/0/0.mvt?service=mairie", 400),
        ("/tiles/lieux/3/4/2.mvt?service=mairie", 404),
        ("/tiles/lieux/9/0/0.mvt?service=mairie", 404),
        ("/tiles/lieux/9/0/0.png?service=mairie", 404),
        ("/tiles/territoires/departement/00.json?service=mairie", 400),
        ("/tiles/territoires/departement/00", 404),
        ("/tiles/territoires/departement/99.json", 404),
        ("/tiles/territoires/canton/00.json", 404),
        ("/tiles/territoires/departement/00/9/0/0.mvt", 404),
        ("/tiles/territoires/departement/00/30/0/0.mvt", 404),
        ("/tiles/territoires/departement/00/31/0/0.mvt", 400),
        ("/tiles/territoires/departement/00/9/0/0.png", 404),
        ("/tiles/territoires/departement/99/9/0/0.mvt", 404),
    ],
)
def test_addresses_that_have_no_tile(service: Service, address: str, status: int) -> None:
    answer = service.ask(address)
    assert (answer.status, answer.problem["status"]) == (status, status)


def test_tilejson_names_the_same_filter(service: Service) -> None:
    whole = json.loads(service.ask("/tiles/lieux.json").body)
    document = json.loads(
        service.ask("/tiles/lieux.json?code=00&niveau=departement&service=mairie&enjeu=").body
    )
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == [
        "http://atlas.test/tiles/lieux/{z}/{x}/{y}.mvt?service=mairie&niveau=departement&code=00"
    ]
    same = ("minzoom", "maxzoom", "vector_layers", "attribution", "publication")
    assert [document[key] for key in same] == [whole[key] for key in same]
    west, south, east, north = document["bounds"]
    assert whole["bounds"][0] <= west < east <= whole["bounds"][2]
    assert west <= document["center"][0] <= east
    assert south <= document["center"][1] <= north
    territory = json.loads(service.ask("/tiles/territoires/departement/00.json").body)
    assert territory["tiles"] == [
        "http://atlas.test/tiles/territoires/departement/00/{z}/{x}/{y}.mvt"
    ]
    assert [layer["id"] for layer in territory["vector_layers"]] == ["communes", "territoire"]
    assert "taux" in territory["vector_layers"][1]["fields"]


def test_spellings_of_a_filter_are_one() -> None:
    assert LieuxFilter(service="a b&c").query == "service=a%20b%26c"


# --- validators, cost ----------------------------------------------------------------------------

TILE = "/tiles/lieux/7/65/45.mvt?service=mairie"


def test_validators_by_coding(service: Service) -> None:
    packed = service.ask(TILE, {"accept-encoding": "gzip"})
    plain = service.ask(TILE)
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == "Accept-Encoding"
    known = {"if-none-match": plain.headers["etag"]}
    assert service.ask(TILE, known).status == 304
    assert service.ask(TILE, {**known, "accept-encoding": "gzip"}).status == 200
    path, _, query = TILE.partition("?")
    head = asyncio.run(ask_now(service.app, path, None, "HEAD", query.encode()))
    assert head.headers == plain.headers


def test_a_tile_is_made_once(service: Service) -> None:
    async def together() -> list[Answer]:
        service.atlas.tables.gate = asyncio.Event()
        tasks = [asyncio.create_task(service.ask_now(TILE)) for _ in range(8)]
        while service.atlas.tables.asked == 0:
            await asyncio.sleep(0)
        service.atlas.tables.gate.set()
        return await asyncio.gather(*tasks)

    service.ask("/tiles/lieux.json?service=mairie")  # the référentiel is read
    service.atlas.tables.asked = 0
    assert len({answer.body for answer in asyncio.run(together())}) == 1
    assert service.atlas.tables.asked == 1
    service.atlas.tables.gate = None
    service.ask(TILE)
    assert service.atlas.tables.asked == 1
    service.atlas = Atlas(service.atlas.archives, service.atlas.tables, "def")
    service.ask(TILE)
    assert service.atlas.tables.asked == 4  # another publication: its référentiel, then the tile


def test_who_goes_away_does_not_take_the_tile_from_others(service: Service) -> None:
    async def leave() -> Answer:
        gate = service.atlas.tables.gate = asyncio.Event()
        first = asyncio.create_task(service.ask_now(TILE))
        while service.atlas.tables.asked == 0:
            await asyncio.sleep(0)
        second = asyncio.create_task(service.ask_now(TILE))
        await asyncio.sleep(0)
        first.cancel()
        gate.set()
        return await second

    service.ask("/tiles/lieux.json?service=mairie")
    service.atlas.tables.asked = 0
    assert asyncio.run(leave()).status == 200
    assert service.atlas.tables.asked == 1


def test_too_many_at_once_are_told_to_come_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtered, "WAITING", 1)

    async def crowd() -> list[Answer]:
        gate = service.atlas.tables.gate = asyncio.Event()
        archive = service.atlas.archives["lieux"]
        addresses = ["/".join(map(str, one)) for one in archive if one[0] == 10][:6]
        asked = [
            asyncio.create_task(service.ask_now(f"/tiles/lieux/{one}.mvt?service=mairie"))
            for one in addresses
        ]
        for _ in range(20):
            await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(*asked)

    service.ask("/tiles/lieux.json?service=mairie")
    answers = asyncio.run(crowd())
    refused = [answer for answer in answers if answer.status == 503]
    assert len(refused) == 6 - filtered.AT_ONCE - 1
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert "Trop de tuiles" in refused[0].problem["detail"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [(TablesAwayError("x"), "base de données"), (TooCostlyError("x"), "trop de calcul")],
)
def test_faults_of_the_database(service: Service, fault: Exception, words: str) -> None:
    service.atlas.tables.fault = fault
    answer = service.ask(TILE)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert words in answer.problem["detail"]
    service.atlas.tables.fault = None
    assert service.ask(TILE).status == 200


def test_tiles_kept_are_bounded(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filtered, "CACHE_BYTES", 3000)
    service.places(9, "service=mairie")
    kept = service.app._filtered._kept  # type: ignore[union-attr]
    assert kept is not None
    assert 0 < kept.tiles.size <= 3000
