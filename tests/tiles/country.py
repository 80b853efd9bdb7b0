"""A made-up country: a coverage of cells with curved borders, its levels, its places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

#: Zooms where each level is drawn.
ZOOMS = {
    "region": range(3, 11),
    "departement": range(4, 11),
    "epci": range(5, 11),
    "commune": range(7, 11),
    "groupe": range(5, 11),
}

#: Groupes overlap one another: every other layer of outlines is a coverage.
GROUPS = {"semes": slice(None, None, 6), "tassement": slice(0, 90), "presque": slice(10, 100)}

#: West, south, east, north in metres (EPSG:3857): some 300 km of eastern France.
FRAME = (300_000.0, 5_700_000.0, 720_000.0, 6_120_000.0)

#: A commune 12 metres wide, offshore: less than a unit of the grid of zoom 7 (76 m).
ISLET = "00001"

LIEUX = 2500
SERVICES = {"mairie": "democratie", "biblio": "connaissances", "maison": "democratie"}


@dataclass(frozen=True)
class Cells:
    codes: NDArray[np.str_]
    outlines: NDArray[np.object_]
    epcis: NDArray[np.str_]
    departements: NDArray[np.str_]
    regions: NDArray[np.str_]


def cells(count: int = 700) -> Cells:
    """Voronoi cells of very unequal sizes, bent so that borders have many vertices."""
    random = np.random.default_rng(2026)
    west, south, east, north = FRAME
    spread = random.uniform((west, south), (east, north), (count * 3 // 4, 2))
    town = random.normal((480_000, 5_900_000), 6_000, (count - len(spread), 2))
    seeds = np.vstack([spread, town])
    diagram = shapely.voronoi_polygons(
        shapely.multipoints(seeds), extend_to=shapely.box(*FRAME), ordered=True
    )
    straight = shapely.intersection(shapely.get_parts(diagram), shapely.box(*FRAME))
    dense = shapely.segmentize(straight, 1500)
    outlines = shapely.transform(dense, _bend)
    # Two cells far apart make one commune: territories in several pieces exist.
    pieces = [shapely.MultiPolygon([cell]) for cell in outlines]
    pieces[0] = shapely.MultiPolygon([outlines[0], outlines[5]])
    del pieces[5]
    seeds = np.delete(seeds, 5, axis=0)
    islet = shapely.MultiPolygon([shapely.box(250_000, 5_800_000, 250_012, 5_800_012)])
    pieces.append(islet)
    seeds = np.vstack([seeds, (250_006, 5_800_006)])
    codes = np.array([f"{10_000 + k}" for k in range(len(pieces) - 1)] + [ISLET])
    column = np.clip((seeds[:, 0] - west) // 60_000, 0, 6).astype(int)
    row = np.clip((seeds[:, 1] - south) // 60_000, 0, 6).astype(int)
    return Cells(
        codes,
        np.array(pieces, dtype=object),
        np.array([f"2{c}{r}" for c, r in zip(column, row, strict=True)]),
        np.array([f"{c // 2}{r // 4}" for c, r in zip(column, row, strict=True)]),
        np.array([f"{r // 4}" for r in row]),
    )


def _bend(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move each vertex by its place alone, to the centimetre: neighbours move together."""
    x, y = np.round(xy, 2).T
    return np.round(np.column_stack([x + 900 * np.sin(y / 2_100), y + 900 * np.sin(x / 1_700)]), 2)


def outlines_at(country: Cells, zoom: int) -> dict[str, dict[str, shapely.MultiPolygon]]:
    """Outlines by level and code, generalised together as `boundaries` does (EPSG:3857)."""
    drawn = shapely.coverage_simplify(country.outlines, 40_075_016 / 2**zoom / 512)
    communes = dict(zip(country.codes, drawn, strict=True))
    groupes = {
        code: _multi(shapely.coverage_union_all(drawn[members])) for code, members in GROUPS.items()
    }
    levels = {"commune": communes, "groupe": groupes}
    for niveau, keys in (
        ("epci", country.epcis),
        ("departement", country.departements),
        ("region", country.regions),
    ):
        levels[niveau] = {
            key: _multi(shapely.coverage_union_all(drawn[keys == key])) for key in np.unique(keys)
        }
    return {niveau: levels[niveau] for niveau in ZOOMS if zoom in ZOOMS[niveau]}


