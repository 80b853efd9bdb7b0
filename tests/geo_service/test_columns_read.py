"""What a process that serves knows of the tables, and what it does not load to know it."""

from __future__ import annotations

import subprocess
import sys

from etl import tables
from geo_service import columns_read

#: Libraries of tens of megabytes that only some addresses, or no address, need.
HEAVY = ("pandas", "geopandas", "scipy", "sqlalchemy", "pyarrow", "xlsxwriter", "morecantile")


def test_the_file_names_the_columns_declared() -> None:
    # Else: python -m geo_service.columns_read
    assert columns_read.columns_read() == tables.columns_declared()


def test_a_process_that_serves_loads_no_heavy_library() -> None:
    program = (
        f"import sys, geo_service.server;print(sorted(set({HEAVY!r}).intersection(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
