"""The national atlas from its sources to its publication: the whole data flow, in order.

files → boundaries → etl → PostGIS → tiles → one switch. A run that is stopped anywhere before the
switch leaves the published atlas untouched.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import psycopg

from boundaries import generalise, groups
from boundaries import load as boundaries_load
from etl import checks as etl_checks
from etl import (
    coverage,
    history,
    load,
    publication,
    referentiel,
    report,
    synthetic,
    thresholds,
)
from etl.accessibility.compute import Roads, compute_accessibility
from etl.accessibility.routing import engine_of
from etl.config import AtlasConfig
from etl.deduplication import deduplicate
from etl.engine.engine import Engine, open_engine
from etl.location import geocoder as geocoding
from etl.location.geocoder import Geocoder
from geo_service import inputs as inputs_of
from geo_service import readings
from geo_service.delivery import Delivery
from geo_service.inputs import Input
from geo_service.ogc import feature_build
from geo_service.source_loading import kept_steps, load_sources, reported
from geo_service.steps import Steps
from geo_service.tile_archives import build_archives
from tiles.store import ArchiveStore, FolderStore

#: Steps of a full run, for progress.
STEPS = 14


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes
    ----------
    publication
        Identifier of the publication readers now see.
    built
        False when the inputs were those of a publication already there.
    seconds
        Wall-clock seconds by step.
    report
        What became of the rows of each source; empty when nothing was built.
    """

    publication: str
    built: bool
    seconds: dict[str, float]
    report: list[report.SourceReport]


def run(
    config: AtlasConfig,
    *,
    database_url: str,
    downloads_dir: Path,
    publications_dir: Path,
    steps: Steps,
    tell: Callable[[str], None],
    accepted: Collection[str] = (),
    store: ArchiveStore | None = None,
    brotli: bool = True,
) -> Outcome:
    """Make the atlas that `config` describes and show it to readers.

    Does nothing but make it active when the same inputs were already published.

    Parameters
    ----------
    database_url
        libpq URL of the role that owns the atlas.
    downloads_dir, publications_dir
        Folders of the downloaded packages and of the tile archives.
    steps
        Times the steps.
    tell
        Receives French sentences about what is going on.
    accepted
        Sources that may lose any share of their rows, this time.
    store
        Where servers read the tile archives; by default, `publications_dir`.
    brotli
        Whether tiles are made in brotli too.

    Raises
    ------
    EtlError, BoundariesError, TilesError
        With a French message; the published atlas is then the one of before.
    """
    delivery = Delivery(store or FolderStore(publications_dir), publications_dir, brotli)
    thresholds.check_accepted(config.sources, accepted)
    with ExitStack() as stack:
        # Before any work: an engine that cannot be used is said at once.
        engine = stack.enter_context(
            open_engine(config.calcul, publications_dir.parent / "calcul", tell)
        )
        with steps.step("fichiers", "Fichiers des sources"):
            inputs = [
                inputs_of.find(source, config, downloads_dir, tell) for source in config.sources
            ]
        roads = stack.enter_context(_roads(config, tell))
        conn = stack.enter_context(psycopg.connect(database_url, autocommit=True))
        publication.ensure_catalogue(conn)
        with publication.publishing_lock(conn):
            entries = inputs_of.describe(conn, config, inputs, roads)
            geocoder = None
            if config.geocodeur is not None:
                geocoder = Geocoder(config.geocodeur, downloads_dir / geocoding.CACHE, tell)
                with steps.step("geocodage", "Adresses demandées au service de géocodage"):
                    entries["geocodage"] = readings.ask_addresses(
                        config, inputs, entries, geocoder, tell
                    )
            identifier = publication.publication_id(entries)
            folder = publications_dir / identifier
            known = publication.find(conn, identifier)
            if known:
                if not delivery.intact(known):
                    tell("Les archives de tuiles de cette publication manquent ou sont abîmées.")
                    publication.use_schema(conn, identifier)
                    kept = kept_steps(
                        publications_dir.parent / "etapes", entries, _territorial(inputs)
                    )
                    build_archives(
                        conn,
                        entries,
                        identifier,
                        folder,
                        keep=kept.get,
                        delivery=delivery,
                        steps=steps,
                    )
                if not feature_build.are_complete(folder):
                    tell("Les fichiers d’entités de cette publication manquent ou sont périmés.")
                    publication.use_schema(conn, identifier)
                    _build_features(conn, folder, steps)
                publication.activate(conn, identifier)
                return Outcome(identifier, built=False, seconds=steps.seconds, report=[])
            for name in publication.remove_leftovers(conn):
                tell(f"Reste d'une publication interrompue supprimé : {name}.")
            _remove_unknown_folders(conn, publications_dir)
            folder.mkdir(parents=True)
            found = _fill(
                conn,
                config,
                inputs,
                identifier=identifier,
                entries=entries,
                roads=roads,
                engine=engine,
                folder=folder,
                delivery=delivery,
                geocoder=geocoder,
                steps=steps,
                tell=tell,
                accepted=accepted,
            )
            for old in publication.prune(conn):
                delivery.remove(old, tell)
                tell(f"Ancienne publication supprimée : {old}.")
    return Outcome(identifier, built=True, seconds=steps.seconds, report=found)


