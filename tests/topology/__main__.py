"""``python -m tests.topology up``: start the topology, print its addresses, until Ctrl+C."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from geo_service.faults import InstallationError
from tests.topology import Topology
from tests.topology.part import TopologyError


def main() -> int:
    """Read the arguments, start, wait."""
    parser = argparse.ArgumentParser(prog="python -m tests.topology", description=__doc__)
    parser.add_argument("command", choices=["up"])
    parser.add_argument(
        "--state",
        type=Path,
        help="state folder of an atlas, its database stopped: a copy, it is written to",
    )
    parser.add_argument("--apis", type=int, default=2, help="API servers (2)")
    parser.add_argument("--no-replica", action="store_true")
    parser.add_argument("--no-store", action="store_true", help="tiles are read from the disk")
    asked = parser.parse_args()
    # Whoever ends us ends the servers too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="atlas-topologie-") as folder:
        try:
            with Topology(
                Path(folder),
                state=asked.state,
                apis=asked.apis,
                replica=not asked.no_replica,
                store=not asked.no_store,
            ) as found:
                for part in found.parts:
                    sys.stdout.write(f"{part.name:12} {shown(part.url):48} {part.log}\n")
                sys.stdout.write(f"\nAtlas : {found.public_url}  (Ctrl+C pour arrêter)\n")
                sys.stdout.flush()
                signal.pause()
        except KeyboardInterrupt:
            return 0
        except (TopologyError, InstallationError) as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


def shown(url: str) -> str:
    """Write an address without its password."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition(':')[0]}://…@{tail}" if at else url


if __name__ == "__main__":
    sys.exit(main())
