"""Territories, groupes and readers of a run, from its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from boundaries import build, checks, cog, groups
from etl import publication, referentiel
from etl.communes import Locator, old_names
from etl.config import AtlasConfig, SourceConfig
from etl.errors import EtlError
from etl.location.geocoder import Geocoder
from etl.readers import READERS, Context, Reader, Reading, groupes
from geo_service.inputs import Input

#: Readers of the sources of territories, in ``atlas.toml``; contours and EPCI of any provider.
TERRITORY_READERS = ("cog", "contours", "epci")
#: Reader of contours of another year, from which communes restored since take their ground back.
OLDER_CONTOURS = "contours_anciens"

#: Reader of the changes of the communes, which the atlas can be made without.
MOVEMENTS_READER = "mouvements"


def _resolver(territories: build.Territories) -> cog.Resolver:
    frame = territories.territoires.dropna(subset="geom")
    return cog.Resolver(
        frame.loc[frame["niveau"] == "commune", "code"],
        territories.codes_anciens.itertuples(index=False, name=None),
        territories.codes_partages,
    )


def checked_territories(
    inputs: list[Input], tell: Callable[[str], None]
) -> tuple[build.Territories, dict[str, int | float]]:
    """Build the territories, and check them."""
    territories = build_territories(inputs, tell)
    return territories, checks.check(territories)


def build_territories(inputs: list[Input], tell: Callable[[str], None]) -> build.Territories:
    """Build the territories from their sources, of any provider and year.

    Raises
    ------
    EtlError, BoundariesError
        If one is missing, or cannot be believed.
    """
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


def context_of(
    territories: build.Territories,
    terms: referentiel.Referentiel,
    geocoder: Geocoder | None,
    locator: Locator | None = None,
) -> Context:
    """Give what the readers need to know of the territories."""
    resolver = _resolver(territories)
    return Context(
        resolver,
        territories.territoires,
        terms,
        anciens_noms=old_names(resolver, territories.mouvements),
        geocoder=geocoder,
        locator=locator,
    )


def ask_addresses(
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
        territories = build_territories(inputs, tell)
        context = context_of(territories, referentiel.read(config.referentiel), geocoder)
        for entry in inputs:
            if has_rows(entry) and entry.path:
                for _ in reader_of(entry.source)(entry.path, entry.source, context):
                    pass
        geocoder.keep_fingerprint(known)
        fingerprint = geocoder.fingerprint()
    geocoder.close()
    return fingerprint


def count(territories: build.Territories, niveau: str) -> int:
    """Count the territories of a niveau."""
    return int((territories.territoires["niveau"] == niveau).sum())


def has_rows(entry: Input) -> bool:
    """Whether a source is one of lieux or actions, with its file."""
    source = entry.source
    return (
        entry.path is not None
        and source.role != "territoires"
        and source.lecteur != groupes.LECTEUR
    )


def reader_of(source: SourceConfig) -> Reader:
    """Reader of a source; an unknown one stops the run with the list of those there are."""
    if source.lecteur not in READERS:
        raise EtlError(
            f"La source « {source.nom} » demande le lecteur « {source.lecteur} », qui n'existe "
            f"pas. Lecteurs connus : {', '.join(sorted([*READERS, groupes.LECTEUR]))}."
        )
    return READERS[source.lecteur]


def read_groups(
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
