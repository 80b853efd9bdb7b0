"""The primary and its streaming replica, reached by TCP with passwords as in the containers."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from geo_service.postgresql import find_installation
from geo_service.private_cluster import OWNER, READER
from tests.support import ROOT
from tests.topology.ground import Ground
from tests.topology.part import Part, TopologyError

DATABASE = "atlas"
REPLICATOR = "atlas_replication"
#: What the compose file gives its servers, and shared_buffers of a size for a machine of tests.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "wal_level": "replica",
    "max_wal_senders": "10",
    "hot_standby": "on",
    "max_wal_size": "3GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "lc_messages": "C",
    "log_min_messages": "warning",
}
_WHO_ENTERS = f"""\
local all all trust
host all all 127.0.0.1/32 scram-sha-256
host replication {REPLICATOR} 127.0.0.1/32 scram-sha-256
"""


class PostgresServer(Part):
    """A PostgreSQL server.

    Parameters
    ----------
    name
        Name of its folder and of its log.
    ground
        Where its files are.
    passwords
        Of each role.
    data
        Folder of its data; by default, one of its own.
    durable
        Whether a commit waits for the disk.
    """

    ending = signal.SIGINT  # « fast » shutdown: clients are let go

    def __init__(
        self,
        name: str,
        ground: Ground,
        passwords: dict[str, str],
        *,
        data: Path | None = None,
        durable: bool = True,
    ) -> None:
        super().__init__(name, ground.folder, ground.runner)
        self.ground = ground
        self.passwords = passwords
        self.home = ground.make(name)
        self.data = data or self.home / "donnees"
        self.durable = durable
        self._programs: Path | None = None

    @property
    def programs(self) -> Path:
        """Folder of the programs of the version of the data."""
        if self._programs is None:
            version = self.data / "PG_VERSION"
            wanted = int(version.read_text()) if version.is_file() else None
            self._programs = find_installation(wanted).programs
        return self._programs

    @property
    def url(self) -> str:
        """URL of the reading role."""
        return self.url_of(READER)

    @property
    def owner_url(self) -> str:
        """URL of the owner."""
        return self.url_of(OWNER)

    def url_of(self, role: str) -> str:
        """Give the libpq URL of a role, password included."""
        password = quote(self.passwords[role], safe="")
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    def inside(self, database: str = DATABASE) -> str:
        """URL of the owner by the socket, without password: what an administrator has."""
        socket = quote(str(self.home), safe="")
        return f"postgresql://{OWNER}@/{database}?host={socket}&port={self.port}"

    def command(self) -> Sequence[str | Path]:
        """The settings are arguments: nothing is written in the data, which may be a copy."""
        settings = {
            **_SETTINGS,
            "port": str(self.port),
            "hba_file": str(self.ground.write(self.home / "hba.conf", _WHO_ENTERS)),
            "unix_socket_directories": str(self.home),
            "fsync": "on" if self.durable else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.programs / "postgres", *options]

    def environment(self) -> dict[str, str]:
        """Where its data are."""
        return {"PGDATA": str(self.data)}

    def prepare(self) -> None:
        """Remove what a killed server left: its number may be somebody else's by now."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def answers(self) -> bool:
        """Tell whether queries are answered."""
        try:
            with psycopg.connect(self.inside("postgres"), connect_timeout=5) as conn:
                conn.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _secret(self, role: str) -> Path:
        """Write the password of a role to a file, as Compose gives it."""
        return self.ground.write(self.home / f"secret_{role}", self.passwords[role])

    def ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Run a query as the owner, and give its rows if it has any."""
        with psycopg.connect(self.inside(), autocommit=True) as conn:
            cursor = conn.execute(query.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run a program of PostgreSQL as the account of the server."""
        as_root = os.geteuid() == 0
        done = subprocess.run(
            [str(self.programs / program), *map(str, arguments)],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=self.ground.runner.uid if as_root else None,
            group=self.ground.runner.gid if as_root else None,
            extra_groups=[] if as_root else None,
        )
        if done.returncode != 0:
            raise TopologyError(f"{program} a échoué : {done.stderr.strip()[-500:]}")


