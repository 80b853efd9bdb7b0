"""Peers installed for a benchmark, each apart from the project and from the others.

Versions are written in the files beside this one (``tipg.txt``, ``pygeoapi.txt``), with all that
they need; what is already there in the same version is kept.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support import ROOT

#: Folder of everything installed here.
PLACE = ROOT / ".build" / "peers"

_UV = ROOT / ".build" / "uv" / "bin" / "uv"

#: Martin, built from source: only what reads an archive and a PostGIS table, without its web pages.
MARTIN_VERSION = "1.14.0"
_MARTIN = ("--no-default-features", "--features", "pmtiles,postgres")

#: Seconds given to the build of Martin: some 400 crates.
_PATIENCE = 3_600


class NotInstalledError(Exception):
    """A peer that cannot be had on this machine, and why."""


def environment(name: str) -> Path:
    """Make the virtual environment of a peer, or find it made.

    Parameters
    ----------
    name
        Name of the ``.txt`` file with its pinned requirements.

    Returns
    -------
    Path
        Folder of its programs.

    Raises
    ------
    NotInstalledError
        If a package cannot be installed.
    """
    requirements = Path(__file__).with_name(f"{name}.txt")
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    folder = PLACE / name
    stamp = folder / "installed"
    if not stamp.is_file() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        _run(name, [_UV, "venv", "--quiet", "--python", sys.executable, folder])
        _run(
            name,
            [_UV, "pip", "install", "--quiet", "--no-deps", "--require-hashes",
             "--python", folder / "bin" / "python", "--requirement", requirements],
        )  # fmt: skip
        stamp.write_text(wanted)
    return folder / "bin"


def version(name: str, package: str) -> str:
    """Pinned version of a package in the file of a peer."""
    for line in Path(__file__).with_name(f"{name}.txt").read_text().splitlines():
        found, _, number = line.removesuffix("\\").strip().partition("==")
        if found == package:
            return number.split()[0]
    raise KeyError(package)


def martin() -> Path:
    """Build Martin with cargo, or find it built.

    Returns
    -------
    Path
        The program.

    Raises
    ------
    NotInstalledError
        Without cargo, or if the build fails or takes more than an hour.
    """
    folder = PLACE / f"martin-{MARTIN_VERSION}"
    program = folder / "bin" / "martin"
    if program.is_file():
        return program
    cargo = shutil.which("cargo")
    if cargo is None:
        raise NotInstalledError("Martin se construit avec cargo, qui n’est pas sur cette machine")
    _run(
        "martin",
        [cargo, "install", "martin", "--version", MARTIN_VERSION, "--locked", *_MARTIN,
         "--root", folder],
        CARGO_TARGET_DIR=str(PLACE / "martin-build"),
    )  # fmt: skip
    shutil.rmtree(PLACE / "martin-build", ignore_errors=True)
    return program


def _run(name: str, command: list[str | Path], **variables: str) -> None:
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            env={**os.environ, **variables},
        )
    except subprocess.TimeoutExpired:
        raise NotInstalledError(f"{name} : plus de {_PATIENCE} s") from None
    except subprocess.CalledProcessError as error:
        raise NotInstalledError(f"{name} : {error.stderr.strip()[-500:]}") from None
