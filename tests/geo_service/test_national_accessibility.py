"""Access on the whole of France, against NumPy and PySAL on the points and polygons themselves."""

from __future__ import annotations

import csv
import io
import warnings

import httpx
import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely

from boundaries import crs
from etl.schemas import schema_of
from tests.geo_service.little_atlas import MAIRIE
from tests.support import NationalAtlas

pytestmark = [pytest.mark.national, pytest.mark.anyio]

#: The only service with lieux that needs no optional file is at every mairie: its distances are 0
#: nearly everywhere. This one is of a tenth of the communes.
SERVICE = "france-services"


@pytest.fixture(scope="module")
def tables(national_atlas: NationalAtlas, shared_data) -> dict[str, pd.DataFrame]:
    """Communes and lieux as they were read, projected; nothing that was computed from them."""
    options = f"-c search_path={schema_of(national_atlas.publication)},public"
    with psycopg.connect(national_atlas.reader_url, options=options) as conn:
        communes = pd.DataFrame(
            conn.execute(
                "SELECT t.code, t.population, t.srid_legal, ST_X(c.geom), ST_Y(c.geom), "
                "ST_AsBinary(t.geom) FROM territoires t JOIN chefs_lieux c ON c.commune = t.code "
                "WHERE t.niveau = 'commune' ORDER BY t.code"
            ).fetchall(),
            columns=["code", "population", "srid", "x", "y", "geom"],
        )
        lieux = pd.DataFrame(
            conn.execute(
                "SELECT l.id, t.srid_legal, ST_X(l.geom), ST_Y(l.geom) FROM lieux_services s "
                "JOIN lieux l ON l.id = s.lieu "
                "JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune "
                "WHERE s.service = %s ORDER BY l.id",
                [SERVICE],
            ).fetchall(),
            columns=["id", "srid", "x", "y"],
        )
    for frame in (communes, lieux):
        for srid, rows in frame.groupby("srid").groups.items():
            points = shapely.points(frame.loc[rows, ["x", "y"]].to_numpy())
            projected = crs.project(points, crs.GEOGRAPHIC, int(srid))
            frame.loc[rows, ["x", "y"]] = shapely.get_coordinates(projected)
    return {"communes": communes, "lieux": lieux}


@pytest.fixture(scope="module")
def brute(tables) -> pd.DataFrame:
    """Distance and index of every commune, from all the distances there are."""
    communes, lieux = tables["communes"], tables["lieux"]
    km = np.full(len(communes), np.nan)
    index = np.zeros(len(communes))
    people = communes["population"].fillna(0).to_numpy(dtype=float)
    limits, weights = np.array([5.0, 10.0, 20.0]), np.array([1, 0.68, 0.22, 0])
    for srid in lieux["srid"].unique():
        here = np.flatnonzero(communes["srid"] == srid)
        there = lieux.loc[lieux["srid"] == srid, ["x", "y"]].to_numpy()
        home = communes.loc[here, ["x", "y"]].to_numpy()
        km[here] = np.inf
        for start in range(0, len(there), 200):
            part = there[start : start + 200]
            far = np.hypot(*(home[:, None, :] - part[None, :, :]).transpose(2, 0, 1)) / 1000
            km[here] = np.minimum(km[here], far.min(axis=1))
            weight = weights[np.searchsorted(limits, far)]
            demand = (weight * people[here, None]).sum(axis=0)
            ratio = np.divide(1.0, demand, out=np.zeros(len(part)), where=demand > 0)
            index[here] += 10_000 * (weight * ratio).sum(axis=1)
    return pd.DataFrame({"code": communes["code"], "people": people, "km": km, "index": index})


@pytest.fixture(scope="module")
async def exported(france: httpx.AsyncClient) -> pd.DataFrame:
    address = f"/api/territoires/pays/france/accessibilite?service={SERVICE}&format=csv"
    rows = list(csv.DictReader(io.StringIO((await france.get(address)).text)))
    return pd.DataFrame(rows).sort_values("code", ignore_index=True)


async def test_every_commune_is_as_brute_force_says(
    exported: pd.DataFrame, brute: pd.DataFrame
) -> None:
    assert exported["code"].tolist() == brute["code"].tolist()
    assert len(exported) == 34_875
    assert exported["distance_km"].astype(float).to_numpy() == pytest.approx(
        brute["km"], abs=0.0051
    )
    assert exported["e2sfca"].astype(float).to_numpy() == pytest.approx(brute["index"], abs=6e-4)


