"""``geo-service backup`` and ``geo-service restore``: what must not be lost, in one file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from etl.french import figure, plural
from geo_service.cli.progress import console_steps
from geo_service.databases import prepare_owner
from geo_service.settings import load_settings

if TYPE_CHECKING:
    from geo_service.backup.manifest import Manifest

_console = Console(stderr=True, highlight=False)


def backup(
    fichier: Annotated[Path, typer.Argument(help="Fichier à écrire.")],
    avec_publication: Annotated[
        bool,
        typer.Option(
            "--avec-publication",
            help="Ajouter les tables et les tuiles en ligne : plus gros, rien à refaire ensuite.",
        ),
    ] = False,
    sans_paquets: Annotated[
        bool,
        typer.Option("--sans-paquets", help="Laisser les paquets que les registres redonneront."),
    ] = False,
    remplacer: Annotated[
        bool, typer.Option("--remplacer", help="Remplacer un fichier du même nom.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="Fichier qui dit de quelles sources l'atlas est fait.")
    ] = None,
) -> None:
    """Sauvegarder dans un fichier ce que l'atlas ne peut pas refaire."""
    # The other commands start without waiting for pandas and GEOS.
    from geo_service.backup import saving  # noqa: PLC0415

    start = time.perf_counter()
    settings = load_settings()
    done = saving.save(
        fichier.absolute(),
        config_path=config or settings.config,
        database_url=prepare_owner(settings),
        downloads_dir=settings.downloads_dir,
        publications_dir=settings.publications_dir,
        steps=console_steps(saving.STEPS + avec_publication, _console),
        tell=_tell,
        whole=avec_publication,
        packages=not sans_paquets,
        replace=remplacer,
    )
    _console.print(
        f"Sauvegarde faite et relue : {fichier}, {_size(done.octets)}, "
        f"{plural(done.fichiers, 'fichier', 'fichiers')}, historique de "
        f"{plural(done.historique, 'publication', 'publications')}"
        + (f", publication {done.publication} en ligne" if done.publication else "")
        + f" ({_seconds(time.perf_counter() - start)}). Copiez-la sur une autre machine.",
        soft_wrap=True,
    )


def restore(
    fichier: Annotated[Path, typer.Argument(help="Fichier fait par « geo-service backup ».")],
    remplacer: Annotated[
        bool, typer.Option("--remplacer", help="Restaurer même si un atlas est déjà là.")
    ] = False,
    sans_publication: Annotated[
        bool,
        typer.Option(
            "--sans-publication", help="Laisser les tables et les tuiles que contient le fichier."
        ),
    ] = False,
    verifier: Annotated[
        bool, typer.Option("--verifier", help="Contrôler le fichier et dire ce qu'il contient.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="Où mettre la configuration (GEO_CONFIG).")
    ] = None,
) -> None:
    """Remettre en place une sauvegarde ; refusé si un atlas est déjà là."""
    # The other commands start without waiting for pandas and GEOS.
    from geo_service.archive_stores import archive_store  # noqa: PLC0415
    from geo_service.backup import restoring  # noqa: PLC0415
    from geo_service.backup.archive import BackupReader  # noqa: PLC0415

    start = time.perf_counter()
    with BackupReader(fichier) as opened:
        _describe(opened.manifest)
        if verifier:
            _console.print("Rien n'a été touché.")
            return
        settings = load_settings()
        held = opened.manifest.publication
        tables = held is not None and bool(held.tables) and not sans_publication
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        done = restoring.restore(
            opened,
            config_path=(config or settings.config).absolute(),
            database_url=prepare_owner(settings),
            state_dir=settings.state_dir,
            downloads_dir=settings.downloads_dir,
            publications_dir=settings.publications_dir,
            store=archive_store(settings),
            steps=console_steps(restoring.STEPS + tables, _console),
            tell=_tell,
            replace=remplacer,
            with_publication=tables,
        )
    for path in done.renamed:
        _tell(f"Le fichier qui était là est gardé sous le nom {path}.")
    _console.print(
        f"Restauration finie ({_seconds(time.perf_counter() - start)}), "
        f"{plural(done.written, 'fichier écrit', 'fichiers écrits')}. "
        + (
            f"La publication {done.online} est en ligne."
            if done.online
            else "Lancez « geo-service etl run » pour refaire la publication."
        ),
        soft_wrap=True,
    )


def _describe(manifest: Manifest) -> None:
    octets = sum(member.octets for member in manifest.fichiers.values())
    online = manifest.publication
    _console.print(
        f"Sauvegarde du {manifest.faite_le.astimezone():%d/%m/%Y à %H:%M}, atlas "
        f"{manifest.logiciel} : {plural(len(manifest.fichiers), 'fichier', 'fichiers')}, "
        f"{_size(octets)}, historique de "
        f"{plural(manifest.historique[0].lignes, 'publication', 'publications')}"
        + (
            f", publication {online.id}"
            + (" avec ses tables" if online.tables else ", à refaire par un chargement")
            if online
            else ""
        )
        + ". Fichier entier.",
        soft_wrap=True,
    )


def _tell(sentence: str) -> None:
    _console.print(f"    {sentence}", style="dim", markup=False, soft_wrap=True)


def _size(octets: int) -> str:
    return f"{figure(round(octets / 1e6))} Mo" if octets >= 1e6 else f"{figure(octets)} octets"  # noqa: PLR2004


def _seconds(value: float) -> str:
    return f"{value:.1f} s".replace(".", ",").replace(" ", "\u00a0")
