"""``python -m tests.faults``: break an installation in every way, and write what readers saw."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tests.faults import clock, disks, files, loading, network, processes, report
from tests.faults.playing import Fault, Row, play
from tests.faults.site import Site
from tests.support import ROOT

FAULTS: list[Fault] = [
    *processes.FAULTS,
    *network.FAULTS,
    *disks.FAULTS,
    *files.FAULTS,
    *clock.FAULTS,
    *loading.FAULTS,
]


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("faults", nargs="*", help="names of faults; all by default")
    parser.add_argument("--list", action="store_true", help="name the faults and stop")
    parser.add_argument(
        "--state",
        type=Path,
        help="state folder of an atlas, its database stopped: it is copied to memory; a tiny atlas "
        "is made by default",
    )
    parser.add_argument(
        "--config", type=Path, help="atlas.toml of that state, if it is not this checkout's"
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / ".build" / "pannes", help="folder of the table"
    )
    asked = parser.parse_args()
    unknown = set(asked.faults) - {fault.key for fault in FAULTS}
    if unknown:
        parser.error(f"unknown faults: {', '.join(sorted(unknown))} (see --list)")
    if asked.config is not None and asked.state is None:
        parser.error("--config goes with --state")
    return asked


def main() -> int:
    """Play the faults that are asked for; 1 if something was lost or did not come back."""
    asked = _read_arguments()
    if asked.list:
        for fault in FAULTS:
            sys.stdout.write(f"{fault.key:18} {fault.title}\n")
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = [fault for fault in FAULTS if not asked.faults or fault.key in asked.faults]
    rows: list[Row] = []
    about = {"avant": report.machine(), "atlas": "national" if asked.state else "petit"}
    with (
        tempfile.TemporaryDirectory(prefix="atlas-pannes-") as folder,
        Site(Path(folder), asked.state, asked.config) as site,
    ):
        for fault in chosen:
            rows.append(play(site, fault))
            sys.stdout.write(report.markdown(rows[-1:]).splitlines()[-1] + "\n")
            sys.stdout.flush()
            report.write(asked.out, rows, {**about, "apres": report.machine()})
    sys.stdout.write(f"\n{asked.out}/pannes.md, {asked.out}/pannes.json\n")
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
