"""The national atlas from its sources to its publication: the whole data flow, in order.

files → boundaries → etl → PostGIS → tiles → one switch. A run that is stopped anywhere before the
switch leaves the published atlas untouched.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import psycopg

from boundaries import build, checks, cog, generalise, groups
from boundaries import load as boundaries_load
from boundaries.readers import layers
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
from etl.communes import old_names
from etl.config import AtlasConfig, SourceConfig
from etl.deduplication import deduplicate
from etl.errors import EtlError
from etl.fetch import fetch, sha256_of
from etl.location import geocoder as geocoding
from etl.location.geocoder import Geocoder
from etl.mapping import model
from etl.readers import READERS, Context, Reader, Reading, groupes
from geo_service.source_loading import kept_steps, load_sources, reported
from geo_service.steps import Steps
from tiles import build as tile_build

#: Readers of the sources of territories, in ``atlas.toml``; contours and EPCI of any provider.
TERRITORY_READERS = ("cog", "contours", "epci")
#: Reader of contours of another year, from which communes restored since take their ground back.
OLDER_CONTOURS = "contours_anciens"

#: Reader of the changes of the communes, which the atlas can be made without.
MOVEMENTS_READER = "mouvements"

#: Steps of a full run, for progress.
STEPS = 12


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


@dataclass(frozen=True)
class Input:
    """A source and the file it was found in; no path for an optional file that is absent."""

    source: SourceConfig
    path: Path | None
    fingerprint: str | None


def run(
    config: AtlasConfig,
    *,
    database_url: str,
    downloads_dir: Path,
    publications_dir: Path,
    steps: Steps,
    tell: Callable[[str], None],
    accepted: Collection[str] = (),
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

    Raises
    ------
    EtlError, BoundariesError, TilesError
        With a French message; the published atlas is then the one of before.
    """
    thresholds.check_accepted(config.sources, accepted)
    with steps.step("fichiers", "Fichiers des sources"):
        inputs = [_find(source, config, downloads_dir, tell) for source in config.sources]
    with _roads(config, tell) as roads, psycopg.connect(database_url, autocommit=True) as conn:
        publication.ensure_catalogue(conn)
        with publication.publishing_lock(conn):
            entries = describe_inputs(conn, config, inputs, roads)
            geocoder = None
            if config.geocodeur is not None:
                geocoder = Geocoder(config.geocodeur, downloads_dir / geocoding.CACHE, tell)
                with steps.step("geocodage", "Adresses demandées au service de géocodage"):
                    entries["geocodage"] = _ask_addresses(config, inputs, entries, geocoder, tell)
            identifier = publication.publication_id(entries)
            folder = publications_dir / identifier
            known = publication.find(conn, identifier)
            if known:
                if not _intact(known, folder):
                    tell("Les archives de tuiles de cette publication manquent ou sont abîmées.")
                    publication.use_schema(conn, identifier)
                    _build_tiles(conn, inputs, identifier, folder, steps)
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
                folder=folder,
                geocoder=geocoder,
                steps=steps,
                tell=tell,
                accepted=accepted,
            )
            for old in publication.prune(conn):
                shutil.rmtree(publications_dir / old, ignore_errors=True)
                tell(f"Ancienne publication supprimée : {old}.")
    return Outcome(identifier, built=True, seconds=steps.seconds, report=found)


def _remove_unknown_folders(conn: psycopg.Connection, publications_dir: Path) -> None:
    """Remove the archives that interrupted runs left, which no publication of the catalogue has."""
    known = {found.id for found in publication.list_publications(conn)}
    for folder in publications_dir.glob("*"):
        if folder.name not in known:
            shutil.rmtree(folder)


#: Settings of a source that change nothing of what is published.
_NOT_CONTENT = {
    *("fichier", "telechargement", "correspondance"),
    *("rejets_maximum", "baisse_maximum"),
}


def describe_inputs(
    conn: psycopg.Connection,
    config: AtlasConfig,
    inputs: list[Input],
    roads: Roads | None = None,
) -> dict[str, Any]:
    """List everything that decides what the publication holds; its hash is the publication's id."""
    by_road = {} if roads is None else {"itineraires": roads.described}
    tables = sorted(config.referentiel.rglob("*"))
    return {
        "atlas": {
            "titre": config.titre,
            "millesime": config.millesime,
            "synthetique": config.synthetique,
        },
        "sources": [
            {
                **entry.source.model_dump(mode="json", exclude=_NOT_CONTENT),
                "empreinte": entry.fingerprint,
                "correspondance": _mapping_fingerprint(entry.source),
            }
            for entry in inputs
        ],
        "referentiel": {path.name: sha256_of(path) for path in tables if path.is_file()},
        "code": publication.code_fingerprint(),
        "moteurs": publication.engine_versions(conn),
        **by_road,
    }


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