class Primary(PostgresServer):
    """The server that is written to."""

    def prepare(self) -> None:
        """Make its cluster at the first start, as the image of PostGIS does."""
        super().prepare()
        if (self.data / "PG_VERSION").is_file():
            return
        self.run(
            "initdb",
            f"--pgdata={self.data}",
            f"--username={OWNER}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=reject",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        )

    def start(self) -> None:
        """Start it; at the first time, make the database and its roles with the image's scripts."""
        super().start()
        with psycopg.connect(self.inside("postgres"), autocommit=True) as conn:
            known = {name for (name,) in conn.execute("SELECT datname FROM pg_database")}
            if DATABASE not in known:
                conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
            roles = {name for (name,) in conn.execute("SELECT rolname FROM pg_roles")}
        self._run_scripts(READER in roles)
        self._set_passwords()

    def _run_scripts(self, reader_is_there: bool) -> None:
        """Run what the compose file gives the image to run in a new cluster."""
        if reader_is_there:
            return
        for script in sorted((ROOT / "docker").glob("creer-role-*.sh")):
            done = subprocess.run(
                [script],
                env={
                    "PATH": f"{self.programs}:{os.environ['PATH']}",
                    "PGHOST": str(self.home),
                    "PGPORT": str(self.port),
                    "POSTGRES_USER": OWNER,
                    "POSTGRES_DB": DATABASE,
                    "PGDATA": str(self.data),
                    **{
                        f"ATLAS_MOT_DE_PASSE_{name}_FILE": str(self._secret(role))
                        for name, role in (("LECTURE", READER), ("REPLICATION", REPLICATOR))
                    },
                },
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                raise TopologyError(f"{script.name} a échoué : {done.stderr.strip()[-500:]}")

    def _set_passwords(self) -> None:
        """Give this topology's passwords to the roles, those of a copied cluster too."""
        with psycopg.connect(self.inside(), autocommit=True) as conn:
            for role, password in self.passwords.items():
                name = sql.Identifier(role)
                if not conn.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
                    conn.execute(sql.SQL("CREATE ROLE {} REPLICATION").format(name))
                conn.execute(
                    sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(password))
                )


class Replica(PostgresServer):
    """A server that follows the primary by streaming replication.

    Parameters
    ----------
    name
        Name of its folder, of its log and of its slot.
    primary
        The server it follows, running when the replica first starts.
    """

    def __init__(self, name: str, primary: Primary) -> None:
        super().__init__(name, primary.ground, primary.passwords, durable=primary.durable)
        self.primary = primary

    def command(self) -> Sequence[str | Path]:
        """The script of the container: it copies the primary at the first start."""
        # A copy: the account of the server may be unable to enter the checkout.
        text = (ROOT / "docker" / "demarrer-replique.sh").read_text(encoding="utf-8")
        script = self.ground.write(self.home / "demarrer-replique.sh", text)
        return ["/bin/bash", script, *super().command()]

    def environment(self) -> dict[str, str]:
        """What the compose file gives the script."""
        return {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "TMPDIR": str(self.home),
            "PGDATA": str(self.data),
            "PRIMAIRE": f"host=127.0.0.1 port={self.primary.port}",
            "ATLAS_MOT_DE_PASSE_REPLICATION_FILE": str(self._secret(REPLICATOR)),
        }

    def caught_up(self) -> bool:
        """Tell whether it has replayed all that the primary has written."""
        ((written,),) = self.primary.ask("SELECT pg_current_wal_lsn()::text")
        ((same,),) = self.ask("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written)
        return bool(same)


def new_passwords() -> dict[str, str]:
    """Draw a password for each role."""
    return {role: secrets.token_hex(16) for role in (OWNER, READER, REPLICATOR)}
