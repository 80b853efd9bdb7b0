"""The words of a map: title, sentences, source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from geo_service.atlas import PublishedAtlas
from geo_service.french_sentences import NBSP, compte, de, entre_guillemets, liste, pour_cent
from geo_service.maps.composition import Composition
from geo_service.maps.model import Row, Subject
from geo_service.maps.palette import LABELS, STATUTS
from geo_service.maps.text import clean
from geo_service.maps.values import COUNTED, share_of, statut_of
from geo_service.provenance import LOADED
from geo_service.territories import Territory

SITE: Final = "Atlas de l’internet citoyen"
#: Names told one by one in a note.
_NAMED: Final = 8


def title_of(territory: Territory, subject: Subject, composition: Composition) -> str:
    """Name a map: « Taux de couverture des communes de Rennes Métropole »."""
    if subject.kind == "service" and composition.level == "commune":
        what = "Où est le service"
        return f"{what} {entre_guillemets(clean(subject.libelle))}{_among(territory, composition)}"
    what = "Taux de couverture"
    if subject.kind == "service":
        return (
            f"Part de la population couverte par le service "
            f"{entre_guillemets(clean(subject.libelle))}{_among(territory, composition)}"
        )
    if subject.kind != "ensemble":
        article = "l’enjeu" if subject.kind == "enjeu" else "le thème"
        what += f" pour {article} {entre_guillemets(clean(subject.libelle))}"
    return f"{what}{_among(territory, composition)}"


def _among(territory: Territory, composition: Composition) -> str:
    if composition.highlighted is not None:
        around = composition.around
        where = "" if around is None else f", parmi les communes {de(around)}"
        return f"{NBSP}: {clean(territory.nom)}{where}"
    return f" des {COUNTED[composition.level][1]} {de(territory)}"


def describe(
    atlas: PublishedAtlas,
    territory: Territory,
    subject: Subject,
    composition: Composition,
    rows: Sequence[Row],
) -> str:
    """Tell in sentences what a map shows."""
    level = composition.level
    drawn = [row for row in rows if row.drawn]
    sentences = []
    by_statut = subject.kind == "service" and level == "commune"
    if by_statut and composition.highlighted is not None:
        statut = statut_of(atlas, str(subject.code), territory.code)
        sentences.append(f"{clean(territory.nom)}{NBSP}: {LABELS[statut].lower()}.")
    else:
        share = share_of(atlas, subject, territory.niveau, territory.code)
        known = "non documenté" if share is None else pour_cent(share)
        sentences.append(f"{clean(territory.nom)}{NBSP}: {known}.")
    if by_statut:
        counts = [
            f"{LABELS[statut].lower()} dans {compte(number, 'commune')}"
            for statut in STATUTS
            if (number := sum(row.value == statut for row in drawn))
        ]
        sentences.append(f"Le service est {liste(counts)}.")
        return " ".join(sentences)
    values = sorted(
        (row for row in drawn if isinstance(row.value, float)),
        key=lambda row: (row.value, row.nom),
    )
    counted = compte(len(drawn), *COUNTED[level])
    if not values:
        sentences.append(f"{counted} sur la carte, aucun taux connu.")
    elif values[0].text == values[-1].text:
        sentences.append(f"{counted} sur la carte, toutes les valeurs sont de {values[0].text}.")
    else:
        sentences.append(
            f"{counted} sur la carte, de {values[0].text} ({clean(values[0].nom)}) à "
            f"{values[-1].text} ({clean(values[-1].nom)})."
        )
    return " ".join(sentences)


def note_of(composition: Composition) -> str:
    """Say what is not drawn."""
    missing = composition.missing
    if not missing:
        return ""
    names = [clean(territory.nom) for territory in missing[:_NAMED]]
    if len(missing) > _NAMED:
        names.append(f"{len(missing) - _NAMED} autres")
    return f"Sans contour, donc pas sur la carte{NBSP}: {liste(names)}."


def source_of(atlas: PublishedAtlas, subject: Subject) -> str:
    """Credit the sources, in a line or two that a picture has room for."""
    known = atlas.metadata
    loaded = [source for source in known.sources if source["statut"] == LOADED]
    producers = list(dict.fromkeys(clean(str(source["producteur"])) for source in loaded))
    day = known.made
    shown = producers[:3]
    if len(producers) > len(shown):
        shown.append(f"{len(producers) - len(shown)} autres producteurs")
    del subject
    return (
        f"Source{NBSP}: {SITE}, publication {atlas.id} du {day.day:02}/{day.month:02}/{day.year}, "
        f"d’après {liste(shown)}. Géographie{NBSP}: COG {known.millesime}."
    )


def legend_title(subject: Subject, composition: Composition) -> str:
    """Name what the classes are of."""
    level = {"commune": "commune", "epci": "EPCI", "departement": "département", "region": "région"}
    by = level[composition.level]
    if subject.kind != "service":
        return f"Taux de couverture, par {by}"
    if composition.level == "commune":
        return f"Statut du service, par {by}"
    return f"Part de la population couverte, par {by}"