async def test_figures_of_the_country_are_those_of_its_communes(
    france: httpx.AsyncClient, brute: pd.DataFrame
) -> None:
    address = f"/api/territoires/pays/france/accessibilite?service={SERVICE}"
    (found,) = (await france.get(address)).json()["services"]
    people = brute["people"].to_numpy()
    for row in found["seuils"]:
        far = brute["km"].to_numpy() > row["km"]
        assert (row["communes"], row["population"]) == (far.sum(), people[far].sum())
    for name, value in found["distances"]["quantiles_km"].items():
        expected = np.quantile(
            brute["km"], int(name[1:]) / 100, weights=people, method="inverted_cdf"
        )
        assert value == pytest.approx(expected, abs=0.0051)
    order = np.argsort(brute["index"].to_numpy())
    x = np.concatenate(([0], np.cumsum(people[order]))) / people.sum()
    held = (brute["index"].to_numpy() * people)[order]
    y = np.concatenate(([0], np.cumsum(held))) / held.sum()
    assert found["e2sfca"]["gini"] == pytest.approx(1 - 2 * np.trapezoid(y, x), abs=1e-4)
    assert found["e2sfca"]["moyenne"] == pytest.approx(held.sum() / people.sum(), abs=6e-4)


async def test_departements_add_up_to_the_country(france: httpx.AsyncClient) -> None:
    codes = (await france.get("/api/indicateurs/departement?indicateur=population")).json()["codes"]

    async def told(place: str) -> np.ndarray:
        address = f"/api/territoires/{place}/accessibilite?service={SERVICE}"
        (found,) = (await france.get(address)).json()["services"]
        return np.array(
            [
                found["lieux"]["total"],
                found["communes"]["mesurees"],
                found["distances"]["population"],
                found["e2sfca"]["population_sans_acces"],
                found["grappes"]["population_loin_loin"],
                *(row[name] for row in found["seuils"] for name in ("communes", "population")),
                *found["grappes"]["communes"].values(),
            ]
        )

    parts = [await told(f"departement/{code}") for code in codes]
    assert len(parts) == 101
    assert sum(parts).tolist() == (await told("pays/france")).tolist()


async def test_clusters_are_those_of_pysal(
    exported: pd.DataFrame, tables: dict[str, pd.DataFrame], brute: pd.DataFrame
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import esda.moran  # noqa: PLC0415
        import geopandas  # noqa: PLC0415
        from libpysal.graph import Graph  # noqa: PLC0415

        polygons = shapely.from_wkb(tables["communes"]["geom"].to_numpy())
        frame = geopandas.GeoDataFrame(index=brute["code"], geometry=polygons, crs=4326)
        graph = Graph.build_contiguity(frame, rook=False)
        moran = esda.moran.Moran_Local(
            brute["km"].to_numpy(),
            graph.transform("R"),
            permutations=999,
            seed=1,
            keep_simulations=False,
        )
    islands = set(graph.isolates)
    assert set(exported.loc[exported["grappe"] == "", "code"]) == islands
    names = np.array(["", "loin_loin", "pres_loin", "pres_pres", "loin_pres"])
    found = exported["grappe"].to_numpy()
    significant = ~np.isin(found, ["", "non_significatif"])
    assert (found[significant] == names[moran.q[significant]]).all()
    # Its p-values are one-sided and of 999 draws; ours two-sided and of 9 999.
    tested = found != ""
    mine = exported.loc[tested, "p_valeur"].astype(float).to_numpy()
    theirs = np.minimum(1, 2 * moran.p_sim[tested])
    assert np.abs(mine - theirs).max() < 0.15
    assert np.abs(mine - theirs).mean() < 0.02
    # Benjamini and Hochberg, by hand.
    ordered = np.sort(mine)
    kept = ordered <= 0.05 * np.arange(1, len(mine) + 1) / len(mine)
    cutoff = ordered[kept].max()
    assert ((mine <= cutoff) == significant[tested]).all()


async def test_zones_are_of_one_piece_and_complete(
    france: httpx.AsyncClient, exported: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> None:
    address = f"/api/territoires/pays/france/accessibilite?service={SERVICE}"
    zones = (await france.get(address)).json()["zones"]
    assert len(zones) == 50
    assert [zone["zone"] for zone in zones] == list(range(1, 51))
    polygons = pd.Series(
        shapely.from_wkb(tables["communes"]["geom"].to_numpy()), index=tables["communes"]["code"]
    )
    far = set(exported.loc[exported["grappe"] == "loin_loin", "code"])
    seen: set[str] = set()
    for zone in zones:
        codes = set(zone["codes"])
        assert codes <= far - seen
        seen |= codes
        assert zone["communes"] == zone["communes_ici"] == len(codes)
        parts = polygons.loc[sorted(codes)].to_numpy()
        # Touching polygons: those a commune of the zone reaches, step by step.
        reached, waiting = {0}, [0]
        tree = shapely.STRtree(parts)
        while waiting:
            for other in tree.query(parts[waiting.pop()], predicate="intersects").tolist():
                if other not in reached:
                    reached.add(other)
                    waiting.append(other)
        assert len(reached) == len(codes)


async def test_everyone_has_a_mairie_within_ten_kilometres(france: httpx.AsyncClient) -> None:
    address = f"/api/territoires/pays/france/accessibilite?service={MAIRIE}"
    (found,) = (await france.get(address)).json()["services"]
    assert found["communes"]["mesurees"] == 34_875
    assert found["seuils"][1]["population"] == 0
    assert found["distances"]["quantiles_km"]["p90"] == 0
