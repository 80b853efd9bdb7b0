"""QGIS 3.22, Debian's, without a screen: a layer of features and two of vector tiles."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.conftest import ISLAND, Site, Tell

pytestmark = pytest.mark.national

SCRIPT = Path(__file__).with_name("qgis_layers.py")

#: West, south, east, north: Corse and the sea around, nothing of the mainland.
AROUND_CORSE = (8.4, 41.2, 9.7, 43.1)

#: Pixels of the side of the map: zoom 8 is drawn, where the communes are.
SIDE = 800

TEMPLATES = {
    "tuiles": "/tiles/territoires/{z}/{x}/{y}.mvt",
    "tuiles de l’API OGC": "/ogc/collections/communes/tiles/WebMercatorQuad/{z}/{y}/{x}",
}


@pytest.fixture(scope="session", params=TEMPLATES)
def template(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def loaded(
    template: str, site: Site, system_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What QGIS found in both layers."""
    home = tmp_path_factory.mktemp("qgis")
    home.chmod(0o700)
    done = subprocess.run(
        [
            system_python,
            SCRIPT,
            f"{site.url}/ogc/",
            site.url + TEMPLATES[template],
            *map(str, AROUND_CORSE),
            str(SIDE),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "QT_QPA_PLATFORM": "offscreen",
            "LANG": "C.UTF-8",
        },
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_qgis_loads_features(loaded: dict[str, Any], site: Site, islanders: int, same: Tell):
    found, qgis = loaded["entites"], f"QGIS {loaded['version']}"
    same(qgis, "communes, total de la couche", found["total"], site.territories("commune"))
    same(qgis, "communes de Corse, couche d’entités", len(found["codes"]), islanders)
    assert found["sans_contour"] == 0
    assert found["crs"] == "EPSG:4326"
    assert {"code", "nom", "population", "taux"} <= set(found["champs"])


def test_qgis_loads_vector_tiles(loaded: dict[str, Any], template: str, islanders: int, same: Tell):
    found, qgis = loaded["tuiles"], f"QGIS {loaded['version']}"
    assert found["fautes"] == []
    here = [code for code in found["codes"] if code.startswith(ISLAND)]
    same(qgis, f"communes de Corse, {template}", len(here), islanders)
