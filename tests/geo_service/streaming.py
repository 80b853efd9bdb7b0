"""A small primary and its streaming replicas, real PostgreSQL servers that tests may do harm to."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from geo_service.faults import InstallationError
from geo_service.postgresql import Installation
from geo_service.private_cluster import PrivateCluster

#: Added to the configuration of the private cluster: what replication needs, no long wait.
_CONFIGURATION = """
wal_level = replica
max_wal_senders = 6
hot_standby = on
max_standby_streaming_delay = 0
wal_retrieve_retry_interval = 100ms
wal_receiver_status_interval = 1s
shared_buffers = 32MB
max_connections = 100
fsync = off
"""


class StreamingCluster(PrivateCluster):
    """A primary, or a replica of one.

    Parameters
    ----------
    folder
        Of the cluster.
    primary
        Whose replica it is, running at the first start; None for a primary.
    """

    def __init__(self, folder: Path, primary: PrivateCluster | None = None) -> None:
        super().__init__(folder)
        self._primary = primary

    def _create(self, installation: Installation) -> None:
        if self._primary is None:
            super()._create(installation)
            return
        done = self.place.runner.run(
            [
                installation.programs / "pg_basebackup",
                f"--pgdata={self.place.data}",
                f"--dbname={self._primary.url('postgres')}",
                "--checkpoint=fast",
                "--write-recovery-conf",
            ]
        )
        if done.returncode != 0:
            raise InstallationError(done.stderr)

    def _configure(self) -> None:
        super()._configure()
        with (self.place.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(_CONFIGURATION)
        with (self.place.data / "pg_hba.conf").open("a", encoding="utf-8") as hba:
            hba.write("local replication all peer map=atlas\n")

    def kill(self) -> None:
        """End all its processes at once, as when the machine is unplugged."""
        self._send(signal.SIGKILL)

    def freeze(self) -> None:
        """Make it silent: connections stay, nothing answers."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def _send(self, sign: signal.Signals) -> None:
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