def _remove_unknown_folders(conn: psycopg.Connection, publications_dir: Path) -> None:
    """Remove the archives that interrupted runs left, which no publication of the catalogue has."""
    known = {found.id for found in publication.list_publications(conn)}
    for folder in publications_dir.glob("*"):
        if folder.name not in known:
            shutil.rmtree(folder)


@contextmanager
def _roads(config: AtlasConfig, tell: Callable[[str], None]) -> Iterator[Roads | None]:
    """Give the routing engine of the configuration, once it has given a sign of life."""
    settings = config.itineraires
    if settings is None:
        yield None
        return
    with engine_of(settings) as engine:
        roads = Roads(engine, settings, engine.check())
        tell(f"Distances par la route : moteur {engine.name}, profil {engine.profile}.")
        yield roads


def _build_features(conn: psycopg.Connection, folder: Path, steps: Steps) -> dict[str, Any]:
    """Write the files of ready-made features, which OGC API answers from; describe them."""
    with steps.step("entites", "Entités prêtes à servir"):
        written = feature_build.build(conn, folder)
    return {
        name: {"sha256": info.sha256, "octets": info.octets, "entites": info.entites}
        for name, info in written.items()
    }


def _fill(
    conn: psycopg.Connection,
    config: AtlasConfig,
    inputs: list[Input],
    *,
    identifier: str,
    entries: Mapping[str, Any],
    roads: Roads | None,
    engine: Engine | None,
    folder: Path,
    delivery: Delivery,
    geocoder: Geocoder | None,
    steps: Steps,
    tell: Callable[[str], None],
    accepted: Collection[str],
) -> list[report.SourceReport]:
    keeper = partial(kept_steps, folder.parents[1] / "etapes", entries)
    kept = keeper([entry for entry in inputs if entry.source.role == "territoires"])
    with steps.step("territoires", "Territoires du COG, contours ramenés à son année"):
        territories, checked = kept.get(
            "territoires", lambda: readings.checked_territories(inputs, tell)
        )
        figures: dict[str, Any] = {"territoires": dict(checked)}
        if kept.reused:
            tell("Les sources des territoires n'ont pas changé : leurs contours sont repris.")
    drawn = territories
    with ThreadPoolExecutor(max_workers=1) as pool:
        # GEOS works without the interpreter's lock: outlines are generalised beside the rest.
        outlines: Future[gpd.GeoDataFrame] = pool.submit(
            lambda: kept.get("contours", lambda: generalise.generalise(drawn))
        )
        with steps.step("groupes", "Lecture des groupes de communes"):
            terms = referentiel.read(config.referentiel)
            context = readings.context_of(territories, terms, geocoder, engine)
            readers = {
                entry.source.id: readings.reader_of(entry.source)
                for entry in inputs
                if readings.has_rows(entry)
            }
            grouped = keeper(_territorial(inputs))
            groups_read, territories = grouped.get(
                "groupes", lambda: readings.read_groups(inputs, context, drawn)
            )
            members = territories.appartenances
            figures["territoires"]["groupe"] = readings.count(territories, groups.NIVEAU)
        before = publication.rows_loaded(conn)
        with conn.transaction():
            publication.open_schema(conn, identifier)
            with steps.step("chargement", "Chargement des territoires dans PostGIS"):
                boundaries_load.copy_territories(conn, territories)
                referentiel.copy_referentiel(conn, terms)
                for entry in inputs:
                    load.record_source(conn, entry.source, fingerprint=entry.fingerprint)
            with (
                steps.step("sources", "Lecture et chargement des lieux et des actions"),
                reported(conn, folder.parents[1] / "rapports"),
            ):
                load_sources(
                    conn,
                    inputs,
                    readers=readers,
                    groups_read=groups_read,
                    context=context,
                    keeper=keeper,
                    steps=steps,
                )
                synthetic.check(conn, declared=config.synthetique)
                thresholds.check(conn, config.sources, before, accepted)
            figures["lieux_fusionnes"] = _compute(conn, roads, engine, steps)
            with steps.step("contours", "Contours généralisés pour la carte"):
                whole = outlines.result()
                boundaries_load.copy_contours(conn, whole)
                boundaries_load.copy_contours(
                    conn,
                    grouped.get(
                        "contours-groupes", lambda: generalise.outline_groups(whole, members)
                    ),
                )
            with steps.step("controles", "Contrôles"):
                figures["publication"] = etl_checks.check_publication(conn)
                report.summarise(conn)
                report.write(conn, folder)
                found = report.read(conn)
            publication.close_schema(conn, identifier)
    with steps.step("statistiques", "Statistiques des tables"):
        publication.analyze(conn, identifier)
    archives = build_archives(
        conn, entries, identifier, folder, keep=grouped.get, delivery=delivery, steps=steps
    )
    archives |= _build_features(conn, folder, steps)
    with conn.transaction():
        publication.register(
            conn,
            identifier,
            millesime=config.millesime,
            inputs=entries,
            checks=figures,
            durations=steps.seconds,
            archives=archives,
        )
        if not _made_again(conn, identifier):
            history.record(conn, identifier, millesime=config.millesime)
        publication.activate(conn, identifier)
    return found


