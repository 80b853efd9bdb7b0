"""One publication as the service sees it: its small tables in memory, the large ones in SQL."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, LiteralString

import orjson
import psycopg
import structlog
from psycopg import Connection
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.rows import TupleRow, dict_row

from boundaries.history import History
from boundaries.succession import Movement
from etl.history import Evolutions, evolutions
from etl.report import SourceReport
from geo_service.accessibility import Accessibility, read_accessibility
from geo_service.carriers import Carriers, read_actions, read_lieux
from geo_service.columns_read import lacking
from geo_service.coverage import Coverage, read_coverage
from geo_service.database import DatabaseAwayError, Rows, publication_conninfo
from geo_service.deeds import Deeds, read_deeds
from geo_service.etags import KnownEtags
from geo_service.exports import Workshop
from geo_service.freshness import judge
from geo_service.kept import Kept
from geo_service.levels import Level, read_levels
from geo_service.matrices import CommuneMatrices, read_matrices
from geo_service.reader import Reader
from geo_service.sql import load
from geo_service.territories import Territories, build_territories
from tiles.archive import Archive
from tiles.directory import Directory
from tiles.errors import StoreAwayError, TilesError
from tiles.store import ArchiveStore

log = structlog.get_logger(__name__)

#: Tile archives of a publication, by tileset.
TILESETS = ("territoires", "lieux")
#: Bytes of rendered answers kept by a publication (those that took a while, see answers.py).
CACHE_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Service:
    """A service of the référentiel, with its place in it."""

    code: str
    libelle: str
    description: str
    enjeu: str
    theme: str
    documente: bool


@dataclass(frozen=True)
class Axis:
    """A thème or an enjeu: ``theme`` is the thème of an enjeu, ``None`` for a thème."""

    code: str
    libelle: str
    theme: str | None


@dataclass(frozen=True)
class Metadata:
    """The small tables of a publication.

    Attributes
    ----------
    millesime
        Year of the COG.
    made
        Day the publication was made (UTC); the age of the data is told as of that day.
    created
        When it was made, to the second.
    tilesets
        Those it has archives of, by the catalogue, and the SHA-256 of each.
    territories
        Every territory.
    history
        What the codes of communes of any year mean.
    themes, enjeux, services
        The référentiel, by code, in its own order.
    referentiel
        Row of table ``referentiels``.
    sources
        Rows of table ``sources``, with what :func:`geo_service.freshness.judge` says of their age.
    documented
        Codes of the services that a source speaks of.
    exhaustive
        Codes of the services that a source which was read lists without omission.
    matrices
        Statut and distance of every documented service in every commune.
    coverage
        What every territory has of each documented service.
    levels
        Territories side by side, by niveau: those that are compared with one another.
    actions, lieux
        Who has the actions and the lieux, and how many.
    deeds
        Example of each service and carrier; None where they are too many to be held.
    accessibility
        Access to every service with lieux.
    evolutions
        Rates of every territory in the publications up to this one.
    """

    millesime: int
    made: date
    created: datetime
    tilesets: dict[str, str | None]
    territories: Territories
    history: History
    themes: Mapping[str, Axis]
    enjeux: Mapping[str, Axis]
    services: Mapping[str, Service]
    referentiel: Mapping[str, Any]
    sources: Rows
    documented: tuple[str, ...]
    exhaustive: frozenset[str]
    matrices: CommuneMatrices
    coverage: Coverage
    levels: Mapping[str, Level]
    actions: Carriers
    lieux: Carriers
    deeds: Deeds | None
    accessibility: Accessibility
    evolutions: Evolutions


class _InternedText(Loader):
    """Gives the same object for the same text: codes and niveaux come by the hundred thousand."""

    def load(self, data: Buffer) -> str:
        return sys.intern(bytes(data).decode())


class _InternedBinary(_InternedText):
    format = Format.BINARY


def read_metadata(url: str, publication: str) -> Metadata:
    """Read the small tables of a publication.

    Parameters
    ----------
    url
        URL of a role that can read.
    publication
        Id of the publication.

    Returns
    -------
    Metadata
        Some 30 MB for the whole of France, and the matrices.

    Raises
    ------
    psycopg.Error
        If the database is away or the publication incomplete.
    """
    with psycopg.connect(publication_conninfo(url, publication)) as connection:
        for loader in (_InternedText, _InternedBinary):
            connection.adapters.register_loader("text", loader)
        missing = lacking(connection, publication)
        if missing:
            raise psycopg.DataError(
                f"publication made by another version: no {', '.join(missing[:5])}"
            )
        # Nobody waits for this reading: the publication before it goes on answering.
        connection.execute("SET statement_timeout = 0")
        millesime, made, made_up, created, archives = _one(
            connection,
            "SELECT millesime, (creee_le AT TIME ZONE 'UTC')::date, "
            "       coalesce((entrees #>> '{atlas,synthetique}')::boolean, false), "
            "       creee_le, archives "
            "FROM atlas.publications WHERE id = %s",
            publication,
        )
        anciens = {
            code: (commune, motif)
            for code, commune, motif in connection.execute(
                "SELECT code, commune, motif FROM codes_anciens"
            )
        }
        services = {
            row["code"]: Service(**row) for row in _rows(connection, load("index_services"))
        }
        documented = tuple(code for code, service in services.items() if service.documente)
        territories = build_territories(
            connection.execute(load("index_territoires")),
            connection.execute(load("index_appartenances")),
            {code: commune for code, (commune, _) in anciens.items()},
        )
        matrices = read_matrices(connection, documented)
        coverage = read_coverage(connection, matrices)
        return Metadata(
            millesime=millesime,
            made=made,
            created=created,
            tilesets={name: archives[name].get("sha256") for name in TILESETS if name in archives},
            territories=territories,
            history=_history(connection, millesime, anciens),
            themes={
                code: Axis(code, libelle, None)
                for code, libelle in _pairs(
                    connection, "SELECT code, libelle FROM themes ORDER BY ordre"
                )
            },
            enjeux={row["code"]: Axis(**row) for row in _rows(connection, load("index_enjeux"))},
            services=services,
            referentiel=_rows(
                connection, "SELECT version, libelle, demarrage, note FROM referentiels"
            )[0],
            sources=[
                row | judge(row, made, made_up=made_up)
                for row in _rows(connection, load("sources"))
            ],
            documented=documented,
            exhaustive=frozenset(
                service
                for (service,) in connection.execute(
                    "SELECT DISTINCT unnest(exhaustive) FROM sources WHERE statut = 'chargee'"
                )
            ),
            matrices=matrices,
            coverage=coverage,
            levels=read_levels(connection, territories, matrices),
            actions=read_actions(connection, matrices),
            lieux=read_lieux(connection, coverage),
            deeds=read_deeds(connection, matrices),
            accessibility=read_accessibility(connection, len(matrices.codes), documented),
            evolutions=evolutions(connection, publication),
        )


def _history(
    connection: Connection[TupleRow], millesime: int, anciens: Mapping[str, tuple[str, str]]
) -> History:
    links = [(code, commune, motif) for code, (commune, motif) in anciens.items()]
    current = _pairs(connection, "SELECT code, nom FROM territoires WHERE niveau = 'commune'")
    movements = [Movement(*row) for row in connection.execute(load("index_mouvements"))]
    return History(dict(current), links, movements or None, millesime)


def _rows(connection: Connection[TupleRow], query: LiteralString) -> Rows:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()


def _pairs(connection: Connection[TupleRow], query: LiteralString) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(query)]


def _one(connection: Connection[TupleRow], query: LiteralString, *values: str) -> TupleRow:
    row = connection.execute(query, values).fetchone()
    if row is None:
        message = "publication absente du catalogue"
        raise psycopg.DataError(message)
    return row


async def _metadata(urls: Sequence[str], publication: str) -> Metadata:
    fault: Exception = DatabaseAwayError("aucun serveur n’a cette publication")
    for url in urls:
        try:
            return await asyncio.to_thread(read_metadata, url, publication)
        except psycopg.OperationalError as error:
            fault = error
    raise DatabaseAwayError(str(fault)) from fault


class PublishedAtlas:
    """One publication, open for reading: a request uses one and the same from end to end.

    Attributes
    ----------
    id
        Id of the publication.
    metadata
        Its small tables.
    database
        Its large ones.
    archives
        Its tile archives, by tileset.
    folder
        Where its files are.
    archives_away
        Tilesets whose archive is to be opened yet: its store has not answered, or it is not where
        the catalogue says it is.
    exporting
        Where files are made.
    reports
        Reports of publications asked so far, this one or others: they never change.
    etags
        Those of the answers given lately.
    answers
        Those that cost much, made lately.
    provenances
        Members that end every answer, written once for each set of definitions.
    """

    def __init__(
        self,
        publication: str,
        metadata: Metadata,
        database: Reader,
        store: ArchiveStore,
        folder: Path,
    ) -> None:
        self.id = publication
        self.metadata = metadata
        self.database = database
        self.archives: dict[str, Directory] = {}
        self.archives_away: frozenset[str] = frozenset(TILESETS)
        self.folder = folder
        self._store = store
        self._absent: set[str] = set()
        #: Archives on disk that are not those of the catalogue.
        self._refused: dict[str, Archive] = {}
        self.exporting = Workshop()
        self.reports: dict[str, list[SourceReport]] = {}
        self.etags = KnownEtags()
        self.provenances: dict[tuple[str, ...], dict[str, orjson.Fragment]] = {}
        self._users = 0
        self._unused = asyncio.Event()
        self._unused.set()
        self.answers: Kept[str, bytes] = Kept(CACHE_BYTES, len)

    @classmethod
    async def open(
        cls,
        urls: Sequence[str],
        publication: str,
        store: ArchiveStore,
        folder: Path,
        database: Reader,
    ) -> PublishedAtlas:
        """Open a publication.

        Parameters
        ----------
        urls
            URLs of servers that have it, for a role that can read: its small tables are read from
            the first that answers to the end.
        publication
            Id of the publication.
        store
            Where its tile archives are; those it does not give now are opened later.
        folder
            Where its other files are, if they are on this machine.
        database
            Reads its large tables; opened here.

        Returns
        -------
        PublishedAtlas
            Ready to answer.

        Raises
        ------
        DatabaseAwayError
            If no database answers.
        """
        metadata = await _metadata(urls, publication)
        await database.open()
        atlas = cls(publication, metadata, database, store, folder)
        await atlas.open_archives()
        return atlas

    async def open_archives(self) -> None:
        """Open the archives that are not open yet; those of a store that is away stay so."""
        for tileset in sorted(self.archives_away):
            refused = self._refused.get(tileset)
            if refused is not None and refused.is_as_opened():
                continue  # reading it whole again, at each look, would find the same
            try:
                archive = await asyncio.to_thread(self._store.open, self.id, tileset)
            except StoreAwayError as error:
                log.warning("tuiles_inaccessibles", jeu=tileset, erreur=str(error.__cause__))
                return
            except TilesError as error:
                self._tell_damaged(tileset, str(error))
                continue
            expected = self.metadata.tilesets.get(tileset)
            if isinstance(archive, Archive) and expected not in {None, archive.sha256}:
                self._tell_damaged(tileset, "autre empreinte que celle du catalogue")
                self._refused[tileset] = archive
                continue
            if archive is None:
                if tileset not in self._absent:
                    self._absent.add(tileset)
                    log.error("tuiles_absentes", jeu=tileset, publication=self.id)
                if tileset in self.metadata.tilesets:
                    continue  # the catalogue has it: it may be put back where it was
            else:
                self.archives[tileset] = archive
            self.archives_away -= {tileset}

    def _tell_damaged(self, tileset: str, why: str) -> None:
        """Say it once, not at each look."""
        if tileset not in self._absent:
            self._absent.add(tileset)
            log.error("tuiles_abimees", jeu=tileset, publication=self.id, erreur=why)

    def __enter__(self) -> PublishedAtlas:
        self._users += 1
        self._unused.clear()
        return self

    def __exit__(self, *_: object) -> None:
        self._users -= 1
        if self._users == 0:
            self._unused.set()

    async def close(self) -> None:
        """Close the connections once the requests under way have ended."""
        await self._unused.wait()
        await self.database.close()

    @property
    def tiles_missing(self) -> frozenset[str]:
        """Tilesets of the publication that cannot be answered."""
        return frozenset(self.metadata.tilesets.keys() - self.archives.keys())

    @property
    def archives_altered(self) -> bool:
        """Whether an archive on disk is no longer what was opened: replaced, or written to."""
        return any(
            not opened.is_as_opened()
            for archive in self.archives.values()
            for opened in (archive, archive.packed)
            if isinstance(opened, Archive)
        )
