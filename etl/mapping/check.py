"""What the atlas would make of one file, without loading anything."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.formats import RawTable, open_table
from etl.mapping import library, model
from etl.mapping.apply import Applied
from etl.mapping.fields import Binding
from etl.mapping.library import Match
from etl.mapping.model import Correspondance
from etl.mapping.propose import SAMPLE, Proposal, propose
from etl.mapping.write import has_services, toml_of
from etl.readers.base import Context, Reading

#: Lieux shown.
PREVIEW = 5
_GRAVITES = ("rejet", "reparation", "alerte")


@dataclass
class Outcome:
    """What was found of a file.

    Attributes
    ----------
    table : RawTable
        The open file.
    matches : list of Match
        Standards its headers look like.
    mapping : Correspondance or None
        The one used; None when no service could be found for its rows.
    proposal : Proposal or None
        When the file is of no known standard.
    toml : str
        Text of the proposal; '' without one.
    lues, chargees, reparees, rejetees : int
    motifs : Counter
        Rows by (gravite, motif).
    lieux : pandas.DataFrame
        The first ones, with ``services``.
    refused : list of pandas.DataFrame
        Remarks of the rows refused.
    """

    table: RawTable
    matches: list[Match]
    mapping: Correspondance | None
    proposal: Proposal | None = None
    toml: str = ""
    lues: int = 0
    chargees: int = 0
    reparees: int = 0
    rejetees: int = 0
    motifs: Counter[tuple[str, str]] = field(default_factory=Counter)
    lieux: pd.DataFrame = field(default_factory=pd.DataFrame)
    refused: list[pd.DataFrame] = field(default_factory=list)

    def add(self, reading: Reading) -> None:
        """Count one more part."""
        self.lues += reading.lignes_lues
        self.chargees += reading.lignes_chargees
        self.reparees += reading.lignes_reparees
        self.rejetees += reading.lignes_rejetees
        said = reading.signalements
        self.motifs.update(zip(said["gravite"], said["motif"], strict=True))
        self.refused.append(said[said["gravite"] == "rejet"])
        missing = PREVIEW - len(self.lieux)
        if missing > 0 and len(reading.lieux):
            first = pd.DataFrame(reading.lieux.drop(columns="geom")).head(missing)
            services = reading.lieux_services.groupby("lieu")["service"].agg(", ".join)
            first = first.assign(
                services=first["id"].map(services),
                point=[
                    f"{point.y:.5f}, {point.x:.5f}" for point in reading.lieux.geom.head(missing)
                ],
            )
            self.lieux = pd.concat([self.lieux, first], ignore_index=True)

    def by_reason(self) -> list[tuple[str, str, int]]:
        """Rows by gravite and motif, refusals first."""
        found = [(gravite, motif, count) for (gravite, motif), count in self.motifs.items()]
        return sorted(found, key=lambda row: (_GRAVITES.index(row[0]), -row[2], row[1]))


def check_file(
    path: Path,
    context: Context,
    *,
    correspondance: str | None = None,
    source: SourceConfig | None = None,
    services: Sequence[str] = (),
) -> Outcome:
    """Recognise a file, or propose a mapping for it, and apply it without loading anything.

    Parameters
    ----------
    correspondance : str or None
        Name of a standard or path of a TOML file, in place of what would be recognised.
    source : SourceConfig or None
        Source of the atlas it is checked for.
    services : sequence of str
        Services of all rows, for a proposal.

    Raises
    ------
    EtlError
        If the file or the mapping cannot be read, or a service is unknown.
    """
    context.referentiel.require(list(services), "L'option --service")
    named = correspondance or (source.correspondance if source else None)
    options = library.by_name(named).fichier.options() if named else None
    table = open_table(path, options=options)
    outcome = Outcome(table, library.recognise(table.columns), None)
    if named:
        outcome.mapping = library.by_name(named)
    elif outcome.matches and outcome.matches[0].recognised:
        outcome.mapping = outcome.matches[0].correspondance
    else:
        _propose(outcome, path.name, context, services)
    if outcome.mapping is not None:
        where = f"Le fichier {path.name}"
        binding = Binding.of(outcome.mapping, table.columns, where)
        applied = Applied(binding, source or _anonymous(path), context)
        for part in table.parts():
            outcome.add(applied.read(part))
        if not outcome.lues:
            raise EtlError(f"{where} n'a aucune ligne de données : il n'y a rien à charger.")
    return outcome


def _propose(outcome: Outcome, name: str, context: Context, services: Sequence[str]) -> None:
    table = outcome.table
    first = next(iter(table.parts(SAMPLE)), None)
    if first is None or first.rows.empty:
        raise EtlError(f"Le fichier {name} n'a aucune ligne de données : il n'y a rien à proposer.")
    outcome.proposal = propose(table.columns, first.rows, context)
    outcome.toml = toml_of(outcome.proposal, name, services)
    if has_services(outcome.proposal, services):
        outcome.mapping = model.parse(outcome.toml, "proposée")


def _anonymous(path: Path) -> SourceConfig:
    """Make a source for a file that is of none: dates up to today are possible."""
    return SourceConfig(
        id="essai",
        nom=path.name,
        producteur="Fichier vérifié",
        licence="Inconnue",
        url="https://exemple.fr",
        date_donnees=dt.datetime.now(dt.UTC).date(),
        role="lieux",
        lecteur="correspondance",
        fichier=str(path),
    )
