"""Entry point of the ``geo-service`` command.

The commands are imported only here, so that Ctrl-C during that second, too, ends without a trace.
"""

from __future__ import annotations

import sys

#: What shells report for a program ended by SIGINT: 128 + 2.
INTERRUPTED = 130


def main() -> None:
    """Run the command named on the command line."""
    try:
        from geo_service.cli import app  # noqa: PLC0415 (see the module's docstring)

        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
