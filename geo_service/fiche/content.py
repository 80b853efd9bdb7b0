"""What the fiche of a territory says: plain data for the template, from the API's own answers."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from etl.french import day
from geo_service.api.comparables import comparables_answer
from geo_service.api.diagnostic import diagnosis_answer
from geo_service.api.mutualisation import pooling_answer
from geo_service.api.peers import choose
from geo_service.api.recommandations import NEAR_KM, recommendations_answer
from geo_service.atlas import Metadata, PublishedAtlas
from geo_service.diagnostics.diagnosis_sentences import FAR_KM
from geo_service.diagnostics.sentences import percent
from geo_service.fiche.figures import BESIDE_KM, UNRANKED, key_figures, silent
from geo_service.fiche.texts import cleaned, short
from geo_service.fiche.wording import (
    ADVICE,
    DEFINITIONS,
    KINDS,
    PARTS,
    STATUTS,
    UNCOMPARED,
)
from geo_service.french_sentences import NBSP, THIN, compte, de, entre_guillemets, habitants, kilometres, liste, nombre, pour_cent, rang
from geo_service.maps import Look, StaticMap
from geo_service.provenance import provenance
from geo_service.territories import Territory

#: Most of each list: the template cuts them further, to what a page holds.
_GAPS, _ADVICE, _EXAMPLES, _PEERS, _PARTS, _DISTANCES = 10, 4, 2, 8, 18, 4
#: Width of the map, mm; its size in CSS pixels, so that its names are some 7 points high.
MAP_MM: Final = 88
LOOK: Final = Look(width=330, height=216, furniture=False)
#: Longest texts, in characters.
_NAME, _LABEL, _SENTENCE, _SOURCE = 110, 70, 420, 700


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
        recommendations=await recommendations_answer(atlas, territory, peers, columns, _ADVICE),
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
    nom = short(territory.nom, _NAME)
    phrases = _phrases(territory, diagnosis)
    return {
        "titre": nom,
        "document": f"{nom} – fiche de l’internet citoyen",
        "resume": short(phrases[0], _SENTENCE),
        "situation": situation(metadata, territory),
        "phrases": [short(text, _SENTENCE) for text in phrases],
        "chiffres": [figure._asdict() for figure in key_figures(diagnosis)],
        "commune": territory.niveau == "commune",
        "themes": _themes(metadata, diagnosis),
        "sans_service": None
        if diagnosis["services"]
        else "Aucune source de cette publication ne parle des services du référentiel.",
        "manques": _gaps(diagnosis),
        "a_faire": _advice(diagnosis, told.recommendations),
        "comparaison": _comparison(territory, told),
        "parties": _parts(territory, diagnosis),
        "mutualisation": _pooling(told.pooling),
        "distances": _distances(territory, diagnosis),
        "questions": _questions(diagnosis, told.recommendations),
        "conseils": [{"titre": title, "texte": text} for title, text in ADVICE],
        "sources": _sources(told.origin["sources"]),
        "definitions": [{"mot": word, "texte": text} for word, text in DEFINITIONS],
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
        "titre": short(drawing.title, _SENTENCE),
        "description": short(drawing.description, 2 * _SENTENCE),
        "methode": short(drawing.method, _SENTENCE),
        "note": short(drawing.note, _SENTENCE),
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
    above = [key for key in known.parents.get((territory.niveau, territory.code), ())]
    # One of each niveau: the parents come with the one that holds most of the communes first.
    told: dict[str, str] = {}
    for niveau, code in above:
        if niveau != "pays":
            told.setdefault(niveau, short(known.by_key[niveau, code].nom, _LABEL))
    pieces += told.values()
    if territory.niveau not in UNRANKED:
        pieces.append(f"code {territory.code}")
    return pieces


def _phrases(territory: Territory, diagnosis: dict[str, Any]) -> list[str]:
    """Take the sentences of the diagnosis; of what nobody spoke of, no rate is told."""
    if not diagnosis["couverture"]["documentes"] or not silent(diagnosis):
        return list(diagnosis["phrases"])
    known = diagnosis["couverture"]["documentes"]
    asked = "le seul service documenté" if known == 1 else f"les {nombre(known)} services documentés"
    return [
        f"Personne n’a encore rien dit à l’atlas des services {de(territory)}{NBSP}: sur {asked}, "
        "on ne sait pas ce qui existe ici.",
        f"Ce sont des questions à poser, pas des manques{NBSP}: un taux de couverture n’aurait pas de "
        "sens.",
    ]


def _themes(metadata: Metadata, diagnosis: dict[str, Any]) -> list[dict[str, Any]]:
    """List the documented services by thème, in the order of the référentiel."""
    communal = diagnosis["territoire"]["niveau"] == "commune"
    listed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in diagnosis["services"]:
        listed[item["theme"]].append(_line(item, communal=communal))
    order = {statut: rank for rank, statut in enumerate(STATUTS)}
    themes = []
    for code, theme in metadata.themes.items():
        lines = listed.get(code)
        if not lines:
            continue
        if communal:
            lines.sort(key=lambda line: order[line["statut"]])
        themes.append({"titre": short(theme.libelle, _LABEL), "lignes": lines})
    return themes


def _line(item: dict[str, Any], *, communal: bool) -> dict[str, Any]:
    """Say one service; of a larger territory, with the share of people who have it."""
    label, statut = short(item["libelle"], _LABEL), item["statut"]
    line = {"libelle": label, "statut": statut, "mot": STATUTS[statut]}
    if communal:
        return line
    counts = [
        item[name]
        for name in ("population_couverte", "population_absente", "population_non_renseignee")
    ]
    known = all(count is not None for count in counts) and sum(counts) > 0
    covered = item["part_population"]
    return {
        **line,
        # What is drawn beside the words.
        "parts": [count / sum(counts) for count in counts] if known else None,
        "couverts": line["mot"] if not covered else pour_cent(covered),
    }


def _gaps(diagnosis: dict[str, Any]) -> dict[str, Any]:
    """List the services absent, the ones that concern most people first."""
    missing = diagnosis["manques"]
    communal = diagnosis["territoire"]["niveau"] == "commune"
    lines = [
        {
            "libelle": short(gap["libelle"], _LABEL),
            "communes": nombre(gap["communes"]),
            "habitants": "inconnu" if gap["population"] is None else nombre(gap["population"]),
        }
        for gap in missing["premiers"][:_GAPS]
    ]
    if not diagnosis["couverture"]["documentes"]:
        none = "On ne peut rien en dire : aucun service n’est documenté."
    elif silent(diagnosis):
        none = "On ne peut rien en dire : personne n’a rien dit des services de ce territoire."
    else:
        none = (
            "Aucun manque n’est connu. Un manque ne se constate que pour les services qu’une "
            "source recense tous ; les autres sont à vérifier."
        )
    return {
        "total": missing["total"],
        "lignes": lines,
        "par_commune": not communal,
        "aucun": none.replace(" :", f"{NBSP}:").replace(" ;", f"{THIN};"),
    }


def _advice(diagnosis: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Write the recommandations; without any, what is to be verified first."""
    done = [
        {
            "libelle": short(item["libelle"], _LABEL),
            "texte": short(item["phrase"], _SENTENCE),
            "effet": short(item["effet"]["phrase"], _SENTENCE),
            "exemples": [
                {
                    "texte": short(example["phrase"], _SENTENCE // 2),
                    "page": example["page"] if example["page"].startswith("http") else None,
                }
                for example in _near(item["exemples"])[:_EXAMPLES]
            ],
        }
        for item in told["recommandations"]
    ]
    asked = [
        {"libelle": short(item["libelle"], _LABEL), "texte": short(item["phrase"], _SENTENCE)}
        for item in told["a_verifier"]
    ]
    none = None if done or asked else _first_step(diagnosis, compared=told["strate"] is not None)
    return {"recommandations": done, "questions": asked, "aucune": none}


def _near(examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the examples that are near, else the nearest."""
    near = [example for example in examples if example["distance_km"] <= NEAR_KM]
    return near or examples[:1]


def _first_step(diagnosis: dict[str, Any], *, compared: bool) -> str:
    """Say where to begin when nothing is recommended."""
    missing = diagnosis["manques"]["premiers"]
    if missing and not compared:
        first = missing[0]
        people = "" if first["population"] is None else f" ({habitants(first['population'])})"
        return (
            f"Par {entre_guillemets(first['libelle'])}{people}{NBSP}: c’est le manque le plus "
            "répandu. Les fiches des communes concernées nomment des territoires comparables qui ont "
            "déjà ce service."
        )
    if missing:
        return (
            "Ce qui manque ici n’est pas plus répandu chez les territoires comparables. Les manques "
            "qui touchent le plus d’habitants viennent d’abord."
        )
    return (
        "Par les réponses qui manquent{NBSP}: tant qu’elles ne sont pas connues, rien ne peut être "
        "recommandé."
        if any(item["statut"] == "non_renseigne" for item in diagnosis["services"])
        else "Rien ne manque parmi les services documentés. Il reste à faire connaître ce qui existe."
    ).replace("{NBSP}", NBSP)


def _comparison(territory: Territory, told: Answers) -> dict[str, Any]:
    """Put the territory among the comparables most like it, the highest rate first."""
    answer = told.comparables
    if answer["rang"] is None:
        reason = UNCOMPARED.get(territory.niveau, answer["raison"])
        reason = reason or "Il n’y a pas de taux à comparer."
        return {"raison": reason, "phrase": None, "repere": None, "lignes": []}
    best = answer["meilleur_quart"]
    marks = (
        f"Médiane des comparables{NBSP}: {percent(answer['taux_median'])}. Le meilleur quart a au "
        f"moins {percent(best['taux_min'])}."
    )
    peers = [_peer(item, own=False) for item in answer["comparables"][:_PEERS]]
    own = {**territory.summary(), "taux": answer["taux"], "rang": answer["rang"]}
    return {
        "raison": None,
        "phrase": told.diagnosis["comparaison"]["phrase"],
        "repere": marks,
        "strate": f"{answer['strate']['libelle']}{NBSP}; {answer['strate']['source']}",
        "lignes": [_peer(own, own=True), *peers],
    }


def _peer(item: dict[str, Any], *, own: bool) -> dict[str, Any]:
    return {
        "rang": rang(item["rang"]),
        "nom": short(item["nom"], _LABEL),
        "habitants": nombre(item["population"]),
        "taux": percent(item["taux"]),
        "part": item["taux"],
        "ici": own,
    }


def _parts(territory: Territory, diagnosis: dict[str, Any]) -> dict[str, Any] | None:
    """List the smaller territories with the lowest rates."""
    for group in diagnosis["parties"]:
        lines = [
            {
                "nom": short(part["nom"], _LABEL),
                "habitants": nombre(part["population"]),
                "taux": percent(part["taux"]),
                "part": part["taux"],
            }
            for part in group["territoires"]
            if part["taux"] is not None and part["population"] is not None
        ]
        if len(lines) > 1:
            kind = PARTS[group["niveau"]]
            return {
                "titre": kind,
                "lignes": lines[:_PARTS],
                "total": len(lines),
            }
    return None


def _distances(territory: Territory, diagnosis: dict[str, Any]) -> dict[str, Any] | None:
    """Say how far the lieux are of the services listed without omission."""
    communal = territory.niveau == "commune"
    lines = []
    for item in diagnosis["accessibilite"]["services"]:
        told = item["distances"]
        # Of the other services a nearer lieu may be unknown.
        if not item["exhaustif"] or told["plus_eloignee"] is None:
            continue
        label = short(item["service"]["libelle"], _LABEL)
        places = nombre(item["lieux"]["total"])
        if communal:
            lines.append([label, places, _distance(told["plus_eloignee"]["distance_km"])])
            continue
        far = next(limit for limit in item["seuils"] if limit["km"] == FAR_KM)
        middle = told["quantiles_km"]["p50"]
        lines.append(
            [
                label,
                "inconnue" if middle is None else _distance(middle),
                nombre(far["population"]) if far["population"] else "personne",
            ]
        )
    if not lines:
        return None
    straight = diagnosis["accessibilite"]["mesure"]["mode"] == "vol-d-oiseau"
    how = "à vol d’oiseau" if straight else "par la route"
    titles = ["Lieux ici", "Le plus proche"]
    measure = f"De la mairie, {how}, lieux des communes voisines compris."
    if not communal:
        titles = ["Distance médiane", f"Habitants à plus de {FAR_KM}{NBSP}km"]
        measure = f"De la mairie de chaque commune, {how}{THIN}; la moitié des habitants sont plus près que la médiane."
    return {"entetes": titles, "lignes": lines[:_DISTANCES], "mesure": measure}


def _distance(km: float) -> str:
    return "sur place" if km < BESIDE_KM else kilometres(km)


def _questions(diagnosis: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """Name the services of which nobody said anything: those that comparables have first."""
    first = [item["code"] for item in told["a_verifier"]]
    asked = [item for item in diagnosis["services"] if item["statut"] == "non_renseigne"]
    place = {code: rank for rank, code in enumerate(first)}
    asked.sort(key=lambda item: place.get(item["code"], len(first)))
    return [short(item["libelle"], _LABEL) for item in asked]


def _pooling(answer: dict[str, Any]) -> str | None:
    return short(answer["voisins"][0]["phrase"], _SENTENCE) if answer["voisins"] else None


def _sources(sources: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Credit the sources, those of one producer under one licence together."""
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    for source in sources:
        date = source["date"]
        dated = f" ({_day(date)})" if date is not None else " (sans date)"
        name = f"{short(source['nom'], _NAME)}{dated}"
        if source["synthetique"]:
            name += ", données inventées pour essai"
        together[source["producteur"], source["licence"]].append(name)
    return [
        {
            "producteur": short(producer, _NAME),
            "licence": short(licence, _NAME),
            "noms": short(liste(names), _SOURCE),
        }
        for (producer, licence), names in together.items()
    ]


def _day(date: dt.date | str) -> str:
    return day(date if isinstance(date, dt.date) else dt.date.fromisoformat(date))
