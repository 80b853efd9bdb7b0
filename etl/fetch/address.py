"""Files at an HTTP address: asked only if they changed, bounded, tried again, kept.

What a server said of a file (``ETag``, ``Last-Modified``) is kept beside it and sent back: a file
that has not changed is not downloaded again (RFC 9110, 13.1). A compulsory source that cannot be
had stops the run. An optional one is then read from the last copy, whose age is said, or left out
when there is none: never silently.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.fetch.hosts import shown
from etl.fetch.http_client import Asking, GoneError, NotModified, UnavailableError, get
from etl.fetch.storage import Progress, kept, mismatch, sha256_of, under_way

#: Wait before the second try, seconds; doubled at each one.
BACKOFF = 1.0
#: Longest wait that a server may ask for, seconds (``Retry-After``).
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Validators:
    """What is known of the copy that is kept.

    Attributes
    ----------
    sha256 : str
        Of the copy: one that another hand changed is not asked about.
    etag, last_modified : str or None
        As the server wrote them.
    verifie_le : str
        When the server last gave it or said that it had not changed, ISO 8601, UTC.
    """

    sha256: str
    etag: str | None
    last_modified: str | None
    verifie_le: str


def fetch_address(
    source: SourceConfig, address: str, downloads: Path, progress: Progress
) -> Path | None:
    """Return the file at an ``http(s)`` address.

    Returns
    -------
    pathlib.Path or None
        None only if the source is optional, cannot be had, and was never kept.

    Raises
    ------
    EtlError
        If it cannot be had and is compulsory, is not allowed, or is not the one expected.
    """
    name = hashlib.sha256(address.encode()).hexdigest()[:16]
    target = downloads / f"{source.id}-{name}"
    if kept(source, target, progress):
        return target
    known = _known(target)
    try:
        return _download(source, address, target, known, progress)
    except UnavailableError as error:
        if not source.facultative:
            raise EtlError(f"{error.message} L'atlas déjà publié n'est pas touché.") from None
        if known is None:
            progress(f"ATTENTION. {error.message} L'atlas se fera sans cette source facultative.")
            return None
        progress(
            f"ATTENTION. {error.message} Cette source est facultative : l'atlas se fera avec la "
            f"copie gardée, vérifiée {_age(known)}."
        )
        return target


def _download(
    source: SourceConfig,
    address: str,
    target: Path,
    known: Validators | None,
    progress: Progress,
) -> Path:
    settings = source.telechargement
    deadline = time.monotonic() + settings.duree_max_s
    asking = Asking(
        source=source.nom,
        address=address,
        etag=known.etag if known else None,
        last_modified=known.last_modified if known else None,
        max_bytes=settings.taille_max_mo * 1_000_000,
        deadline=deadline,
        private=bool(settings.adresses_privees),
    )
    progress(f"{source.nom} : téléchargement depuis {shown(address)}…")
    attempt = 1
    while True:
        with under_way(source, target.parent) as folder:
            try:
                answer = get(asking, folder / "fichier")
            except NotModified:
                if known is None:
                    raise UnavailableError(_odd(source, address)) from None
                progress(f"{source.nom} : inchangé depuis le dernier téléchargement.")
                _write(target, folder, known.sha256, known.etag, known.last_modified)
                return target
            except GoneError:
                raise
            except UnavailableError as error:
                wait = BACKOFF * 2 ** (attempt - 1) if error.wait is None else error.wait
                left = deadline - time.monotonic()
                if attempt >= settings.essais or wait > min(LONGEST_WAIT, left):
                    raise
            else:
                actual = sha256_of(answer.path)
                if source.sha256 not in {None, actual}:
                    raise EtlError(mismatch(source, None, actual))
                answer.path.replace(target)
                _write(target, folder, actual, answer.etag, answer.last_modified)
                return target
        attempt += 1
        progress(f"{source.nom} : pas de réponse, essai {attempt} sur {settings.essais}…")
        time.sleep(wait)


def _beside(target: Path) -> Path:
    return target.with_name(f"{target.name}.json")


def _known(target: Path) -> Validators | None:
    """Read what is known of the copy kept; None when there is none, or it was changed."""
    with suppress(OSError, ValueError, TypeError):
        known = Validators(**json.loads(_beside(target).read_text(encoding="utf-8")))
        if sha256_of(target) == known.sha256:
            return known
    return None


def _write(
    target: Path, folder: Path, sha256: str, etag: str | None, last_modified: str | None
) -> None:
    """Keep what is known of a copy, in one move."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    draft = folder / "validateurs"
    draft.write_text(
        json.dumps(asdict(Validators(sha256, etag, last_modified, now))), encoding="utf-8"
    )
    draft.replace(_beside(target))


def _age(known: Validators) -> str:
    """Say when a copy was last known to be the one of the server."""
    then = dt.datetime.fromisoformat(known.verifie_le)
    days = (dt.datetime.now(dt.UTC) - then).days
    ago = "aujourd'hui" if days == 0 else "hier" if days == 1 else f"il y a {days} jours"
    return f"{ago} ({then:%d/%m/%Y})"


def _odd(source: SourceConfig, address: str) -> str:
    return (
        f"Le serveur de la source « {source.nom} » répond que le fichier n'a pas changé, alors "
        f"qu'il n'est pas encore téléchargé : {shown(address)}. Signalez-le à son producteur."
    )
