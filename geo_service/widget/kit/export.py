"""Writes a kit: a folder that appears whole or not at all, the same bytes for the same atlas."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, Final, cast

import orjson

from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.faults import InstallationError
from geo_service.site.assets import DIST
from geo_service.territories import Key
from geo_service.widget.addresses import resolve
from geo_service.widget.kit.archive import (
    Extract,
    Source,
    has_outline,
    wanted_of,
    write_extract,
)
from geo_service.widget.kit.scripts import FOLDER, LICENCES, kit_entry, kit_files
from geo_service.widget.kit.values import kit_data
from geo_service.widget.options import Options, check_subject
from geo_service.widget.rendering import environment, own_style
from geo_service.widget.view import View, view_of

ARCHIVE: Final = "territoire.pmtiles"
#: Policy of the page, in a ``<meta>``: whatever the server says, nothing leaves it.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; "
    "form-action 'none'"
)


def check_folder(target: Path) -> None:
    """Refuse a folder that holds something.

    Raises
    ------
    InstallationError
        If it does, or is no folder.
    """
    if target.exists() and not target.is_dir():
        raise InstallationError(
            f"« {target} » existe et n'est pas un dossier : donnez un autre nom avec --out."
        )
    if target.is_dir() and any(target.iterdir()):
        raise InstallationError(
            f"Le dossier « {target} » n'est pas vide : videz-le, ou donnez un autre nom avec --out."
        )


async def export_kit(
    atlas: PublishedAtlas,
    key: Key,
    options: Options,
    target: Path,
    dist: Path = DIST,
) -> Extract:
    """Write the kit of a territory.

    Parameters
    ----------
    atlas
        The publication.
    key
        Niveau and code of the territory; a code of any year.
    options
        Subject, language, colours, title.
    target
        Folder to make; it may exist if it is empty.
    dist
        Folder of the build of the pages.

    Returns
    -------
    Extract
        What its archive holds.

    Raises
    ------
    InstallationError
        If the territory or the subject is unknown, has no outline, if the folder is not empty, or
        the pages or the tiles are not there.
    OSError
        If it cannot be written; nothing is then left of it.
    """
    check_folder(target)
    entry = kit_entry(dist)
    try:
        territory = resolve(atlas, *key)
        check_subject(atlas, options)
    except Problem as problem:
        raise InstallationError(_sentence(problem)) from None
    if not has_outline(atlas, territory):
        raise InstallationError(
            f"{territory.nom} n'a pas de contour dans l'atlas : il n'y a pas de carte à exporter."
        )
    archive = atlas.archives.get("territoires")
    if archive is None or not hasattr(archive, "get"):
        raise InstallationError(
            "Les tuiles de la publication ne sont pas sur cette machine : lancez cette commande "
            "là où l'atlas est construit (geo-service etl run)."
        )
    view = await view_of(atlas, territory, options, links=False)
    wanted = wanted_of(atlas, territory)
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        assert view.bbox is not None  # noqa: S101 (it has an outline)
        extract = write_extract(
            cast("Source", archive), made / ARCHIVE, view.bbox, wanted, territory.nom
        )
        data = kit_data(atlas, view, extract, ARCHIVE, wanted)
        _write_json(made / "donnees.json", data)
        (made / FOLDER).mkdir()
        for name, content in kit_files(entry, dist).items():
            (made / FOLDER / name).write_bytes(content)
        style = f"{entry.style}\n{own_style(options.accent, options.fond, options.hauteur)}\n"
        (made / "carte.css").write_text(style, encoding="utf-8")
        (made / "LICENCES.md").write_bytes((dist / LICENCES).read_bytes())
        script = f"{FOLDER}/{Path(entry.script).name}"
        _write_pages(made, atlas, view, data, extract, script)
        made.chmod(0o755)
        if target.is_dir():
            target.rmdir()
        made.rename(target)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return extract


def _sentence(problem: Problem) -> str:
    """Turn a sentence of the API into one of the command line, which has no addresses."""
    return problem.detail.replace(
        "Cherchez-le par son nom : /api/territoires?q=…",
        "Cherchez-le par son nom sur le site de l'atlas, ou dans /api/territoires?q=…",
    )


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _write_pages(  # noqa: PLR0917 (each is named in the templates)
    folder: Path,
    atlas: PublishedAtlas,
    view: View,
    data: dict[str, Any],
    extract: Extract,
    script: str,
) -> None:
    """Write what people read: the page, how to serve it, whom to credit."""
    content = {
        "view": view,
        "words": view.words,
        "data": data,
        "extract": extract,
        "atlas": atlas,
        "script": script,
        "policy": POLICY,
        "starter": bool(atlas.metadata.referentiel["demarrage"]),
    }
    for name, template in (
        ("index.html", "kit.html"),
        ("LISEZMOI.md", "lisezmoi.md"),
        ("SOURCES.md", "sources.md"),
    ):
        text = environment().get_template(template).render(**content)
        (folder / name).write_text(text, encoding="utf-8")
