"""The words of a map: title, sentences, source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from etl.french import day
from etl.synthetic import WARNING
from geo_service.atlas import PublishedAtlas
from geo_service.french_sentences import NBSP, a, compte, de, entre_guillemets, liste, pour_cent
from geo_service.maps.composition import Composition
from geo_service.maps.model import Row, Subject
from geo_service.maps.palette import LABELS, STATUTS
from geo_service.maps.text import clean
from geo_service.maps.values import COUNTED, UNDOCUMENTED, share_of, statut_of
from geo_service.provenance import LOADED
from geo_service.territories import Territory

SITE: Final = "Atlas de l’internet citoyen"
#: Names told one by one in a note.
_NAMED: Final = 8
#: Producers and licences told by name, and the explanations of names, left out.
_CREDITED: Final = 3
_UNSAID: Final = "Non précisée"
_EXPLAINED: Final = re.compile(r"\s*[(,;].*", re.DOTALL)


def of(territory: Territory) -> str:
    """Give a territory after « de », its name cleaned: « de France », « d’Alès »."""
    if territory.niveau == "pays":
        return f"de {clean(territory.nom)}"
    return de(_cleaned(territory))


def _cleaned(territory: Territory) -> Territory:
    """Give the same territory, its name one that a sentence can hold."""
    return territory._replace(nom=clean(territory.nom) or territory.code)


def title_of(territory: Territory, subject: Subject, composition: Composition) -> str:
    """Name a map: « Taux de couverture des communes de Rennes Métropole »."""
    alone = composition.highlighted is not None
    members = f"{COUNTED[composition.level][1]} {of(territory)}"
    rate = f"taux de couverture {of(territory)} et de ses voisines"
    if not alone:
        rate = f"taux de couverture des {members}"
    if subject.kind == "ensemble":
        return rate[0].upper() + rate[1:]
    quoted = entre_guillemets(clean(subject.libelle))
    if subject.kind != "service":
        kind = "Enjeu" if subject.kind == "enjeu" else "Thème"
        return f"{kind} {quoted}{NBSP}: {rate}"
    if alone:
        return f"Service {quoted}{NBSP}: présence {a(_cleaned(territory))} et chez ses voisines"
    what = "présence" if composition.level == "commune" else "population couverte"
    return f"Service {quoted}{NBSP}: {what} dans les {members}"


def legend_title(subject: Subject, composition: Composition) -> str:
    """Name what the classes are of."""
    by = COUNTED[composition.level][0]
    if subject.kind != "service":
        return f"Taux de couverture, par {by}"
    if composition.level == "commune":
        return f"Statut du service, par {by}"
    return f"Part de la population couverte, par {by}"


def figure_of(atlas: PublishedAtlas, territory: Territory, subject: Subject) -> tuple[str, str]:
    """Give the value of a territory itself, and what it is.

    Returns
    -------
    tuple of str
        « 39 % » and « taux de couverture, Rennes Métropole ».
    """
    name = clean(territory.nom)
    if subject.kind == "service" and territory.niveau == "commune":
        return LABELS[statut_of(atlas, str(subject.code), territory.code)], a(_cleaned(territory))
    share = share_of(atlas, subject, territory.niveau, territory.code)
    told = UNDOCUMENTED.capitalize() if share is None else pour_cent(share)
    what = "population couverte" if subject.kind == "service" else "taux de couverture"
    return told, f"{what}, {name}"


def describe(
    atlas: PublishedAtlas,
    territory: Territory,
    subject: Subject,
    composition: Composition,
    rows: Sequence[Row],
) -> str:
    """Tell in sentences what a map shows."""
    figure, _ = figure_of(atlas, territory, subject)
    sentences = [f"{clean(territory.nom)}{NBSP}: {figure[0].lower()}{figure[1:]}."]
    if composition.around is not None:
        sentences.append(f"Autour, les communes {of(composition.around)}.")
    counted = compte(len(rows), *COUNTED[composition.level])
    if subject.kind == "service" and composition.level == "commune":
        counts = [
            f"{LABELS[statut].lower()} dans {compte(number, 'commune')}"
            for statut in STATUTS
            if (number := sum(row.value == statut for row in rows))
        ]
        sentences.append(f"Sur {counted}, le service est {liste(counts)}.")
        return " ".join(sentences)
    values = sorted(
        (row for row in rows if isinstance(row.value, float)),
        key=lambda row: (row.value, row.nom),
    )
    if not values:
        sentences.append(f"{counted} sur la carte, aucune valeur connue.")
    elif values[0].text == values[-1].text:
        sentences.append(f"{counted} sur la carte, toutes à {values[0].text}.")
    else:
        sentences.append(
            f"{counted} sur la carte, de {values[0].text} ({clean(values[0].nom)}) à "
            f"{values[-1].text} ({clean(values[-1].nom)})."
        )
    return " ".join(sentences)


def note_of(atlas: PublishedAtlas, composition: Composition) -> str:
    """Say what is not drawn, what is not to scale, and that data were made up if they were."""
    sentences = []
    if any(source["synthetique"] for source in _loaded(atlas)):
        sentences.append(WARNING)
    if len(composition.pictures) > 1:
        sentences.append("Les cadres ne sont pas à l’échelle de la carte.")
    missing = composition.missing
    if missing:
        names = [clean(territory.nom) for territory in missing[:_NAMED]]
        if len(missing) > _NAMED:
            names.append(f"{len(missing) - _NAMED} autres")
        sentences.append(f"Pas encore de contour, donc pas de dessin{NBSP}: {liste(names)}.")
    return " ".join(sentences)


def credit_of(atlas: PublishedAtlas) -> str:
    """Credit the atlas in one short line."""
    return f"{SITE}, {day(atlas.metadata.made)}"


def source_of(atlas: PublishedAtlas) -> str:
    """Credit the sources, with their licences, in what a picture has room for.

    ``/api/sources`` has them all.
    """
    known = atlas.metadata
    # Whom most of the figures are from comes first, then the territories.
    loaded = sorted(
        _loaded(atlas),
        key=lambda source: (source["role"] == "territoires", -(source["lignes_chargees"] or 0)),
    )
    producers = _different(source["producteur"] for source in loaded)
    licences = [
        licence
        for licence in _different(source["licence"] for source in loaded)
        if not licence.startswith(_UNSAID)
    ]
    sentence = (
        f"Source{NBSP}: {SITE}, publication {atlas.id} du {day(known.made)}, Code officiel "
        f"géographique {known.millesime}"
    )
    if producers:
        sentence += f", d’après {_some(producers, 'autres producteurs')}"
    if licences:
        sentence += f". Licences{NBSP}: {_some(licences, 'autres')}"
    return f"{sentence}. Liste complète{NBSP}: /api/sources."


def _loaded(atlas: PublishedAtlas) -> list[dict[str, Any]]:
    return [source for source in atlas.metadata.sources if source["statut"] == LOADED]


def _different(texts: Iterable[str | None]) -> list[str]:
    """Texts without what they explain in brackets or after a comma, each once."""
    bare = (clean(_EXPLAINED.sub("", text or "")) for text in texts)
    return [text for text in dict.fromkeys(bare) if text]


def _some(texts: list[str], others: str) -> str:
    """Join the first ones, and count the others."""
    if len(texts) <= _CREDITED + 1:
        return liste(texts)
    return liste([*texts[:_CREDITED], f"{len(texts) - _CREDITED} {others}"])
