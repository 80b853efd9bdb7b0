"""The tile archives of a publication: built with it, or once more, alone, to the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from etl import publication
from etl.errors import EtlError
from geo_service.delivery import Delivery
from geo_service.steps import Steps
from tiles import build
from tiles.store import ArchiveStore, FolderStore
from tiles.writer import ArchiveInfo

#: Steps of a rebuilding, for progress.
STEPS = 2

#: Gives the result of a step, kept or made now.
Keep = Callable[[str, Callable[[], Any]], Any]


def build_archives(
    conn: psycopg.Connection,
    entries: Mapping[str, Any],
    identifier: str,
    folder: Path,
    *,
    keep: Keep,
    delivery: Delivery,
    steps: Steps,
) -> dict[str, Any]:
    """Write the archives of a committed publication; describe them for the catalogue.

    They are then where servers read them, which do not look for them before the switch.

    Parameters
    ----------
    conn
        As the owner.
    entries
        What the publication was made of, as the catalogue holds it.
    identifier
        Its id.
    folder
        Its folder.
    keep
        Gives the outlines of a run before, where they are the same.
    delivery
        Puts the archives where servers read them.
    steps
        Times the steps.

    Raises
    ------
    TilesError
        With a French message.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with steps.step("tuiles", "Archives de tuiles"):
        written = _written(conn, entries, identifier, folder, keep)
    with steps.step("livraison", "Tuiles en brotli, mises là où le service les lit"):
        delivery.deliver(conn, identifier, written)
    return {
        name: {"sha256": info.sha256, "octets": info.octets, "tuiles": info.tuiles}
        for name, info in written.items()
    }


def rebuild_archives(
    identifier: str | None,
    *,
    database_url: str,
    publications_dir: Path,
    steps: Steps,
    store: ArchiveStore | None = None,
    brotli: bool = True,
) -> publication.Publication:
    """Write the archives of a publication that is kept once more, from its tables alone.

    The archives in place are replaced when the new ones are whole and the very bytes that the
    catalogue describes; servers that have the former ones open go on with them.

    Parameters
    ----------
    identifier
        The publication; None for the active one.
    database_url
        libpq URL of the role that owns the atlas.
    publications_dir
        Folder of the publications.
    steps
        Times the steps.
    store
        Where servers read the archives; by default, `publications_dir`.
    brotli
        Whether tiles are made in brotli too.

    Returns
    -------
    Publication
        The publication.

    Raises
    ------
    EtlError
        If there is no such publication, if it was made by other code or engines (its id says
        which bytes it has), or if another run is going on.
    TilesError
        If an archive cannot be made or delivered.
    """
    delivery = Delivery(store or FolderStore(publications_dir), publications_dir, brotli)
    with psycopg.connect(database_url, autocommit=True) as conn:
        publication.ensure_catalogue(conn)
        with publication.publishing_lock(conn):
            known = publication.require(conn, identifier)
            if known.entrees["code"] != publication.code_fingerprint():
                raise _other_bytes(known.id, "le code qui la fait a changé depuis")
            publication.use_schema(conn, known.id)
            folder = publications_dir / known.id
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=".tuiles-", dir=folder) as aside:
                with steps.step("tuiles", "Archives de tuiles"):
                    made = _written(conn, known.entrees, known.id, Path(aside), build.make_now)
                for name, info in made.items():
                    if info.sha256 != known.archives[name]["sha256"]:
                        raise _other_bytes(known.id, f"l'archive « {name} » serait différente")
                for name in made:
                    (Path(aside) / f"{name}.pmtiles").replace(folder / f"{name}.pmtiles")
            with steps.step("livraison", "Tuiles en brotli, mises là où le service les lit"):
                delivery.deliver(conn, known.id, made)
    return known


def attribution(entries: Mapping[str, Any]) -> str:
    """Credit of the sources that were read, with the year their data speak of."""
    return " ; ".join(
        f"{source['producteur']}, {source['nom']} "
        f"({date.fromisoformat(source['date_donnees']).year:04})"
        for source in entries["sources"]
        if source["empreinte"] is not None
    )


def _other_bytes(identifier: str, reason: str) -> EtlError:
    return EtlError(
        f"Les tuiles de la publication {identifier} ne peuvent pas être refaites à l'identique : "
        f"{reason}. La commande « geo-service etl run » en fait une nouvelle."
    )


def _written(
    conn: psycopg.Connection,
    entries: Mapping[str, Any],
    identifier: str,
    folder: Path,
    keep: Keep,
) -> dict[str, ArchiveInfo]:
    """Write the archives of the tables of a publication into a folder, side by side."""
    builders: dict[str, Callable[..., ArchiveInfo]] = {
        "territoires": partial(build.build_territoires, keep=keep),
        "lieux": build.build_lieux,
    }
    with ExitStack() as opened, ThreadPoolExecutor(len(builders)) as pool:

        def connection() -> psycopg.Connection:
            # `dsn` leaves the password out.
            other = opened.enter_context(
                psycopg.connect(conn.info.dsn, password=conn.info.password or None, autocommit=True)
            )
            publication.use_schema(other, identifier)
            return other

        jobs = {
            name: pool.submit(
                builder,
                connection(),
                folder / f"{name}.pmtiles",
                attribution=attribution(entries),
                publication=identifier,
                helpers=[connection()],
            )
            for name, builder in builders.items()
        }
        return {name: job.result() for name, job in jobs.items()}