def _multi(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(shapely.get_parts(geometry).tolist())


def fill(conn: psycopg.Connection) -> None:
    """Fill the tables that tiles are made from."""
    country = cells()
    rows = [
        (zoom, niveau, code, outline)
        for zoom in range(3, 11)
        for niveau, outlines in outlines_at(country, zoom).items()
        for code, outline in outlines.items()
    ]
    with conn.cursor().copy("COPY contours (zoom, niveau, code, geom) FROM STDIN") as copy:
        for zoom, niveau, code, outline in rows:
            geometry = shapely.set_srid(outline, 3857)
            copy.write_row(
                (zoom, niveau, str(code), shapely.to_wkb(geometry, hex=True, include_srid=True))
            )
    random = np.random.default_rng(7)
    names = sorted({(niveau, str(code)) for _, niveau, code, _ in rows})
    for number, (niveau, code) in enumerate(names):
        known = number % 19 != 0
        conn.execute(
            "INSERT INTO territoires (niveau, code, nom, recherche, population) "
            "VALUES (%s, %s, %s, 'x', %s)",
            [niveau, code, f"L’Îlé {code}", int(random.integers(10, 90_000)) if known else None],
        )
        conn.execute(
            "INSERT INTO taux VALUES (%s, %s, 'ensemble', '', 3, 1, %s), "
            "(%s, %s, 'theme', 'democratie', 2, 1, 0.5)",
            [niveau, code, random.random() if number % 11 else None, niveau, code],
        )
    conn.execute(
        """
        UPDATE territoires AS t
        SET
            centre = ST_PointOnSurface(c.geom),
            emprise = ARRAY[ST_XMin(c.geom), ST_YMin(c.geom), ST_XMax(c.geom), ST_YMax(c.geom)]
        FROM (
            SELECT niveau, code, ST_Transform(geom, 4326) AS geom FROM contours WHERE zoom = 10
        ) AS c
        WHERE c.niveau = t.niveau AND c.code = t.code
        """
    )
    _fill_lieux(conn)


def localisation(number: int) -> str:
    """How the place of that rank is located: one in seven is at its chef-lieu."""
    return "point" if number % 7 else "chef_lieu"


def _fill_lieux(conn: psycopg.Connection) -> None:
    conn.execute("INSERT INTO themes VALUES ('democratie', 'D', 1), ('connaissances', 'C', 2)")
    conn.execute("INSERT INTO enjeux VALUES ('e-democratie', 'democratie', 'D', 1)")
    conn.execute("INSERT INTO enjeux VALUES ('e-connaissances', 'connaissances', 'C', 2)")
    for code, theme in SERVICES.items():
        conn.execute("INSERT INTO services VALUES (%s, %s, 'S', '', 1)", [code, f"e-{theme}"])
    conn.execute(
        "INSERT INTO sources (id, nom, producteur, licence, date_donnees, role, statut, exhaustive)"
        " VALUES ('s', 's', 'p', 'l', '2026-01-01', 'lieux', 'chargee', '{}')"
    )
    random = np.random.default_rng(11)
    points = random.uniform((2.8, 45.6), (6.4, 48.1), (LIEUX, 2)).round(6)
    points[-200:] = points[:200]  # several places at one address
    for number, (longitude, latitude) in enumerate(points):
        conn.execute(
            "INSERT INTO lieux (id, nom, commune, source, localisation, geom) VALUES "
            "(%s, %s, '10000', 's', %s, ST_SetSRID(ST_MakePoint(%s, %s), 4326))",
            [f"s:{number}", f"Lieu {number % 300}", localisation(number), longitude, latitude],
        )
        for rank, service in enumerate(SERVICES):
            if (number >> rank) % 3 == 0:
                conn.execute("INSERT INTO lieux_services VALUES (%s, %s)", [f"s:{number}", service])
