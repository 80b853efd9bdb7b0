"""The benchmark of the engines: its places are always the same, and it sees what differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from tests.benchmarks import engine
from tests.etl import small_atlas


def test_places_are_the_same_at_each_run_whatever_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CHUNK", 100)
    frame = small_atlas.context().territoires
    communes = frame[(frame["niveau"] == "commune") & frame["geom"].notna()]
    communes = communes.assign(population=[0, 10, 20, 30, 40_000, None], superficie_km2=80.0)
    for name, rows in (("a", 250), ("b", 500)):
        (tmp_path / name).mkdir()
        engine.make_places(communes, rows, tmp_path / name)
    few, many = (pq.read_table(tmp_path / name).to_pandas() for name in ("a", "b"))
    assert few["row"].tolist() == list(range(250))
    pd.testing.assert_frame_equal(few.iloc[:200], many.iloc[:200])
    points = shapely.points(few["x"], few["y"])
    paris = communes.loc[communes["code"] == "75056", "geom"].iloc[0]
    assert shapely.dwithin(points, paris, 0.1).mean() > 0.95
    assert few[["un", "deux"]].isin(engine.SERVICES.values()).all().all()


def test_what_differs_is_counted() -> None:
    counts = pd.DataFrame(
        {"niveau": "commune", "code": ["1", "2"], "service": "s", "lieux": [3, 4]}
    )
    nearest = pd.DataFrame(
        {"service": "s", "commune": ["1", "2"], "metres": [10.0, 20.0], "lieu": ["a", "b"]}
    )
    one = engine.Answers(np.array([0, 1, -1]), counts, nearest)
    same = engine.compare(one, one)
    assert (same["points_compares"], same["points_hors_communes"]) == (3, 1)
    assert (same["comptes_compares"], same["distances_comparees"]) == (2, 2)
    assert same["points_differents"] == same["plus_grand_ecart_de_compte"] == 0
    assert same["plus_grand_ecart_m"] == same["lieux_differents_a_meme_distance"] == 0
    other = replace(
        one,
        located=np.array([0, 0, -1]),
        counts=counts.iloc[:1],
        nearest=nearest.assign(metres=[10.0, 20.5], lieu=["c", "b"]),
    )
    found = engine.compare(one, other)
    assert found["points_differents"] == 1
    assert found["plus_grand_ecart_de_compte"] == 4
    assert found["plus_grand_ecart_m"] == 0.5
    assert found["lieux_differents_a_meme_distance"] == 1