def _find(
    source: SourceConfig, config: AtlasConfig, downloads: Path, tell: Callable[[str], None]
) -> Input:
    path = fetch(source, downloads, config.dossier_local, tell)
    return Input(source, path, _fingerprint(source, path) if path else None)


def _fingerprint(source: SourceConfig, path: Path) -> str:
    """SHA-256 of a file; of the list of them all where outlines are read with their sisters."""
    read = layers.files(path) if source.role == "territoires" else [path]
    if read == [path]:
        return sha256_of(path)
    listed = "".join(f"{sha256_of(file)} {file.name}\n" for file in read)
    return hashlib.sha256(listed.encode()).hexdigest()


def _mapping_fingerprint(source: SourceConfig) -> str | None:
    """SHA-256 of a source's mapping; a standard's name, as its file is part of the code."""
    name = source.correspondance
    if name is None or not name.endswith(".toml"):
        return name
    return hashlib.sha256(model.text_of(Path(name)).encode()).hexdigest()


def _intact(known: publication.Publication, folder: Path) -> bool:
    """Whether the tile archives of a publication are on disk, to the byte."""
    return all(
        (path := folder / f"{name}.pmtiles").is_file() and sha256_of(path) == archive["sha256"]
        for name, archive in known.archives.items()
    )


def _build_tiles(
    conn: psycopg.Connection, inputs: list[Input], identifier: str, folder: Path, steps: Steps
) -> dict[str, Any]:
    """Write the archives of a committed publication; describe them for the catalogue."""
    folder.mkdir(parents=True, exist_ok=True)
    builders = {"territoires": tile_build.build_territoires, "lieux": tile_build.build_lieux}
    credit = attribution(inputs)
    with (
        steps.step("tuiles", "Archives de tuiles"),
        # `dsn` leaves the password out.
        psycopg.connect(
            conn.info.dsn, password=conn.info.password or None, autocommit=True
        ) as helper,
    ):
        publication.use_schema(helper, identifier)
        written = {
            name: builder(
                conn,
                folder / f"{name}.pmtiles",
                attribution=credit,
                publication=identifier,
                helpers=[helper],
            )
            for name, builder in builders.items()
        }
    return {
        name: {"sha256": info.sha256, "octets": info.octets, "tuiles": info.tuiles}
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
    folder: Path,
    geocoder: Geocoder | None,
    steps: Steps,
    tell: Callable[[str], None],
    accepted: Collection[str],
) -> list[report.SourceReport]:
    keeper = partial(kept_steps, folder.parents[1] / "etapes", entries)
    kept = keeper([entry for entry in inputs if entry.source.role == "territoires"])
    with steps.step("territoires", "Territoires du COG, contours ramenés à son année"):
        territories, checked = kept.get("territoires", lambda: _checked_territories(inputs, tell))
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
            context = _context(territories, terms, geocoder)
            readers = {entry.source.id: _reader(entry.source) for entry in inputs if _read(entry)}
            groups_read, territories = keeper(
                [entry for entry in inputs if entry.source.role in {"territoires", "groupes"}]
            ).get("groupes", lambda: _read_groups(inputs, context, drawn))
            figures["territoires"]["groupe"] = _count(territories, groups.NIVEAU)
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
            figures["lieux_fusionnes"] = _compute(conn, roads, steps)
            with steps.step("contours", "Contours généralisés pour la carte"):
                boundaries_load.copy_contours(conn, outlines.result())
            with steps.step("controles", "Contrôles"):
                figures["publication"] = etl_checks.check_publication(conn)
                report.summarise(conn)
                report.write(conn, folder)
                found = report.read(conn)
            publication.close_schema(conn, identifier)
    with steps.step("statistiques", "Statistiques des tables"):
        publication.analyze(conn, identifier)
    archives = _build_tiles(conn, inputs, identifier, folder, steps)
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
        history.record(conn, identifier, millesime=config.millesime)
        publication.activate(conn, identifier)
    return found


def _compute(conn: psycopg.Connection, roads: Roads | None, steps: Steps) -> int:
    """Compute what the loaded lieux and actions say of the territories; count the lieux merged."""
    with steps.step("deduplication", "Lieux que plusieurs sources connaissent"):
        coverage.compute_chefs_lieux(conn)
        coverage.place_at_chefs_lieux(conn)
        merged = deduplicate(conn)
        # Another source may have located a mairie better: distances start from that point.
        coverage.compute_chefs_lieux(conn)
        coverage.place_at_chefs_lieux(conn)
    with steps.step("couverture", "Couverture par commune et par territoire"):
        coverage.compute_coverage(conn)
    with steps.step("distances", "Distances, accessibilité et grappes"):
        compute_accessibility(conn, roads)
    return merged


