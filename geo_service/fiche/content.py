"""What the fiche of a territory says: plain data for the template, from the API's own answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from etl.french import day
from geo_service.api.comparables import comparables_answer
from geo_service.api.diagnostic import diagnosis_answer
from geo_service.api.mutualisation import pooling_answer
from geo_service.api.peers import choose
from geo_service.api.recommandations import recommendations_answer
from geo_service.atlas import Metadata, PublishedAtlas
from geo_service.fiche import sections
from geo_service.fiche.figures import UNRANKED, key_figures, silent
from geo_service.fiche.texts import EXAMPLE, LABEL, NAME, SENTENCE, TITLE, cleaned, short
from geo_service.fiche.wording import ADVICE, DEFINITIONS, KINDS, NO_SERVICE, QUESTIONS_ONLY
from geo_service.french_sentences import NBSP, compte, de, nombre
from geo_service.maps import Look, StaticMap
from geo_service.provenance import provenance
from geo_service.territories import Territory

#: Width of the map, mm; its size in CSS pixels, so that its names are some 7 points high.
MAP_MM: Final = 88
LOOK: Final = Look(width=330, height=216, furniture=False)


@dataclass(frozen=True)
class Answers:
    """What the API answers of a territory.

    Attributes
    ----------
    diagnosis, recommendations, comparables, pooling
        Bodies of ``…/diagnostic``, ``…/recommandations?n=4``, ``…/comparables`` and
        ``…/mutualisation?n=1``.
    origin
        Provenance, as it ends every answer.
    """

    diagnosis: dict[str, Any]
    recommendations: dict[str, Any]
    comparables: dict[str, Any]
    pooling: dict[str, Any]
    origin: dict[str, Any]


async def answers(atlas: PublishedAtlas, territory: Territory) -> Answers:
    """Ask what the API would answer of a territory.

    Parameters
    ----------
    atlas
        The publication.
    territory
        A territory whose services are counted.
    """
    metadata = atlas.metadata
    columns = list(range(len(metadata.documented)))
    peers = choose(metadata, territory)
    return Answers(
        diagnosis=await diagnosis_answer(atlas, territory),
        recommendations=await recommendations_answer(
            atlas, territory, peers, columns, sections.RECOMMENDED
        ),
        comparables=comparables_answer(metadata, territory, peers),
        pooling=pooling_answer(metadata, territory, columns, 1),
        origin=provenance(atlas, ()),
    )


def document(
    metadata: Metadata, territory: Territory, told: Answers, page: str, drawing: StaticMap
) -> dict[str, Any]:
    """Write the data of the template.

    Parameters
    ----------
    metadata
        The publication.
    territory
        The territory.
    told
        What :func:`answers` gave for it.
    page
        Address of its page, shown, linked and written as a QR code.
    drawing
        Its map.

    Returns
    -------
    dict
        JSON whose texts hold only what the fonts draw.
    """
    diagnosis, made = told.diagnosis, metadata.made
    nom = short(territory.nom, NAME)
    phrases = _phrases(territory, diagnosis)
    return {
        "titre": nom,
        "document": f"{nom} – fiche de l’internet citoyen",
        "resume": short(phrases[0], SENTENCE),
        "situation": situation(metadata, territory),
        "phrases": [short(text, SENTENCE) for text in phrases],
        "chiffres": [
            {**figure._asdict(), "note": short(figure.note, TITLE)}
            for figure in key_figures(diagnosis)
        ],
        "commune": territory.niveau == "commune",
        "themes": sections.themes(metadata.themes, diagnosis),
        "sans_service": None if diagnosis["services"] else NO_SERVICE,
        "manques": sections.gaps(diagnosis),
        "a_faire": sections.advice(diagnosis, told.recommendations),
        "comparaison": sections.comparison(told.comparables),
        "parties": sections.parts(diagnosis),
        "mutualisation": sections.pooling(told.pooling),
        "distances": sections.distances(diagnosis),
        "questions": sections.questions(diagnosis, told.recommendations),
        "conseils": [{"titre": title, "texte": text} for title, text in ADVICE.items()],
        "sources": sections.sources(told.origin["sources"]),
        "definitions": [{"mot": word, "texte": text} for word, text in DEFINITIONS.items()],
        "publication": told.origin["publication"],
        "millesime": str(told.origin["millesime"]),
        "date": day(made),
        "annee_mois_jour": [made.year, made.month, made.day],
        "demarrage": bool(metadata.referentiel["demarrage"]),
        "page": page,
        "carte": _map(drawing) if drawing.drawn else None,
    }


def printable(data: dict[str, Any]) -> dict[str, Any]:
    """Clean every text of the data, but the address, which is ours and must stay what it is."""
    return {**cleaned(data), "page": data["page"]}


def _map(drawing: StaticMap) -> dict[str, Any]:
    """Write what goes with the drawing; of the classes, those that are on it."""
    return {
        "titre": short(drawing.title, TITLE),
        "description": short(drawing.description, 2 * SENTENCE),
        "methode": short(drawing.method, TITLE),
        "note": short(drawing.note, EXAMPLE),
        "largeur_mm": MAP_MM,
        "legende": [
            {"label": item.label, "colour": item.colour, "hatched": item.hatched}
            for item in drawing.legend
            if item.count
        ],
    }


def situation(metadata: Metadata, territory: Territory) -> list[str]:
    """Say what the territory is and where it lies, piece by piece."""
    known = metadata.territories
    population = (
        "population inconnue"
        if territory.population is None
        else compte(territory.population, "habitant")
    )
    if territory.population is not None and territory.population_annee is not None:
        population += f" ({territory.population_annee})"
    pieces = [KINDS[territory.niveau], population]
    if territory.niveau != "commune":
        pieces.append(compte(territory.communes, "commune"))
    above = known.parents.get((territory.niveau, territory.code), ())
    # One of each niveau: the parents come with the one that holds most of the communes first.
    told: dict[str, str] = {}
    for niveau, code in above:
        if niveau != "pays":
            told.setdefault(niveau, short(known.by_key[niveau, code].nom, LABEL))
    # A région of one département has its name.
    pieces += dict.fromkeys(told.values())
    if territory.niveau not in UNRANKED:
        pieces.append(f"code {territory.code}")
    return pieces


def _phrases(territory: Territory, diagnosis: dict[str, Any]) -> list[str]:
    """Take the sentences of the diagnosis; of what nobody spoke of, no rate is told."""
    if not diagnosis["couverture"]["documentes"] or not silent(diagnosis):
        return list(diagnosis["phrases"])
    known = diagnosis["couverture"]["documentes"]
    over = "le seul service documenté" if known == 1 else f"les {nombre(known)} documentés"
    first = (
        f"Personne n’a encore rien dit à l’atlas des services {de(territory)}{NBSP}: sur {over}, "
        "on ne sait pas ce qui existe ici."
    )
    return [first, QUESTIONS_ONLY]
