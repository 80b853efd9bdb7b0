"""Workers of dask on this machine, started once for the tests that ask for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from etl.engine.cluster import Cluster, open_cluster
from etl.engine.settings import Calcul


@pytest.fixture(scope="package")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two processes; on a busy machine, those that tests kill take long to be replaced."""
    settings = Calcul(points_minimum=1, delai_s=600)
    with open_cluster(settings, tmp_path_factory.mktemp("calcul")) as cluster:
        yield cluster
