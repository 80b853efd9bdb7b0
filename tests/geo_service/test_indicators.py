"""One figure for every territory of a niveau, or for some of them."""

from __future__ import annotations

import random

import pytest

from geo_service import indicators
from geo_service.atlas import PublishedAtlas
from geo_service.watcher import AtlasWatcher

pytestmark = [pytest.mark.anyio, pytest.mark.national]


@pytest.fixture
def atlas(france_watcher: AtlasWatcher) -> PublishedAtlas:
    assert france_watcher.current is not None
    return france_watcher.current


@pytest.mark.parametrize("niveau", ["commune", "epci", "departement", "region"])
async def test_some_territories_have_the_figures_they_have_among_all(
    atlas: PublishedAtlas, niveau: str
) -> None:
    matrices, territories = atlas.metadata.matrices, atlas.metadata.territories
    codes = indicators.codes_of(matrices, territories, niveau)
    some = random.Random(niveau).sample(codes, min(40, len(codes)))
    for name, statuts in indicators.PARTS.items():
        every = indicators.parts(matrices, territories, niveau, matrices.services, statuts)
        found = indicators.parts(
            matrices, territories, niveau, matrices.services, statuts, codes=some
        )
        known = dict(zip(codes, every, strict=True))
        assert found == [known[code] for code in some], name
    for service in matrices.services:
        every = indicators.part_of_people(matrices, territories, niveau, service)
        found = indicators.part_of_people(matrices, territories, niveau, service, codes=some)
        known = dict(zip(codes, every, strict=True))
        assert found == [known[code] for code in some], service


async def test_no_territory_has_no_figure(atlas: PublishedAtlas) -> None:
    matrices, territories = atlas.metadata.matrices, atlas.metadata.territories
    assert not indicators.parts(
        matrices, territories, "epci", matrices.services, indicators.PARTS["taux"], codes=[]
    )
