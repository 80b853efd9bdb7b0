"""``geo-service etl check``: what the atlas would make of one file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from etl.config import AtlasConfig, SourceConfig
from etl.errors import EtlError
from etl.french import figure, percentage
from geo_service.settings import load_settings

if TYPE_CHECKING:
    from etl.mapping.check import Outcome
    from etl.mapping.propose import Proposal

_console = Console(highlight=False)

#: Fields shown of each lieu, with the titles of their columns.
_SHOWN = {
    "nom": "nom",
    "commune": "commune",
    "services": "services",
    "adresse": "adresse",
    "point": "lat, lon",
    "localisation": "placé par",
    "horaires": "horaires",
    "telephone": "téléphone",
}
_GRAVITES = {"rejet": "rejetées", "reparation": "réparées", "alerte": "à vérifier"}
_WIDTH = 120


def check(  # noqa: PLR0917 (they are the options of a command)
    fichier: Annotated[Path, typer.Argument(help="Fichier à vérifier, de n'importe quel format.")],
    source: Annotated[
        str | None, typer.Option(help="Source de la configuration dont on prend les réglages.")
    ] = None,
    correspondance: Annotated[
        str | None,
        typer.Option(help="Nom d'un standard, ou chemin d'une correspondance (.toml)."),
    ] = None,
    service: Annotated[
        list[str] | None,
        typer.Option(help="Service que donnent tous les lieux du fichier (répétable)."),
    ] = None,
    ecrire: Annotated[
        Path | None, typer.Option(help="Où écrire la correspondance proposée (.toml).")
    ] = None,
    rejets: Annotated[
        Path | None, typer.Option(help="Où écrire la liste des lignes rejetées (.csv).")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Fichier qui dit de quelles sources l'atlas est fait.")
    ] = None,
) -> None:
    """Dire ce que l'atlas ferait d'un fichier, sans rien charger.

    Reconnaît les standards, propose sinon une correspondance, et montre les premières lignes.
    """
    # The other commands start without waiting for pandas and GEOS.
    from etl.mapping.check import check_file  # noqa: PLC0415
    from geo_service.communes_cache import context_of  # noqa: PLC0415

    start = time.perf_counter()
    settings = load_settings()
    atlas = AtlasConfig.load(config or settings.config)
    if not fichier.exists():
        raise EtlError(f"Le fichier {fichier} n'existe pas. Vérifiez son chemin.")
    if ecrire is not None and ecrire.exists():
        raise EtlError(
            f"Le fichier {ecrire} existe déjà : il n'est pas remplacé. Choisissez un autre nom."
        )
    known: SourceConfig | None = atlas.source(source) if source else None
    context = context_of(atlas, settings.downloads_dir, settings.downloads_dir, _console.print)
    outcome = check_file(
        fichier,
        context,
        correspondance=correspondance,
        source=known,
        services=service or (),
    )
    _tell_file(outcome)
    if outcome.proposal is not None:
        _tell_proposal(outcome.proposal)
        if ecrire is not None:
            ecrire.write_text(outcome.toml, encoding="utf-8")
            _console.print(f"Correspondance écrite dans {ecrire} : relisez-la, puis complétez-la.")
    elif ecrire is not None:
        _console.print("Le fichier est d'un format connu : aucune correspondance n'est à écrire.")
    if outcome.mapping is None:
        raise EtlError(
            "Aucune colonne ne dit les services que donnent ces lieux : rien ne peut être chargé. "
            "Nommez-les par « --service CODE », ou complétez la correspondance proposée. Les codes "
            f"sont dans {atlas.referentiel / 'services.csv'}."
        )
    _tell_outcome(outcome)
    if rejets is not None:
        _write_refused(outcome, rejets)
        _console.print(f"Lignes rejetées : {rejets}")
    _console.print(f"Vérifié en {_seconds(time.perf_counter() - start)}. Rien n'a été chargé.")
    if not outcome.chargees:
        raise EtlError(
            "Aucune ligne de ce fichier ne pourrait être chargée : voyez les raisons ci-dessus."
        )


def _seconds(value: float) -> str:
    return f"{value:.1f} s".replace(".", ",").replace(" ", "\u00a0")


def _tell_file(outcome: Outcome) -> None:
    table = outcome.table
    details = ", ".join(f"{name} {value}" for name, value in table.details.items())
    _console.print(
        f"{table.path.name} : {table.format}, {len(table.columns)} colonnes"
        + (f" ({details})" if details else ""),
        markup=False,
    )
    for remark in table.remarques:
        _console.print(f"  {remark}", markup=False)
    for match in outcome.matches[:3]:
        word = "reconnu" if match.recognised else "ressemble, sans plus"
        _console.print(
            f"  {match.nom} ({match.correspondance.titre}) : {percentage(match.score, 0)}, {word}",
            markup=False,
        )
    if not outcome.matches:
        _console.print("  Aucun standard connu.")


def _tell_proposal(proposal: Proposal) -> None:
    table = Table("champ", "colonne", title="Correspondance proposée")
    table.add_column("confiance", justify="right")
    table.add_column("pourquoi")
    chosen = [*proposal.choix, *([proposal.horaires] if proposal.horaires else [])]
    for choice in chosen:
        named = "horaires" if choice is proposal.horaires else choice.champ
        columns = ", ".join(choice.colonnes)
        table.add_row(named, columns, f"{choice.confiance}\u202f%", choice.raison)
    for guess in proposal.services:
        table.add_row("services", guess.colonne, f"{guess.confiance}\u202f%", guess.raison)
    for name, why in proposal.personnelles.items():
        table.add_row("—", name, "", f"jamais lue : {why}")
    _console.print(table)


def _tell_outcome(outcome: Outcome) -> None:
    from etl.motifs import MOTIFS  # noqa: PLC0415 (as above)

    if len(outcome.lieux):
        preview = Table(
            *_SHOWN.values(), title="Les premières lignes, telles que l'atlas les aurait"
        )
        for _, lieu in outcome.lieux.iterrows():
            texts = ["" if lieu[name] is None else str(lieu[name]) for name in _SHOWN]
            preview.add_row(*(text[:_WIDTH] for text in texts))
        _console.print(preview)
    _console.print(
        f"Lignes lues : {figure(outcome.lues)} ; chargées : {figure(outcome.chargees)}, dont "
        f"réparées : {figure(outcome.reparees)} ; rejetées : {figure(outcome.rejetees)}."
    )
    reasons = Table("", "motif", "raison")
    reasons.add_column("signalements", justify="right")
    for gravite, motif, count in outcome.by_reason():
        reasons.add_row(_GRAVITES[gravite], motif, MOTIFS[motif][1], figure(count))
    if reasons.row_count:
        _console.print(reasons)


def _write_refused(outcome: Outcome, path: Path) -> None:
    """Write the refusals as French spreadsheets open them; no value can run as a formula."""
    import pandas as pd  # noqa: PLC0415 (as above)

    frame = pd.concat(outcome.refused, ignore_index=True) if outcome.refused else pd.DataFrame()
    for name in ("champ", "valeur"):
        texts = frame[name].fillna("").astype("str")
        frame[name] = texts.where(~texts.str.match(r"[=+@\t\r-]"), "'" + texts)
    frame.to_csv(path, index=False, sep=";", encoding="utf-8-sig")
