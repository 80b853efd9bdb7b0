"""``geo-service boundaries check``: what it says, and its exit code."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from geo_service.cli import app


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["boundaries", "check", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def layer() -> gpd.GeoDataFrame:
    cells = [shapely.box(2 + x / 10, 45, 2.1 + x / 10, 45.1) for x in range(3)]
    return gpd.GeoDataFrame(
        {"code": ["15001", "15002", "15003"], "nom": ["Une", "Deux", "Trois"]},
        geometry=cells,
        crs=4326,
    )


def written(layer: gpd.GeoDataFrame, path: Path) -> Path:
    layer.to_file(path)
    return path


def test_a_sound_layer(layer: gpd.GeoDataFrame, tmp_path: Path) -> None:
    code, text = run(written(layer, tmp_path / "a.geojson"))
    assert code == 0
    assert "3 communes" in text
    assert "Aucun défaut : 0 m² de chevauchement" in text


def test_a_broken_layer_fails(layer: gpd.GeoDataFrame, tmp_path: Path) -> None:
    shapes = layer.geometry.to_numpy().copy()
    shapes[1] = shapely.affinity.translate(shapes[1], 0.01, 0)
    broken = pd.concat([layer.set_geometry(shapes, crs=4326), layer.iloc[:1]], ignore_index=True)
    code, text = run(written(broken, tmp_path / "a.geojson"))
    assert code == 1
    assert "Code en double : 1" in text
    assert "Une (15001) figure 2 fois" in text
    assert "Deux (15002) et Trois (15003) ont" in text


def test_areas_are_compared_to_a_source(layer: gpd.GeoDataFrame, tmp_path: Path) -> None:
    whole = written(layer, tmp_path / "a.geojson")
    part = written(layer.iloc[:2], tmp_path / "b.geojson")
    assert run(whole, "--source", whole)[0] == 0
    code, text = run(part, "--source", whole)
    assert code == 1
    assert "Superficie différente de la source : 1" in text


def test_a_bad_file_is_said_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "rien.shp"
    code, text = run(path)
    assert code == 1
    assert "introuvable" in text
    assert "Traceback" not in text


def test_no_atlas_published(scratch_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_DATABASE_URL", scratch_url)
    monkeypatch.setenv("GEO_CONFIG", "/nowhere/atlas.toml")
    code, text = run()
    assert code == 1
    assert "Aucun atlas n'est publié" in " ".join(text.split())
