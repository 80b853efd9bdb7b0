"""Atlases the tests of the ETL read for: a small one, and the whole of France."""

from __future__ import annotations

import pytest

from boundaries.build import Territories
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
def national_context(national_territories: Territories) -> Context:
    """Every commune of France."""
    built = national_territories
    frame = built.territoires.dropna(subset="geom")
    return Context(
        resolver=Resolver(
            frame.loc[frame["niveau"] == "commune", "code"],
            built.codes_anciens.itertuples(index=False, name=None),
        ),
        territoires=built.territoires,
        referentiel=referentiel.read(ROOT / "etl" / "referentiel" / "depart"),
    )
