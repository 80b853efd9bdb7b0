"""The parts of a fiche, each read in one answer of the API: nothing is computed anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from etl.french import day
from geo_service.api.recommandations import NEAR_KM
from geo_service.atlas import Axis
from geo_service.diagnostics.diagnosis_sentences import FAR_KM
from geo_service.diagnostics.sentences import percent
from geo_service.fiche.figures import BESIDE_KM, silent
from geo_service.fiche.texts import EXAMPLE, LABEL, NAME, SENTENCE, SOURCE, short
from geo_service.fiche.wording import FIRST_STEP, NO_GAP, PARTLY, PARTS, STATUTS, UNCOMPARED
from geo_service.french_sentences import (
    NBSP,
    THIN,
    entre_guillemets,
    habitants,
    kilometres,
    liste,
    nombre,
    pour_cent,
    rang,
)

#: Most recommandations to ask for.
RECOMMENDED: Final = 4
#: Most of each list: the template cuts them further, to what a page holds.
_GAPS, _EXAMPLES, _PEERS, _PARTS, _DISTANCES = 10, 2, 8, 18, 4


def themes(axes: Mapping[str, Axis], diagnosis: dict[str, Any]) -> list[dict[str, Any]]:
    """List the documented services by thème, in the order of the référentiel."""
    communal = diagnosis["territoire"]["niveau"] == "commune"
    listed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in diagnosis["services"]:
        listed[item["theme"]].append(_line(item, communal=communal))
    order = {statut: rank for rank, statut in enumerate(STATUTS)}
    found = []
    for code, theme in axes.items():
        lines = listed.get(code)
        if not lines:
            continue
        if communal:
            lines.sort(key=lambda line: order[line["statut"]])
        found.append({"titre": short(theme.libelle, LABEL), "lignes": lines})
    return found


def _line(item: dict[str, Any], *, communal: bool) -> dict[str, Any]:
    """Say one service; of a larger territory, with the share of people who have it."""
    label, statut = short(item["libelle"], LABEL), item["statut"]
    line = {"libelle": label, "statut": statut, "mot": STATUTS[statut]}
    if communal:
        return line
    counts = [
        item[name]
        for name in ("population_couverte", "population_absente", "population_non_renseignee")
    ]
    known = all(count is not None for count in counts) and sum(counts) > 0
    covered = item["part_population"]
    # Absent from some communes, unknown in the others.
    partly = statut == "non_renseigne" and bool(item["population_absente"])
    return {
        **line,
        # What is drawn beside the words.
        "parts": [count / sum(counts) for count in counts] if known else None,
        "couverts": pour_cent(covered) if covered else PARTLY if partly else line["mot"],
    }


def gaps(diagnosis: dict[str, Any]) -> dict[str, Any]:
    """List the services absent, the ones that concern most people first."""
    missing = diagnosis["manques"]
    communal = diagnosis["territoire"]["niveau"] == "commune"
    lines = [
        {
            "libelle": short(gap["libelle"], LABEL),
            "communes": nombre(gap["communes"]),
            "habitants": "inconnu" if gap["population"] is None else nombre(gap["population"]),
        }
        for gap in missing["premiers"][:_GAPS]
    ]
    if not diagnosis["couverture"]["documentes"]:
        none = NO_GAP["sans_source"]
    else:
        none = NO_GAP["silence" if silent(diagnosis) else "aucun"]
    return {
        "total": missing["total"],
        "lignes": lines,
        "par_commune": not communal,
        "aucun": none,
    }


def advice(diagnosis: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Write the recommandations; without any, what is to be verified first."""
    done = [
        {
            "libelle": short(item["libelle"], LABEL),
            "texte": short(item["phrase"], SENTENCE),
            "effet": short(item["effet"]["phrase"], SENTENCE),
            "exemples": [
                {
                    "texte": short(example["phrase"], EXAMPLE),
                    "page": example["page"] if example["page"].startswith("http") else None,
                }
                for example in _near(item["exemples"])[:_EXAMPLES]
            ],
        }
        for item in told["recommandations"]
    ]
    asked = [
        {"libelle": short(item["libelle"], LABEL), "texte": short(item["phrase"], SENTENCE)}
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
        return f"Par {entre_guillemets(first['libelle'])}{people}{FIRST_STEP['manque']}"
    if missing:
        return FIRST_STEP["repandu"]
    asked = any(item["statut"] == "non_renseigne" for item in diagnosis["services"])
    return FIRST_STEP["questions" if asked or not diagnosis["services"] else "rien"]


def comparison(answer: dict[str, Any]) -> dict[str, Any]:
    """Put the territory beside the comparables most like it.

    Parameters
    ----------
    answer
        Body of ``…/comparables``.
    """
    if answer["rang"] is None:
        reason = UNCOMPARED.get(answer["territoire"]["niveau"], answer["raison"])
        reason = reason or "Il n’y a pas de taux à comparer."
        return {"raison": reason, "phrase": None, "repere": None, "lignes": []}
    best = answer["meilleur_quart"]
    marks = (
        f"Médiane des comparables{NBSP}: {percent(answer['taux_median'])}. Le meilleur quart a au "
        f"moins {percent(best['taux_min'])}."
    )
    peers = [_peer(item, own=False) for item in answer["comparables"][:_PEERS]]
    own = {**answer["territoire"], "taux": answer["taux"], "rang": answer["rang"]}
    return {
        "raison": None,
        "phrase": answer["phrase"],
        "repere": marks,
        "strate": f"{answer['strate']['libelle']}{THIN}; {answer['strate']['source']}",
        "lignes": [_peer(own, own=True), *peers],
    }


def _peer(item: dict[str, Any], *, own: bool) -> dict[str, Any]:
    return {
        "rang": rang(item["rang"]),
        "nom": short(item["nom"], LABEL),
        "habitants": nombre(item["population"]),
        "taux": percent(item["taux"]),
        "part": item["taux"],
        "ici": own,
    }


def parts(diagnosis: dict[str, Any]) -> dict[str, Any] | None:
    """List the smaller territories with the lowest rates."""
    for group in diagnosis["parties"]:
        lines = [
            {
                "nom": short(part["nom"], LABEL),
                "habitants": nombre(part["population"]),
                "taux": percent(part["taux"]),
                "part": part["taux"],
            }
            for part in group["territoires"]
            if part["taux"] is not None and part["population"] is not None
        ]
        if len(lines) > 1:
            title = PARTS[group["niveau"]]
            return {"titre": title, "lignes": lines[:_PARTS], "total": len(lines)}
    return None


def distances(diagnosis: dict[str, Any]) -> dict[str, Any] | None:
    """Say how far the lieux are of the services listed without omission."""
    communal = diagnosis["territoire"]["niveau"] == "commune"
    lines = []
    for item in diagnosis["accessibilite"]["services"]:
        told = item["distances"]
        # Of the other services a nearer lieu may be unknown.
        if not item["exhaustif"] or told["plus_eloignee"] is None:
            continue
        label = short(item["service"]["libelle"], LABEL)
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
        measure = (
            f"De la mairie de chaque commune, {how}{THIN}; la moitié des habitants sont plus près "
            "que la médiane."
        )
    return {"entetes": titles, "lignes": lines[:_DISTANCES], "mesure": measure}


def _distance(km: float) -> str:
    return "sur place" if km < BESIDE_KM else kilometres(km)


def questions(diagnosis: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """Name the services of which nobody said anything: those that comparables have first."""
    first = [item["code"] for item in told["a_verifier"]]
    asked = [
        item
        for item in diagnosis["services"]
        if item["statut"] == "non_renseigne" and not item["population_absente"]
    ]
    place = {code: rank for rank, code in enumerate(first)}
    asked.sort(key=lambda item: place.get(item["code"], len(first)))
    return [short(item["libelle"], LABEL) for item in asked]


def pooling(answer: dict[str, Any]) -> str | None:
    """Say with which neighbour most could be shared; None where there is nothing to share."""
    return short(answer["voisins"][0]["phrase"], SENTENCE) if answer["voisins"] else None


def sources(cited: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Credit the sources, those of one producer under one licence together."""
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    for source in cited:
        date = source["date"]
        dated = f" ({day(date)})" if date is not None else " (sans date)"
        name = f"{short(source['nom'], NAME)}{dated}"
        if source["synthetique"]:
            name += ", données inventées pour essai"
        together[source["producteur"], source["licence"]].append(name)
    return [
        {
            "producteur": short(producer, NAME),
            "licence": short(licence, NAME),
            "noms": short(liste(names), SOURCE),
        }
        for (producer, licence), names in together.items()
    ]
