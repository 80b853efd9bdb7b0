"""The tiny country as files and as territories, and the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundaries import build
from boundaries.build import Territories
from tests.boundaries import country, movements


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("packages")
    return {
        "etalab": country.write_tgz(folder / "cog.tgz", country.cog_tables()),
        "contours": country.write_wheel(folder / "contours.whl", country.CONTOURS, country.EPCIS),
        "epcis": country.write_wheel(
            folder / "epcis.whl", country.membership_rows(), country.EPCIS
        ),
        "mouvements": movements.write(
            folder / "mouvements.csv", [movements.row("41", "1976-01-01", "20004", "15004")]
        ),
    }


@pytest.fixture(scope="session")
def territories(packages: dict[str, Path]) -> Territories:
    return build.from_files(
        packages["etalab"],
        packages["contours"],
        packages["epcis"],
        movements_csv=packages["mouvements"],
    )


@pytest.fixture(scope="session")
def national(national_territories: Territories) -> Territories:
    return national_territories
