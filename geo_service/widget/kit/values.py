"""The values of a kit: what the map shows of each territory, for each subject it offers."""

from __future__ import annotations

from typing import Any

from geo_service.atlas import PublishedAtlas
from geo_service.maps import WHOLE, Subject, subject_of
from geo_service.maps.values import classes_of, shares, statut_of
from geo_service.provenance import cite
from geo_service.rounding import rounded
from geo_service.widget.kit.archive import LAYERS, Extract
from geo_service.widget.kit.features import Wanted
from geo_service.widget.options import Options
from geo_service.widget.view import View


def _key(subject: Subject) -> str:
    return "ensemble" if subject.code is None else f"{subject.kind}:{subject.code}"


def subjects_of(atlas: PublishedAtlas, options: Options) -> list[Subject]:
    """Give what a kit offers to look at: everything, and the subject asked, else the main ones.

    Parameters
    ----------
    atlas
        The publication.
    options
        Of the kit.

    Returns
    -------
    list of Subject
        All services together first; then the subject asked, or the thèmes and enjeux of which a
        source speaks.
    """
    if options.axis is not None:
        return [WHOLE, subject_of(atlas, **options.subject())]
    known = atlas.metadata
    documented = [service for service in known.services.values() if service.documente]
    themes = {service.theme for service in documented}
    enjeux = {service.enjeu for service in documented}
    return [
        WHOLE,
        *(subject_of(atlas, theme=code) for code in known.themes if code in themes),
        *(subject_of(atlas, enjeu=code) for code in known.enjeux if code in enjeux),
    ]


def level_values(
    atlas: PublishedAtlas, subject: Subject, level: str, codes: list[str]
) -> dict[str, Any]:
    """Give the values of some territories of a level, with the classes of the whole country.

    Parameters
    ----------
    atlas
        The publication.
    subject
        What is told of them.
    level
        ``commune``, ``epci``, ``departement`` or ``region``.
    codes
        Territories of that level, with an outline.
    """
    if subject.kind == "service" and level == "commune":
        statuts = [statut_of(atlas, str(subject.code), code) for code in codes]
        return {"indicateur": "statut", "codes": codes, "valeurs": statuts}
    classes = classes_of(atlas, subject, level)
    values = shares(atlas, subject, level, codes).tolist()
    return {
        "indicateur": "part_population" if subject.kind == "service" else "taux",
        "codes": codes,
        "valeurs": [rounded(value) for value in values],
        "classes": {
            "lows": classes.lows,
            "highs": classes.highs,
            "exact": classes.exact,
            "total": classes.known + classes.unknown,
        },
    }


def kit_data(
    atlas: PublishedAtlas, view: View, extract: Extract, archive: str, wanted: Wanted
) -> dict[str, Any]:
    """Write the data of a kit (`donnees.json`), as ``web/src/kit.ts`` reads them.

    Parameters
    ----------
    atlas
        The publication.
    view
        What the page says.
    extract
        The archive of tiles.
    archive
        Name of its file.
    wanted
        Codes drawn, by niveau.

    Returns
    -------
    dict
        JSON values, always in the same order.
    """
    subjects = subjects_of(atlas, view.options)
    levels = [level for level in LAYERS.values() if wanted.get(level)]
    drawn = {level: sorted(wanted[level]) for level in levels}
    groups = [
        {
            "kind": kind,
            "label": "",
            "choices": [
                {"indicator": {"kind": kind, "code": item.code}, "label": item.libelle}
                for item in subjects
                if item.kind == kind
            ],
        }
        for kind in ("theme", "enjeu", "service")
    ]
    return {
        "territoire": view.territory.summary(),
        "publication": atlas.id,
        "date": view.made,
        "millesime": atlas.metadata.millesime,
        "sources": cite(atlas.metadata.sources),
        "tuiles": {
            "fichier": archive,
            "minzoom": extract.zooms[0],
            "maxzoom": extract.zooms[1],
        },
        "emprise": list(extract.bounds),
        "niveaux": levels,
        "choix": [group for group in groups if group["choices"]],
        "valeurs": {
            _key(item): {
                level: level_values(atlas, item, level, codes) for level, codes in drawn.items()
            }
            for item in subjects
        },
        "tableau": [
            {"code": row.code, "nom": row.nom, "niveau": row.niveau, "valeur": row.value}
            for row in view.drawn.rows
        ],
    }
