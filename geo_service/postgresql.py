"""Where PostgreSQL's programs are on this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from geo_service.faults import InstallationError

#: Oldest major version of PostgreSQL the project is tested with (Debian 12's).
OLDEST = 15

#: Extensions the atlas needs, by their control files.
EXTENSIONS = ("postgis", "pg_trgm")

#: Where Debian installs the programs and the extensions of each major version.
DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")
DEBIAN_SHARE = Path("/usr/share/postgresql")

MISSING = (
    "PostgreSQL 15 et PostGIS sont introuvables sur cette machine : installez-les avec "
    "« apt-get install postgresql-15-postgis-3 », ou bien lancez « docker compose up », ou bien "
    "indiquez une base PostGIS dans la variable GEO_DATABASE_URL."
)


@dataclass(frozen=True)
class Installation:
    """One installed major version of PostgreSQL with the extensions of the atlas.

    Attributes
    ----------
    version
        Major version.
    programs
        Folder of ``initdb``, ``pg_ctl`` and ``postgres``.
    """

    version: int
    programs: Path


def _has_extensions(share: Path) -> bool:
    return all((share / "extension" / f"{name}.control").is_file() for name in EXTENSIONS)


def _from_debian() -> list[Installation]:
    found = []
    for programs in DEBIAN_PROGRAMS.glob("*/bin"):
        name = programs.parent.name
        if not name.isdigit() or not _has_extensions(DEBIAN_SHARE / name):
            continue
        if all((programs / program).is_file() for program in ("initdb", "pg_ctl", "postgres")):
            found.append(Installation(int(name), programs))
    return found


def _from_path() -> list[Installation]:
    command = shutil.which("pg_config")
    if command is None:
        return []
    answer = subprocess.run(  # noqa: S603 (the program found on PATH, fixed arguments)
        [command, "--version", "--bindir", "--sharedir"],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = answer.stdout.splitlines()
    if answer.returncode != 0 or len(lines) != 3:  # noqa: PLR2004 (three answers were asked for)
        return []
    version = re.match(r"PostgreSQL (\d+)", lines[0])
    programs, share = Path(lines[1]), Path(lines[2])
    if version is None or not (programs / "initdb").is_file() or not _has_extensions(share):
        return []
    return [Installation(int(version.group(1)), programs)]


def find_installation(version: int | None = None) -> Installation:
    """Find PostgreSQL with PostGIS.

    Parameters
    ----------
    version
        Major version wanted, that of an existing cluster; ``None``: the newest one.

    Returns
    -------
    Installation
        Debian's folders are searched before ``pg_config`` on the ``PATH``.

    Raises
    ------
    InstallationError
        If there is none of that version (at least :data:`OLDEST`) with PostGIS.
    """
    found = [item for item in _from_debian() + _from_path() if item.version >= OLDEST]
    if not found:
        raise InstallationError(MISSING)
    if version is None:
        return max(found, key=lambda item: item.version)
    for item in found:
        if item.version == version:
            return item
    raise InstallationError(
        f"La base privée a été créée avec PostgreSQL {version}, qui n'est plus installé avec "
        f"PostGIS : installez « postgresql-{version}-postgis-3 », ou bien repartez de zéro avec "
        "« make clean » puis « make run »."
    )