def _made_again(conn: psycopg.Connection, identifier: str) -> bool:
    """Whether the history ends with this very publication, lost since; it then keeps its day.

    The same id means the same rows: after a restoration a second entry would say that something
    happened.
    """
    return bool(
        conn.execute(
            """
            UPDATE atlas.publications p SET creee_le = h.creee_le
            FROM (
                SELECT publication, creee_le FROM atlas.historique_publications
                ORDER BY ordre DESC LIMIT 1
            ) h
            WHERE p.id = %s AND h.publication = p.id
            """,
            [identifier],
        ).rowcount
    )


def _territorial(inputs: list[Input]) -> list[Input]:
    """Give the sources that decide the territories, groupes included."""
    return [entry for entry in inputs if entry.source.role in {"territoires", "groupes"}]


def _compute(
    conn: psycopg.Connection, roads: Roads | None, engine: Engine | None, steps: Steps
) -> int:
    """Compute what the loaded lieux and actions say of the territories; count the lieux merged."""
    with steps.step("deduplication", "Lieux que plusieurs sources connaissent"):
        coverage.compute_chefs_lieux(conn)
        coverage.place_at_chefs_lieux(conn)
        merged = deduplicate(conn)
        # Another source may have located a mairie better: distances start from that point.
        coverage.compute_chefs_lieux(conn)
        coverage.place_at_chefs_lieux(conn)
    with steps.step("couverture", "Couverture par commune et par territoire"):
        distributed = None if engine is None else engine.places(conn)
        coverage.compute_coverage(conn, distributed)
    with steps.step("distances", "Distances, accessibilité et grappes"):
        compute_accessibility(conn, roads, distributed)
    return merged
