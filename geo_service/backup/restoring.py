"""An atlas from a backup."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from etl import publication
from geo_service.backup import tables
from geo_service.backup.archive import BackupError, BackupReader
from geo_service.backup.manifest import (
    ARCHIVES,
    CATALOGUE,
    TABLES,
    Manifest,
    SavedPublication,
    SavedTable,
)
from geo_service.backup.placing import check_room, existing, place, plan
from geo_service.steps import Steps
from tiles.store import ArchiveStore

#: Steps without the publication's tables; with them there is one more.
STEPS = 3


@dataclass(frozen=True)
class Restored:
    """What a restoration did.

    Attributes
    ----------
    manifest
        What the backup says of itself.
    written
        Files written.
    renamed
        Files that were there, under their new names.
    online
        Publication that readers see from the backup; None when a run is still to make it.
    """

    manifest: Manifest
    written: int
    renamed: list[Path]
    online: str | None


def restore(
    backup: BackupReader,
    *,
    config_path: Path,
    database_url: str,
    state_dir: Path,
    downloads_dir: Path,
    publications_dir: Path,
    store: ArchiveStore,
    steps: Steps,
    tell: Callable[[str], None],
    replace: bool = False,
    with_publication: bool = True,
) -> Restored:
    """Put back what a backup holds.

    All that may refuse it is looked at before anything is touched. Files are written first, each
    in one move; then the database, in one transaction. A restoration that is stopped is made whole
    by the same command.

    Parameters
    ----------
    backup
        The backup, checked.
    config_path
        Where ``atlas.toml`` goes.
    database_url
        libpq URL of the role that owns the atlas.
    state_dir, downloads_dir, publications_dir
        Folders of the atlas.
    store
        Where servers read the tile archives.
    steps
        Times the steps.
    tell
        Receives French sentences.
    replace
        Whether an atlas that is there may be replaced.
    with_publication
        Whether the tables of the publication are put back, if the backup holds them.

    Raises
    ------
    BackupError
        If it is refused; nothing was touched.
    EtlError
        If a run is going on in that database.
    """
    manifest = backup.manifest
    online = manifest.publication if with_publication else None
    if online is not None and not online.tables:
        online = None
    with psycopg.connect(database_url, autocommit=True) as conn:
        with steps.step("verification", "Contrôle de ce qui est déjà là"):
            _check_versions(conn, manifest, online)
            _check_empty(conn, replace=replace)
            placements = plan(
                backup,
                config_path=config_path,
                downloads_dir=downloads_dir,
                reports_dir=state_dir / "rapports" / "publications",
                replace=replace,
            )
            if online is not None:
                octets = sum(member.octets for member in manifest.under(ARCHIVES).values())
                check_room({existing(publications_dir): octets})
        publication.ensure_catalogue(conn)
        with publication.publishing_lock(conn):
            with steps.step("fichiers", "Configuration, correspondances, fichiers des sources"):
                renamed = place(backup, placements)
            if online is not None:
                with steps.step("publication", "Tuiles de la publication"):
                    _put_archives(backup, online, publications_dir, store)
            with steps.step("base", "Historique et catalogue dans la base de données"):
                _put_rows(conn, backup, online)
                if online is not None:
                    publication.analyze(conn, online.id)
    if manifest.code != publication.code_fingerprint():
        tell(
            "Cette sauvegarde vient d’une autre version du programme : la prochaine publication "
            "aura un autre identifiant, pour le même contenu de sources."
        )
    return Restored(manifest, len(placements), renamed, online.id if online else None)


def _check_versions(
    conn: psycopg.Connection, manifest: Manifest, online: SavedPublication | None
) -> None:
    major = conn.info.server_version // 10_000
    if major < manifest.postgresql:
        raise BackupError(
            f"La sauvegarde vient de PostgreSQL {manifest.postgresql} ; cette base est de la "
            f"version {major}, plus ancienne. Rien n’a été touché. Installez PostgreSQL "
            f"{manifest.postgresql} ou plus récent."
        )
    if unknown := tables.unknown_history(manifest.historique):
        raise BackupError(
            f"L’historique de la sauvegarde a des colonnes inconnues ici ({', '.join(unknown)}) : "
            f"elle vient d’une version plus récente de l’atlas ({manifest.logiciel}). Rien n’a été "
            "touché. Installez cette version, puis relancez."
        )
    if online is not None and (other := tables.other_columns(online.tables)):
        raise BackupError(
            "La publication de la sauvegarde a été faite par une autre version de l’atlas "
            f"(diffèrent : {', '.join(other[:5])}). Rien n’a été touché. Relancez avec "
            "--sans-publication, puis « geo-service etl run » la refera."
        )


def _check_empty(conn: psycopg.Connection, *, replace: bool) -> None:
    """Refuse a database with an atlas in it."""
    row = conn.execute("SELECT to_regclass('atlas.historique_publications')").fetchone()
    if replace or row is None or row[0] is None:
        return
    for table in ("publications", "historique_publications"):
        found = conn.execute(f"SELECT count(*) FROM atlas.{table}").fetchone()  # noqa: S608 (ours)
        if found and found[0]:
            raise BackupError(
                "Cette base contient déjà un atlas. Rien n’a été touché. Pour remplacer son "
                "historique et ses sources par ceux de la sauvegarde, ajoutez --remplacer : les "
                "publications gardées y restent."
            )


def _put_archives(
    backup: BackupReader, online: SavedPublication, publications_dir: Path, store: ArchiveStore
) -> None:
    """Write the folder of a publication, in one move; deliver its tiles to where servers read."""
    draft = publications_dir / f"{online.id}.restauration"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for name in backup.manifest.under(ARCHIVES):
        backup.unpack(f"{ARCHIVES}/{name}", draft / name)
    folder = publications_dir / online.id
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    row = _catalogue_row(backup.manifest, online.id)
    tilesets = [name for name, archive in row["archives"].items() if "tuiles" in archive]
    store.publish(online.id, folder, tilesets)


def _put_rows(
    conn: psycopg.Connection, backup: BackupReader, online: SavedPublication | None
) -> None:
    """Put the history, and the publication if there is one, in one transaction."""
    manifest = backup.manifest
    with conn.transaction():
        if online is not None:
            publication.drop(conn, online.id)
            tables.fill_publication(conn, online.id, _rows(backup, TABLES, online.tables))
        tables.replace_history(conn, _rows(backup, CATALOGUE, manifest.historique))
        if online is None:
            return
        row = _catalogue_row(manifest, online.id)
        conn.execute(
            "INSERT INTO atlas.publications "
            "SELECT * FROM jsonb_populate_record(NULL::atlas.publications, %s)",
            [Jsonb(row)],
        )
        # It is shown again, and was not confirmed again: the days stay what they were.
        shown = conn.execute(
            "SELECT ordre, activee_le FROM atlas.historique_publications WHERE publication = %s "
            "ORDER BY ordre DESC LIMIT 1",
            [online.id],
        ).fetchone()
        publication.activate(conn, online.id)
        conn.execute(
            "UPDATE atlas.publications SET activee_le = %s WHERE id = %s",
            [row["activee_le"], online.id],
        )
        if shown is not None:
            conn.execute(
                "UPDATE atlas.historique_publications SET activee_le = %s WHERE ordre = %s",
                [shown[1], shown[0]],
            )


def _rows(
    backup: BackupReader, folder: str, saved: list[SavedTable]
) -> Iterator[tuple[SavedTable, Iterator[bytes]]]:
    for table in saved:
        yield table, backup.pieces(f"{folder}/{table.nom}")


def _catalogue_row(manifest: Manifest, identifier: str) -> dict[str, Any]:
    for row in manifest.publications:
        if row.get("id") == identifier:
            return row
    raise BackupError(
        f"La sauvegarde ne décrit pas la publication {identifier} qu’elle contient. Relancez avec "
        "--sans-publication."
    )
