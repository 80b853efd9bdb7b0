"""Files of ready-made features: what is written is read, to the byte, in any order."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import httpx
import numpy as np
import orjson
import psycopg
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from etl import publication
from geo_service.ogc import feature_build, lists
from geo_service.ogc.collections import COLLECTIONS
from geo_service.ogc.columns import UnknownToColumnsError, matching
from geo_service.ogc.feature_files import FeatureFile, Ready, UnreadableFileError, write
from tests.geo_service import little_atlas
from tests.geo_service.ogc.asking import features

SCHEMA = pa.schema([("nom", pa.string()), ("nombre", pa.int64())])

SPOTS = st.tuples(
    st.floats(-5, 9).map(lambda x: round(x, 3)), st.floats(41, 51).map(lambda y: round(y, 3))
)


def ready(
    place: int, nom: str | None, nombre: int | None, spot: tuple[float, float] | None
) -> Ready:
    code = f"{place:05d}"
    content = orjson.dumps({"id": code, "nom": nom, "nombre": nombre})
    if spot is None:
        return Ready(code, (nom, nombre), content, None, None)
    shape = shapely.Point(*spot).buffer(0.3)
    return Ready(code, (nom, nombre), content, shapely.to_wkb(shape), shape.bounds)


FEATURES = st.lists(
    st.tuples(st.none() | st.text(max_size=5), st.none() | st.integers(-9, 9), st.none() | SPOTS),
    max_size=12,
).map(lambda rows: [ready(place, *row) for place, row in enumerate(rows)])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("entites") / "essai.entites"


@given(rows=FEATURES, data=st.data())
def test_any_page_is_the_features_asked(path: Path, rows: list[Ready], data: st.DataObject) -> None:
    info = write(path, "x", SCHEMA, rows)
    assert (info.octets, info.entites) == (path.stat().st_size, len(rows))
    file = FeatureFile(path, "x")
    assert file.ids == [row.id for row in rows]
    chosen = data.draw(st.lists(st.sampled_from(range(len(rows))))) if rows else []
    places = np.array(chosen, dtype=np.intp)
    wanted = b",".join(rows[place].geojson for place in chosen)
    assert file.geojson(places) == wanted
    document = file.stamped(b'{"at":"', b'","features":[', places, b"]}", gzip=True)
    packed = document.written("10:30")
    whole = b'{"at":"10:30","features":[' + wanted + b"]}"
    assert gzip.decompress(packed) == whole
    plain = file.stamped(b'{"at":"', b'","features":[', places, b"]}", gzip=False)
    assert plain.written("10:30") == whole
    # One stream, that clients which read one stop at its end.
    reader = zlib.decompressobj(wbits=31)
    reader.decompress(packed)
    assert reader.eof
    assert reader.unused_data == b""


@given(rows=FEATURES, corners=st.tuples(SPOTS, SPOTS), turned=st.booleans())
def test_a_box_gives_what_touches_it(
    path: Path, rows: list[Ready], corners: tuple[tuple[float, float], ...], turned: bool
) -> None:
    write(path, "x", SCHEMA, rows)
    (x0, y0), (x1, y1) = corners
    west, east = sorted((x0, x1), reverse=turned)
    south, north = sorted((y0, y1))
    areas = [shapely.box(west, south, east, north)]
    if west > east:
        areas = [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    elif west == east or south == north:
        areas = [shapely.LineString([(west, south), (east, north)])]
    expected = [
        row.wkb is None or any(shapely.from_wkb(row.wkb).intersects(area) for area in areas)
        for row in rows
    ]
    found = lists.touching(FeatureFile(path, "x"), (west, south, east, north))
    assert found.tolist() == expected


NOMS = st.sampled_from(["", "a", "é", "B"])
NUMBERS = st.integers(-9, 9)
LEAVES = st.one_of(
    st.builds(
        lambda op, value: {"op": op, "args": [{"property": "nombre"}, value]},
        st.sampled_from(["=", "<>", "<", ">", "<=", ">="]),
        NUMBERS,
    ),
    st.builds(
        lambda op, value: {"op": op, "args": [value, {"property": "nombre"}]},
        st.sampled_from(["=", "<>", "<", ">", "<=", ">="]),
        NUMBERS,
    ),
    st.builds(
        lambda op, value: {"op": op, "args": [{"property": "nom"}, value]},
        st.sampled_from(["=", "<>"]),
        NOMS,
    ),
    st.builds(
        lambda name: {"op": "isNull", "args": [{"property": name}]},
        st.sampled_from(["nom", "nombre"]),
    ),
    st.builds(
        lambda low, high: {"op": "between", "args": [{"property": "nombre"}, low, high]},
        NUMBERS,
        NUMBERS,
    ),
    st.builds(
        lambda values: {"op": "in", "args": [{"property": "nom"}, values]},
        st.lists(NOMS, min_size=1, max_size=3),
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda one: {"op": "not", "args": [one]}, inner),
        st.builds(
            lambda op, args: {"op": op, "args": args},
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=8,
)


def truth(row: dict[str, object], node: dict[str, object]) -> bool | None:
    """Evaluate a filter on a row as SQL does: what is unknown makes unknown, not false."""
    op, args = node["op"], node["args"]
    if op == "not":
        found = truth(row, args[0])
        return None if found is None else not found
    if op in {"and", "or"}:
        found = [truth(row, one) for one in args]
        if (op == "or") in found:
            return op == "or"
        return None if None in found else op == "and"
    values = [row[one["property"]] if isinstance(one, dict) else one for one in args]
    if op == "isNull":
        return values[0] is None
    if values[0] is None or values[1] is None:
        return None
    return {
        "=": lambda a, b: a == b,
        "<>": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
        "between": lambda a, b, c=None: b <= a <= c,
        "in": lambda a, b: a in b,
    }[op](*values)


@given(rows=FEATURES, tree=TREES)
def test_columns_answer_as_sql_does(path: Path, rows: list[Ready], tree: dict[str, object]) -> None:
    write(path, "x", SCHEMA, rows)
    columns = FeatureFile(path, "x").columns
    expected = [
        place
        for place, row in enumerate(rows)
        if truth(dict(zip(("nom", "nombre"), row.values, strict=True)), tree)
    ]
    assert matching(columns, [tree]).tolist() == expected


def test_what_columns_do_not_answer_goes_elsewhere(path: Path) -> None:
    write(path, "x", SCHEMA, [ready(0, "a", 1, None)])
    columns = FeatureFile(path, "x").columns
    for tree in (
        {"op": "like", "args": [{"property": "nom"}, "a%"]},
        {"op": "<", "args": [{"property": "nom"}, "b"]},
        {"op": "=", "args": [{"property": "nom"}, {"property": "nom"}]},
        {"op": "=", "args": [{"op": "casei", "args": [{"property": "nom"}]}, "a"]},
        {"op": "=", "args": [{"property": "geometry"}, "a"]},
        True,
    ):
        with pytest.raises(UnknownToColumnsError):
            matching(columns, [tree])


def test_same_rows_same_bytes(little_reader_url: str, tmp_path: Path) -> None:
    with psycopg.connect(little_reader_url) as conn:
        publication.use_schema(conn, little_atlas.FIRST)
        for folder in ("un", "deux"):
            (tmp_path / folder).mkdir()
            feature_build.build(conn, tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "un").iterdir())
    assert names == sorted(f"{one.id}.entites" for one in feature_build.TERRITORIES)
    for name in names:
        assert (tmp_path / "un" / name).read_bytes() == (tmp_path / "deux" / name).read_bytes()
    assert feature_build.are_complete(tmp_path / "un")


def test_files_of_another_version_are_not_read(path: Path) -> None:
    write(path, "x", SCHEMA, [ready(0, "a", 1, (2.0, 48.0))])
    content = path.read_bytes()
    with pytest.raises(UnreadableFileError, match="another version"):
        FeatureFile(path, "y")
    path.write_bytes(content[:-1])
    with pytest.raises(UnreadableFileError, match="cut short"):
        FeatureFile(path, "x")
    path.write_bytes(b"PMTiles")
    with pytest.raises(UnreadableFileError, match="layout"):
        FeatureFile(path, "x")
    assert not feature_build.are_complete(path.parent)


def test_features_depend_on_how_they_are_made() -> None:
    marks = {feature_build.fingerprint(COLLECTIONS[one.id]) for one in feature_build.TERRITORIES}
    assert len(marks) == len(feature_build.TERRITORIES)


@pytest.mark.anyio
async def test_ready_made_features_are_those_of_the_tables(
    ogc: httpx.AsyncClient, api: httpx.AsyncClient
) -> None:
    """``ogc`` reads the files; ``api`` has none."""
    for collection in ("communes", "epcis", "departements", "regions", "arrondissements"):
        assert await features(ogc, collection) == await features(api, collection)
