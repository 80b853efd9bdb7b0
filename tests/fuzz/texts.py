"""Texts: headers, addresses, mappings, hours, what is drawn and set."""

from __future__ import annotations

import ipaddress
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from etl.config import AtlasConfig
from etl.errors import EtlError
from etl.fetch import hosts
from etl.mapping import hours, model
from etl.readers import cleaning, engagement_citoyen
from geo_service.fiche import texts as fiche_texts
from geo_service.forwarded import seen_by_client
from geo_service.maps import text as map_text
from geo_service.ogc.tiles_app import tile_address
from geo_service.operations.clients import Clients, networks, shown
from tests.fuzz.target import Target, simple, told
from tests.support import ROOT
from tiles import conditions
from tiles.filter import read_filter
from tiles.problems import ProblemError

_CLIENTS = Clients(networks("127.0.0.0/8,::1"))


def words(data: bytes) -> str:
    """Text of some bytes, any letter of Unicode included."""
    return data.decode("utf-8", "replace")


def mapping(data: bytes) -> None:
    """A mapping: read, or refused in words."""
    try:
        model.parse(words(data), "essai.toml")
    except EtlError as error:
        told(error)


def configuration(data: bytes) -> None:
    """A configuration of sources."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "atlas.toml")
        path.write_bytes(data)
        try:
            AtlasConfig.load(path)
        except EtlError as error:
            told(error)


def forwarded(data: bytes) -> None:
    """Headers that proxies write, or pretend to: a name of client is never what was written."""
    parts = data.split(b"\n")
    names = (b"forwarded", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-for")
    headers = [(names[i % 4], part) for i, part in enumerate(parts)]
    seen = seen_by_client({"scheme": "http", "headers": [(b"host", b"a"), *headers]})
    assert seen["scheme"] in {"http", "https"}
    values = [value for name, value in headers if name == b"x-forwarded-for"]
    for peer in ("127.0.0.1", "203.0.113.9", "2001:db8::1"):
        client = _CLIENTS.of(peer, values)
        ipaddress.ip_network(client)
        assert shown(client) != client or "/" in client
    assert _CLIENTS.of("203.0.113.9", values) == "203.0.113.9"


def conditions_of(data: bytes) -> None:
    """Headers of conditional and partial requests, and filters of tiles."""
    text = data.decode("latin-1")
    try:
        span = conditions.parse_range(text, 1000)
    except conditions.UnsatisfiableRangeError:
        span = None
    assert span is None or 0 <= span[0] < span[1] <= 1000
    conditions.matches(text, '"abc"')
    assert set(conditions.preferred_codings(data)) <= {"br", "gzip", "identity"}
    conditions.accepts_gzip(text)
    tile_address("/ogc/" + words(data))
    try:
        read_filter(data)
    except ProblemError as error:
        told(error)


def texts(data: bytes) -> None:
    """Titles and names, whatever their letters: XML can hold what is written of them."""
    text = words(data)
    for whole in (map_text.escape(map_text.clean(text)), map_text.escape(text)):
        ET.fromstring(f'<t a="{whole}">{whole}</t>')
    assert map_text.width(map_text.clean(text), 12) >= 0
    for line in map_text.wrap(map_text.clean(text), 120, 12):
        assert map_text.width(line, 12) <= 10_000_000
    map_text.halves(text)
    map_text.short_name(text)
    assert len(fiche_texts.short(fiche_texts.clean(text), 40)) <= 40
    assert "<" not in hosts.shown("http://h/?" + text).partition("://")[0]


def values(data: bytes) -> None:
    """Values of cells: hours, periods, addresses of sites."""
    text = words(data)
    hours.osm_text(text)
    hours.free_text(text)
    hours.day_slots(text, {"ferme"})
    hours.week_text([[text]] * 7, {"ferme"})
    try:
        start, end = engagement_citoyen.read_period(text)
        assert start <= end
    except ValueError as error:
        told(error, "no period", "no month", "a period")
    url = cleaning.normalise_url(text)
    assert url is None or url.startswith(("http://", "https://"))
    cleaning.without_persons(cleaning.clean_text(text))


def _mappings() -> list[bytes]:
    folder = ROOT / "etl" / "mapping" / "standards"
    return [path.read_bytes() for path in sorted(folder.glob("*.toml"))]


TARGETS = (
    Target("correspondance", simple(mapping), _mappings, longest=6000),
    Target(
        "configuration",
        simple(configuration),
        lambda: [(ROOT / "atlas.toml").read_bytes()],
        longest=12_000,
    ),
    Target(
        "mandataires",
        simple(forwarded),
        lambda: [
            b'for=192.0.2.60;proto=http;host="a.b"\nhttps\natlas.fr\n10.0.0.1, 127.0.0.1',
            b'proto="https";host=a\\"b\nhttp,https\na,b\n[2001:db8::9]:443, ::1',
        ],
        longest=600,
    ),
    Target(
        "conditions",
        simple(conditions_of),
        lambda: [
            b"bytes=0-10",
            b"bytes=-5",
            b'W/"abc", "def", *',
            b"br;q=1.0, gzip;q=0.5, *;q=0",
            b"tiles/WebMercatorQuad/3/4/5",
            b"service=site-internet&statut=absent",
        ],
        longest=300,
    ),
    Target(
        "textes",
        simple(texts),
        lambda: [
            "Saint-Rémy-lès-Chevreuse".encode(),
            "a\u202eb\u0000 ]]> &amp; <x-fuzz> \ufffe \U0001f600".encode(),
        ],
        longest=500,
    ),
    Target(
        "valeurs",
        simple(values),
        lambda: [
            b"Mo-Fr 09:00-12:00,14:00-18:00; Sa off",
            "de 9h à 12h30 et de 14 h à 17 h".encode(),
            "janvier 2024 - février 2025".encode(),
            b"https://www.exemple.fr:8080/a?b=c#d",
        ],
        longest=300,
    ),
)
