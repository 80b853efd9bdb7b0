"""``geo-service cog``: what codes of communes of any year mean today."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console

from etl.config import AtlasConfig
from etl.errors import EtlError
from etl.fetch import fetch
from etl.french import figure
from geo_service.settings import Settings, load_settings

if TYPE_CHECKING:
    from boundaries.code_file import Summary
    from boundaries.history import History

app = typer.Typer(no_args_is_help=True, help="Codes de commune de toutes les années.")

_console = Console(stderr=True, highlight=False)

#: Unknown or divided codes that are listed.
_LISTED = 200
_STATUTS = {
    "actuel": "codes actuels",
    "resolu": "anciens codes résolus",
    "partage": "codes partagés entre plusieurs communes",
    "inconnu": "codes inconnus",
}


@app.callback()
def _group() -> None:
    """Keep ``resolve`` a named command even while it is alone."""


@app.command("resolve")
def resolve(  # noqa: PLR0917 (options of a command are named)
    file: Annotated[
        Path, typer.Argument(metavar="FICHIER", help="Fichier CSV, de n'importe quel séparateur.")
    ],
    date: Annotated[
        str | None,
        typer.Option(
            help="Date des données : 2015-12-31, 31/12/2015 ou 2015. Sans elle, un code est pris "
            "dans son dernier sens."
        ),
    ] = None,
    colonne: Annotated[
        str | None, typer.Option(help="Colonne des codes ; devinée si elle n'est pas donnée.")
    ] = None,
    sortie: Annotated[
        Path | None, typer.Option(help="Fichier à écrire ; la sortie standard sans elle.")
    ] = None,
    encodage: Annotated[str, typer.Option(help="Encodage du fichier, par exemple cp1252.")] = (
        "utf-8"
    ),
    config: Annotated[
        Path | None, typer.Option(help="Fichier qui dit de quelles sources l'atlas est fait.")
    ] = None,
) -> None:
    """Ajouter à chaque ligne la commune actuelle de son code, et pourquoi."""
    # The other commands start without waiting for pandas.
    from boundaries.code_file import resolve_file  # noqa: PLC0415
    from boundaries.resolution import HISTORIQUES, parse_date  # noqa: PLC0415

    day = parse_date(date) if date is not None else None
    if sortie is not None and sortie.resolve() == file.resolve():
        raise EtlError("Le fichier à écrire est celui qui est lu : donnez-lui un autre nom.")
    settings = load_settings()
    history = _history(AtlasConfig.load(config or settings.config), settings)
    started = time.perf_counter()
    with _target(sortie) as target:
        summary = resolve_file(file, target, history, column=colonne, date=day, encoding=encodage)
    _tell(summary, time.perf_counter() - started)
    _say(f"Historique : {HISTORIQUES[history.historique]}.")


def _history(config: AtlasConfig, settings: Settings) -> History:
    """Read the COG and the movements that the configuration names."""
    from boundaries.history import History  # noqa: PLC0415
    from boundaries.readers import etalab, mouvements  # noqa: PLC0415

    paths = {
        source.lecteur: fetch(source, settings.downloads_dir, config.dossier_local, lambda _: None)
        for source in config.sources
        if source.role == "territoires" and source.lecteur in ("cog", "mouvements")
    }
    cog, movements = paths.get("cog"), paths.get("mouvements")
    if cog is None:
        raise EtlError(
            "La configuration de l'atlas n'a pas de source de lecteur « cog » : ajoutez-la, avec "
            'role = "territoires".'
        )
    return History.from_cog(etalab.read(cog), mouvements.read(movements) if movements else None)


@contextmanager
def _target(path: Path | None) -> Iterator[TextIO]:
    """Give the standard output, or a file that appears only once it is whole."""
    if path is None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        yield sys.stdout
        return
    partial = path.with_name(f".{path.name}.partiel")
    try:
        with partial.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _say(sentence: str) -> None:
    _console.print(sentence, markup=False, soft_wrap=True)


def _tell(summary: Summary, seconds: float) -> None:
    _say(f"Colonne « {summary.colonne} » : {figure(summary.lignes)} lignes en {seconds:.1f} s.")
    for statut, words in _STATUTS.items():
        _say(f"  {figure(summary.statuts[statut]):>9}  {words}")
    if summary.avertissements:
        _say(f"{figure(summary.avertissements)} lignes portent un avertissement.")
    for words, codes in (("Inconnus", summary.inconnus), ("Partagés", summary.partages)):
        _list(words, codes)


def _list(words: str, codes: Counter[str]) -> None:
    if not codes:
        return
    shown = [
        f"{code.strip() or '(vide)'}" + (f" ({figure(count)} lignes)" if count > 1 else "")
        for code, count in sorted(codes.items())[:_LISTED]
    ]
    more = f" et {figure(len(codes) - _LISTED)} autres" if len(codes) > _LISTED else ""
    _say(f"{words} : {', '.join(shown)}{more}.")
