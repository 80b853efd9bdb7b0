"""Layers whose own description is damaged."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
import shapely

from boundaries.errors import BoundariesError
from boundaries.readers import layers


def test_a_geoparquet_that_tells_other_columns_than_its_own_is_told(tmp_path: Path):
    """pandas would make an index of the geometries, which GeoPandas then looks for in vain."""
    path = tmp_path / "communes.parquet"
    frame = gpd.GeoDataFrame({"code": ["48095"]}, geometry=[shapely.box(3, 44, 4, 45)], crs=4326)
    frame.to_parquet(path)
    table = pq.read_table(path)
    described = json.loads(table.schema.metadata[b"pandas"])
    described["index_columns"] = ["geometry"]
    pq.write_table(
        table.replace_schema_metadata(
            {**table.schema.metadata, b"pandas": json.dumps(described).encode()}
        ),
        path,
    )
    with layers.opened(path) as found:
        (layer,) = found
        with pytest.raises(BoundariesError, match="illisible, incomplet ou abîmé"):
            layers.read(layer, ["code"])
