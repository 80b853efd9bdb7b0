"""Workers of dask on this machine, started once for the tests that ask for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from etl.engine.cluster import Cluster, open_cluster
from etl.engine.settings import Calcul


@pytest.fixture(scope="package")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two processes."""
    with open_cluster(Calcul(points_minimum=1), tmp_path_factory.mktemp("calcul")) as cluster:
        yield cluster
