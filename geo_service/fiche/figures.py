"""The five key figures of a territory, read in its diagnosis: nothing is computed anew.

What is not known is said in words, never as 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from geo_service.diagnostics.diagnosis_sentences import FAR_KM
from geo_service.diagnostics.sentences import percent
from geo_service.french_sentences import (
    NBSP,
    THIN,
    compte,
    entre_guillemets,
    feminin,
    habitants,
    kilometres,
    niveau_au_pluriel,
    nombre,
    pour_cent,
    rang,
)

#: Niveaux that have no comparables, whatever the atlas: other figures stand for their rank.
UNRANKED = ("pays", "groupe")
#: Distance told as none, km: the lieu is at the mairie or beside it.
BESIDE_KM = 0.05


class Figure(NamedTuple):
    """A key figure.

    Attributes
    ----------
    titre
        What it measures.
    valeur
        The figure, or the words that stand for it.
    note
        What it is of, in half a sentence.
    connu
        Whether it is a figure: False where something is not known, which is shown differently.
    """

    titre: str
    valeur: str
    note: str
    connu: bool


def key_figures(diagnosis: dict[str, Any]) -> list[Figure]:
    """Choose and write the five figures of a territory.

    Parameters
    ----------
    diagnosis
        Answer of :func:`geo_service.api.diagnostic.diagnosis_answer`.

    Returns
    -------
    list of Figure
        Five, the rate first.
    """
    niveau = diagnosis["territoire"]["niveau"]
    makers: tuple[Callable[[dict[str, Any]], Figure], ...]
    if niveau == "commune":
        makers = (_rate, _rank, _gaps, _questions, _nearest)
    elif niveau in UNRANKED:
        makers = (_rate, _found, _unknown_part, _first_gap, _far)
    else:
        makers = (_rate, _found, _rank, _first_gap, _far)
    return [make(diagnosis) for make in makers]


def silent(diagnosis: dict[str, Any]) -> bool:
    """Tell whether nobody said anything of any documented service here."""
    return (
        all(item["statut"] == "non_renseigne" for item in diagnosis["services"])
        and not diagnosis["manques"]["total"]
    )


def _documented(count: int) -> str:
    """« des 23 services documentés », « du seul service documenté »."""
    return "du seul service documenté" if count == 1 else f"des {nombre(count)} services documentés"


def _nothing(titre: str, diagnosis: dict[str, Any]) -> Figure | None:
    """Say that nothing can be told, when no service is documented or nobody spoke of any here."""
    if not diagnosis["couverture"]["documentes"]:
        return Figure(
            titre,
            "Non documenté",
            "aucune source ne parle encore des services du référentiel",
            False,
        )
    if silent(diagnosis):
        of = _documented(diagnosis["couverture"]["documentes"])
        return Figure(titre, "Non renseigné", f"personne n’a rien dit ici {of}", False)
    return None


def _rate(diagnosis: dict[str, Any]) -> Figure:
    titre, covered = "Taux de couverture", diagnosis["couverture"]
    nothing = _nothing(titre, diagnosis)
    if nothing is not None:
        return nothing
    if covered["taux"] is None:
        why = (
            "personne n’y habite"
            if diagnosis["territoire"]["population"] == 0
            else "la population n’est pas connue"
        )
        return Figure(titre, "Sans taux", why, False)
    known, here = covered["documentes"], covered["presents"]
    if diagnosis["territoire"]["niveau"] == "commune":
        s = "" if here <= 1 else "s"
        found = f"{compte(here, 'service')} présent{s} ou partagé{s}" if here else "aucun recensé"
        note = f"{found} sur {compte(known, 'documenté')}"
    else:
        note = f"{_documented(known)}, en moyenne, pour un habitant"
    return Figure(titre, percent(covered["taux"]), note, True)


def _found(diagnosis: dict[str, Any]) -> Figure:
    titre, covered = "Services recensés", diagnosis["couverture"]
    nothing = _nothing(titre, diagnosis)
    if nothing is not None:
        return nothing
    value = f"{nombre(covered['presents'])} sur {nombre(covered['documentes'])}"
    return Figure(titre, value, "services documentés, quelque part dans le territoire", True)


def _rank(diagnosis: dict[str, Any]) -> Figure:
    titre, compared = "Rang", diagnosis["comparaison"]
    niveau = diagnosis["territoire"]["niveau"]
    if compared["rang"] is None:
        why = "aucun territoire comparable n’est connu"
        if not diagnosis["couverture"]["documentes"]:
            why = "aucun service n’est documenté"
        return Figure(titre, "Non comparé", why, False)
    ties = compared["ex_aequo"]
    one = "une" if feminin(niveau) else "un"
    others = f"{one} autre" if ties == 1 else f"{nombre(ties)} autres"
    equal = f", à égalité avec {others}" if ties else ""
    bracket = compared["strate"]["libelle"]
    value = f"{rang(compared['rang'])} sur {nombre(compared['sur'])}"
    return Figure(titre, value, f"{niveau_au_pluriel(niveau)} comparables ({bracket}){equal}", True)


def _gaps(diagnosis: dict[str, Any]) -> Figure:
    titre, missing = "Manques connus", diagnosis["manques"]
    nothing = _nothing(titre, diagnosis)
    if nothing is not None:
        return nothing
    if not missing["total"]:
        return Figure(titre, "Aucun", "parmi les services que l’atlas sait recenser ici", True)
    people = missing["premiers"][0]["population"]
    many = "" if people in {0, 1} else "s"
    concerned = "population inconnue" if people is None else f"{habitants(people)} concerné{many}"
    s = "" if missing["total"] == 1 else "s"
    return Figure(
        titre,
        nombre(missing["total"]),
        f"service{s} absent{s} d’après une source qui les recense tous{NBSP}: {concerned}",
        True,
    )


def _questions(diagnosis: dict[str, Any]) -> Figure:
    titre = "À vérifier"
    if not diagnosis["couverture"]["documentes"]:
        return Figure(titre, "Tout", "aucune source ne parle encore des services", False)
    asked = sum(item["statut"] == "non_renseigne" for item in diagnosis["services"])
    if not asked:
        return Figure(titre, "Aucun", "l’atlas sait répondre pour chaque service documenté", True)
    s = "" if asked == 1 else "s"
    note = f"service{s} dont personne n’a rien dit ici{NBSP}: des questions, pas des manques"
    return Figure(titre, nombre(asked), note, True)


def _unknown_part(diagnosis: dict[str, Any]) -> Figure:
    titre, part = "Non renseigné", diagnosis["couverture"]["part_non_renseignee"]
    if part is None:
        return Figure(titre, "Inconnu", "la part des réponses qui manquent n’est pas connue", False)
    note = (
        f"{_documented(diagnosis['couverture']['documentes'])}, en moyenne, pour un habitant"
        f"{NBSP}: personne n’a répondu"
    )
    return Figure(titre, pour_cent(part), note, True)


def _first_gap(diagnosis: dict[str, Any]) -> Figure:
    titre, missing = "Premier manque", diagnosis["manques"]
    nothing = _nothing(titre, diagnosis)
    if nothing is not None:
        return nothing
    if not missing["total"]:
        return Figure(titre, "Aucun", "parmi les services que l’atlas sait recenser ici", True)
    first = missing["premiers"][0]
    label = entre_guillemets(first["libelle"])
    where = "une commune" if first["communes"] == 1 else compte(first["communes"], "commune")
    if first["population"] is None:
        return Figure(titre, where, f"sans {label}{THIN}; population inconnue", True)
    return Figure(titre, nombre(first["population"]), f"habitants de {where} sans {label}", True)


def _how(diagnosis: dict[str, Any]) -> str:
    straight = diagnosis["accessibilite"]["mesure"]["mode"] == "vol-d-oiseau"
    return "à vol d’oiseau" if straight else "par la route"


def _nearest(diagnosis: dict[str, Any]) -> Figure:
    titre = "Lieu le plus proche"
    # Only services listed without omission: of the others a nearer lieu may be unknown.
    measured = [
        (item["distances"]["plus_eloignee"]["distance_km"], item["service"]["libelle"])
        for item in diagnosis["accessibilite"]["services"]
        if item["exhaustif"] and item["distances"]["plus_eloignee"] is not None
    ]
    if not measured:
        return Figure(titre, "Non mesuré", "aucune distance à un lieu n’est connue ici", False)
    km, label = max(measured, key=lambda pair: pair[0])
    if km < BESIDE_KM:
        return Figure(titre, "Sur place", "pour les services dont on connaît tous les lieux", True)
    return Figure(
        titre,
        kilometres(km),
        f"de la mairie, {_how(diagnosis)}, pour {entre_guillemets(label)}",
        True,
    )


def _far(diagnosis: dict[str, Any]) -> Figure:
    titre = f"À plus de {FAR_KM}{NBSP}km"
    measured = []
    for item in diagnosis["accessibilite"]["services"]:
        if item["exhaustif"] and item["distances"]["population"]:
            far = next(limit for limit in item["seuils"] if limit["km"] == FAR_KM)
            measured.append((far["population"], far["part_population"], item["service"]["libelle"]))
    if not measured:
        return Figure(titre, "Non mesuré", "aucune distance à un lieu n’est connue ici", False)
    people, part, label = max(measured, key=lambda found: found[0])
    if not people:
        return Figure(
            titre, "Personne", f"d’un lieu des services recensés ({_how(diagnosis)})", True
        )
    share = pour_cent(part)
    return Figure(
        titre,
        nombre(people),
        f"habitants ({share}), d’un lieu {entre_guillemets(label)}, {_how(diagnosis)}",
        True,
    )
