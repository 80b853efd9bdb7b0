"""Inspection of whole atlases: the published one, zoom by zoom, and the layer of any file."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import psycopg
import shapely

from boundaries import coverage, crs, generalise, inspection
from boundaries.inspection import Array, Fault, Zone
from boundaries.readers import recognise

#: Levels whose borders are those of communes.
_LARGER = ("epci", "ept", "departement", "region", "pays")
#: Levels that no other of the same level may overlap.
_SHARED_OUT = ("commune", "arrondissement", "epci", "ept", "departement", "region")
#: Levels some communes are in no territory of.
_PARTIAL = ("epci", "ept")
_OVERLAPS = ("chevauchement", "eclat")


@dataclass(frozen=True)
class Line:
    """What was looked at: a layer, its territories, the holes in it and its faults."""

    layer: str
    territories: int
    holes: int
    faults: int


@dataclass
class Report:
    """All that an inspection found."""

    faults: list[Fault] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)

    def add(self, layer: str, frame: gpd.GeoDataFrame, holes: int, faults: list[Fault]) -> None:
        """Note what a layer showed."""
        self.faults += faults
        self.lines.append(Line(layer, len(frame), holes, len(faults)))


def inspect_file(
    path: Path, source: dict[str, float] | None, tell: Callable[[str], None]
) -> Report:
    """Inspect the communes, arrondissements and parts of communes of a file of any provider.

    Parameters
    ----------
    path
        See :func:`boundaries.readers.recognise.read_contours`.
    source
        Areas by zone to compare with (km²), see :func:`source_areas`.
    tell
        Receives French sentences.

    Raises
    ------
    BoundariesError
        When the file cannot be read at all.
    """
    report = Report()
    contours = recognise.read_contours(path, tell)
    for kind, layer in (("COM", "communes"), ("ARM", "arrondissements municipaux")):
        frame = contours[contours["type"] == kind].reset_index(drop=True)
        if len(frame):
            faults, holes = inspection.inspect(frame, layer)
            report.add(layer, frame, len(holes), faults)
    communes = contours[contours["type"] == "COM"]
    _add_zones(report, communes, source)
    return report


def source_areas(path: Path) -> dict[str, float]:
    """Areas by zone of the communes of a file of contours, km² on the ellipsoid."""
    contours = recognise.read_contours(path)
    communes = contours[contours["type"] == "COM"]
    found = inspection.zones(communes["code"], communes.geometry.to_numpy())
    return {zone.name: zone.km2 for zone in found}


def _add_zones(report: Report, communes: gpd.GeoDataFrame, source: dict[str, float] | None) -> None:
    report.zones = inspection.zones(communes["code"], communes.geometry.to_numpy(), source)
    report.faults += inspection.areas_differ(report.zones)


def inspect_published(
    conn: psycopg.Connection,
    source: dict[str, float] | None,
    tell: Callable[[str], None],
) -> Report:
    """Inspect the atlas in the tables of the current search_path, full detail then each zoom.

    At each zoom no hole may be new, no territory missing, and where communes are drawn the larger
    territories must be made of their borders, to the bit.
    """
    report = Report()
    whole = {
        niveau: _read(
            conn,
            "SELECT code, nom, ST_AsBinary(geom) FROM territoires "
            "WHERE niveau = %s AND geom IS NOT NULL ORDER BY code",
            [niveau],
            crs.GEOGRAPHIC,
        )
        for niveau in (*_SHARED_OUT, "pays")
    }
    tell("Plein détail…")
    holes: Array = np.empty(0, dtype=object)
    for niveau in _SHARED_OUT:
        faults, found = inspection.inspect(
            whole[niveau], f"plein détail, {niveau}", partition=niveau not in _PARTIAL
        )
        if niveau == "commune":
            holes = found
        report.add(f"plein détail, {niveau}", whole[niveau], len(found), faults)
    _add_borders(report, whole, "plein détail")
    _add_zones(report, whole["commune"], source)
    expected = crs.project(holes, crs.GEOGRAPHIC, crs.WEB_MERCATOR)
    with ThreadPoolExecutor(2) as pool:
        zooms = sorted({zoom for zooms in generalise.ZOOMS.values() for zoom in zooms})
        jobs = []
        for zoom in zooms:
            drawn = {
                niveau: _read(
                    conn,
                    "SELECT code, coalesce(nom, ''), ST_AsBinary(c.geom) FROM contours c "
                    "LEFT JOIN territoires t USING (niveau, code) "
                    "WHERE zoom = %s AND niveau = %s ORDER BY code",
                    [zoom, niveau],
                    crs.WEB_MERCATOR,
                )
                for niveau, at in generalise.ZOOMS.items()
                if zoom in at
            }
            jobs.append(pool.submit(_inspect_zoom, zoom, drawn, whole, expected))
        for zoom, job in zip(zooms, jobs, strict=True):
            tell(f"Zoom {zoom}…")
            found_here = job.result()
            report.faults += found_here.faults
            report.lines += found_here.lines
    return report


def _inspect_zoom(
    zoom: int,
    drawn: dict[str, gpd.GeoDataFrame],
    whole: dict[str, gpd.GeoDataFrame],
    expected: Array,
) -> Report:
    report = Report()
    for niveau, frame in drawn.items():
        layer = f"zoom {zoom}, {niveau}"
        faults, holes = inspection.inspect(
            frame,
            layer,
            gap=0.0,
            partition=niveau not in _PARTIAL,
            expected=expected,
            slack=generalise.tolerance(zoom),
        )
        known = whole[niveau]
        gone = known[~known["code"].isin(frame["code"])]
        faults += [
            Fault("disparu", layer, f"{nom} ({code}) n’est pas dessiné")
            for nom, code in zip(gone["nom"], gone["code"], strict=True)
        ]
        report.add(layer, frame, len(holes), faults)
    _add_borders(report, drawn, f"zoom {zoom}")
    return report


def _add_borders(report: Report, levels: dict[str, gpd.GeoDataFrame], layer: str) -> None:
    """Note the larger territories whose borders are not those of the smaller ones."""
    base = "commune" if "commune" in levels else "departement"
    larger = _LARGER if base == "commune" else ("region",)
    if base not in levels:
        return
    smaller = levels[base].geometry.to_numpy()
    for niveau in larger:
        if niveau not in levels or levels[niveau].empty:
            continue
        count = coverage.unshared(levels[niveau].geometry.to_numpy(), smaller)
        if count:
            report.faults.append(
                Fault(
                    "limite_propre",
                    f"{layer}, {niveau}",
                    f"{count} segments de limite ne sont pas ceux du niveau {base}",
                )
            )


def _read(
    conn: psycopg.Connection, query: str, values: list[object], srid: int
) -> gpd.GeoDataFrame:
    with conn.cursor(binary=True) as cursor:
        rows = cursor.execute(query.encode(), values).fetchall()
    return gpd.GeoDataFrame(
        {"code": [row[0] for row in rows], "nom": [row[1] for row in rows]},
        geometry=shapely.from_wkb(np.array([row[2] for row in rows], dtype=object)),
        crs=srid,
    )


def overlap(report: Report) -> float:
    """Ground that two territories of a level claim, summed over all layers, m²."""
    return sum(fault.m2 for fault in report.faults if fault.kind in _OVERLAPS)
