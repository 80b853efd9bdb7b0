"""Making a backup."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import IsolationLevel

from etl import publication, report
from etl.location.geocoder import CACHE
from etl.schemas import schema_of
from geo_service.backup import tables
from geo_service.backup.archive import BackupError, BackupWriter, writing
from geo_service.backup.manifest import (
    ARCHIVES,
    CATALOGUE,
    DOWNLOADS,
    FORMAT_VERSION,
    NATURE,
    REPORTS,
    TABLES,
    Manifest,
    Member,
    SavedPublication,
    SavedTable,
)
from geo_service.backup.sources import collect, copy_geocoding
from geo_service.steps import Steps

#: Steps without the publication's tables; with them there is one more.
STEPS = 3

_PACKAGE = "atlas-internet-citoyen"
_REPORT_FILES = (report.ROWS_FILE, report.SUMMARY_FILE)


@dataclass(frozen=True)
class Saved:
    """What a backup holds.

    Attributes
    ----------
    octets
        Bytes of the file.
    fichiers
        Files in it.
    publication
        Publication on line, None without any.
    historique
        Publications whose rates are kept.
    """

    octets: int
    fichiers: int
    publication: str | None
    historique: int


def save(
    target: Path,
    *,
    config_path: Path,
    database_url: str,
    downloads_dir: Path,
    publications_dir: Path,
    steps: Steps,
    tell: Callable[[str], None],
    whole: bool = False,
    packages: bool = True,
    replace: bool = False,
) -> Saved:
    """Write into one file what an atlas cannot make again.

    Parameters
    ----------
    target
        File to make; it has its name once it is whole and was read again.
    config_path
        ``atlas.toml``.
    database_url
        libpq URL of the role that owns the atlas.
    downloads_dir, publications_dir
        Folders of the downloads and of the publications.
    steps
        Times the steps.
    tell
        Receives French sentences.
    whole
        Whether the tables and the archives of the publication on line are added.
    packages
        Whether the packages of registries are.
    replace
        Whether a file of that name may be replaced.

    Raises
    ------
    BackupError, EtlError
        With a French message; nothing was written under that name.
    """
    if target.exists() and not replace:
        raise BackupError(
            f"Le fichier {target} existe déjà : il n’a pas été touché. Choisissez un autre nom, ou "
            "ajoutez --remplacer."
        )
    with psycopg.connect(database_url, autocommit=True) as conn:
        publication.ensure_catalogue(conn)
    with (
        psycopg.connect(database_url) as conn,
        writing(target) as writer,
        TemporaryDirectory(dir=target.parent, prefix=".sauvegarde-") as aside,
    ):
        # One view of all tables, whatever a run does meanwhile.
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        known = publication.list_publications(conn)
        active = next((found for found in known if found.active), None)
        with steps.step("sources", "Configuration, correspondances, fichiers des sources"):
            sources = active.entrees.get("sources", []) if active else []
            kept = collect(
                config_path,
                downloads_dir,
                {source["id"]: source["empreinte"] for source in sources},
                packages=packages,
            )
            for sentence in kept.remarks:
                tell(sentence)
            for name, content in kept.texts.items():
                writer.add(name, [content])
            for name, path in sorted(kept.files.items()):
                writer.add_file(name, path)
            copy = Path(aside) / CACHE
            if copy_geocoding(downloads_dir, copy):
                writer.add_file(f"{DOWNLOADS}/{CACHE}", copy)
        with steps.step("historique", "Historique des taux, catalogue, rapports"):
            history = [
                _save_table(conn, writer, "atlas", name, CATALOGUE) for name in tables.HISTORY
            ]
            catalogue = [
                row[0]
                for row in conn.execute(
                    "SELECT to_jsonb(p) FROM atlas.publications p ORDER BY creee_le, id"
                )
            ]
            for found in known:
                for name in _REPORT_FILES:
                    path = publications_dir / found.id / name
                    if path.is_file():
                        writer.add_file(f"{REPORTS}/{found.id}/{name}", path)
        online = None
        if active is not None:
            online = SavedPublication(id=active.id, millesime=active.millesime)
        if whole:
            if active is None:
                raise BackupError(
                    "Aucune publication n’est en ligne : il n’y a rien à ajouter à la sauvegarde. "
                    "Relancez sans --avec-publication."
                )
            with steps.step("publication", "Tables et tuiles de la publication en ligne"):
                online = _save_publication(conn, writer, active, publications_dir)

        def manifest(members: dict[str, Member]) -> Manifest:
            return Manifest(
                nature=NATURE,
                version=FORMAT_VERSION,
                faite_le=dt.datetime.now(dt.UTC),
                logiciel=version(_PACKAGE),
                code=publication.code_fingerprint(),
                postgresql=conn.info.server_version // 10_000,
                publication=online,
                historique=history,
                publications=catalogue,
                fichiers=members,
            )

        with steps.step("controle", "Écriture, relecture et contrôle de la sauvegarde"):
            writer.finish(manifest)
        return Saved(
            octets=target.stat().st_size,
            fichiers=len(writer.members),
            publication=active.id if active else None,
            historique=history[0].lignes,
        )


def _save_table(
    conn: psycopg.Connection, writer: BackupWriter, schema: str, table: str, folder: str
) -> SavedTable:
    described = tables.describe(conn, schema, table)
    writer.add(f"{folder}/{table}", tables.rows_out(conn, schema, described))
    return described


def _save_publication(
    conn: psycopg.Connection,
    writer: BackupWriter,
    active: publication.Publication,
    publications_dir: Path,
) -> SavedPublication:
    folder = publications_dir / active.id
    for name, archive in active.archives.items():
        if "tuiles" in archive and not (folder / f"{name}.pmtiles").is_file():
            raise BackupError(
                f"L’archive de tuiles « {name} » de la publication {active.id} n’est pas dans "
                f"{folder} : refaites-la par « geo-service tiles build », ou relancez sans "
                "--avec-publication."
            )
    saved = [
        _save_table(conn, writer, schema_of(active.id), name, TABLES)
        for name in tables.publication_tables()
    ]
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_file():
                writer.add_file(f"{ARCHIVES}/{path.name}", path)
    return SavedPublication(id=active.id, millesime=active.millesime, tables=saved)