def attribution(inputs: list[Input]) -> str:
    """Credit of the sources that were read, with the date their data speak of."""
    return " ; ".join(
        f"{entry.source.producteur}, {entry.source.nom} ({entry.source.date_donnees:%Y})"
        for entry in inputs
        if entry.path
    )


def _resolver(territories: build.Territories) -> cog.Resolver:
    frame = territories.territoires.dropna(subset="geom")
    return cog.Resolver(
        frame.loc[frame["niveau"] == "commune", "code"],
        territories.codes_anciens.itertuples(index=False, name=None),
        territories.codes_partages,
    )


def _checked_territories(
    inputs: list[Input], tell: Callable[[str], None]
) -> tuple[build.Territories, dict[str, int | float]]:
    territories = _build_territories(inputs, tell)
    return territories, checks.check(territories)


def _build_territories(inputs: list[Input], tell: Callable[[str], None]) -> build.Territories:
    paths = {
        entry.source.lecteur: entry.path
        for entry in inputs
        if entry.source.role == "territoires" and entry.path
    }
    missing = [name for name in TERRITORY_READERS if name not in paths]
    if missing:
        raise EtlError(
            "Il manque des sources de territoires dans la configuration de l'atlas : "
            f'lecteur {", ".join(missing)}. Ajoutez-les, avec role = "territoires".'
        )
    cog_path, contours_path, epci_path = (paths[name] for name in TERRITORY_READERS)
    return build.from_files(
        cog_path,
        contours_path,
        epci_path,
        older_path=paths.get(OLDER_CONTOURS),
        movements_csv=paths.get(MOVEMENTS_READER),
        tell=tell,
    )


def _context(
    territories: build.Territories, terms: referentiel.Referentiel, geocoder: Geocoder | None
) -> Context:
    resolver = _resolver(territories)
    return Context(
        resolver,
        territories.territoires,
        terms,
        anciens_noms=old_names(resolver, territories.mouvements),
        geocoder=geocoder,
    )


def _ask_addresses(
    config: AtlasConfig,
    inputs: list[Input],
    entries: Mapping[str, Any],
    geocoder: Geocoder,
    tell: Callable[[str], None],
) -> str:
    """Ask every address the sources need, and give the fingerprint of the answers.

    The answers decide what the publication holds, so that they are got before it is named: the
    sources are read once for their addresses alone, unless the same inputs were read before. The
    network is never waited for inside the transaction that fills the publication.
    """
    known = publication.publication_id(entries)
    fingerprint = geocoder.past_fingerprint(known)
    if fingerprint is None:
        territories = _build_territories(inputs, tell)
        context = _context(territories, referentiel.read(config.referentiel), geocoder)
        for entry in inputs:
            if _read(entry) and entry.path:
                for _ in _reader(entry.source)(entry.path, entry.source, context):
                    pass
        geocoder.keep_fingerprint(known)
        fingerprint = geocoder.fingerprint()
    geocoder.close()
    return fingerprint


def _count(territories: build.Territories, niveau: str) -> int:
    return int((territories.territoires["niveau"] == niveau).sum())


def _read(entry: Input) -> bool:
    """Whether a source is one of lieux or actions, with its file."""
    source = entry.source
    return (
        entry.path is not None
        and source.role != "territoires"
        and source.lecteur != groupes.LECTEUR
    )


def _reader(source: SourceConfig) -> Reader:
    if source.lecteur not in READERS:
        raise EtlError(
            f"La source « {source.nom} » demande le lecteur « {source.lecteur} », qui n'existe "
            f"pas. Lecteurs connus : {', '.join(sorted([*READERS, groupes.LECTEUR]))}."
        )
    return READERS[source.lecteur]


def _read_groups(
    inputs: list[Input], context: Context, territories: build.Territories
) -> tuple[dict[str, Reading], build.Territories]:
    """Read the sources of groupes; give what was read, and the territories with their groupes."""
    found = {
        entry.source.id: (
            entry.source,
            groupes.read(entry.path, entry.source, context, territories.appartenances),
        )
        for entry in inputs
        if entry.source.lecteur == groupes.LECTEUR and entry.path is not None
    }
    readings = {name: mine.reading for name, (_, mine) in found.items()}
    return readings, groups.add(territories, *groupes.gather(found.values()))
