"""Files much larger than the memory they are made in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support import COMPILED, ROOT

#: Rows, of 20 kB each: 120 MB, and as much again for the file of who would write them whole.
COUNT = 6000
#: Growth of the peak of memory that is allowed, MB. GDAL sorts FlatGeobuf in a buffer of 100 MB,
#: whatever the size of the file; the others grow by some 10 to 40.
MOST = 150


def test_no_format_holds_its_rows(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("peak.py"), str(tmp_path), str(COUNT)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **COMPILED},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 6
    for one in found:
        assert one["bytes"] > COUNT * 9_000, one
        assert one["growth"] < MOST, one
    assert list(tmp_path.iterdir()) == []
