"""The diagnosis of a territory in a few French sentences that an élu can read aloud."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from etl.french import day
from geo_service.diagnostics.sentences import percent
from geo_service.french_sentences import (
    NBSP,
    THIN,
    Named,
    compte,
    de,
    entre_guillemets,
    habitants,
    kilometres,
    liste,
    nombre,
    pour_cent,
    sujet,
)

#: Services named in a sentence before « et n autres ».
_NAMED: Final = 4
#: Distance beyond which people are said to be far, km: one of those of the accessibility.
FAR_KM: Final = 10
#: Distances told, those that concern most people first.
_DISTANCES: Final = 3
#: Distance that is written 0 km: the lieu is at the mairie or beside it.
_BESIDE_KM: Final = 0.05


def _quoted(labels: Sequence[str]) -> str:
    shown = [entre_guillemets(label) for label in labels[:_NAMED]]
    rest = len(labels) - len(shown)
    return liste([*shown, compte(rest, "autre")] if rest else shown)


def coverage(place: Named, population: int | None, figures: dict[str, Any]) -> str:
    """Say what part of the documented services the people have.

    Parameters
    ----------
    place
        The territory.
    population
        Its inhabitants; None when unknown.
    figures
        ``taux, presents, documentes, services_total`` of its coverage.
    """
    people = "population inconnue" if population is None else habitants(population)
    start = f"{sujet(place, majuscule=True)} ({people}){NBSP}:"
    known, total = figures["documentes"], nombre(figures["services_total"])
    if not known:
        return f"{start} aucun des {total} services du référentiel n’est documenté."
    listed = f"(le référentiel en compte {total})"
    of = f"{nombre(known)} services documentés"
    here = figures["presents"]
    if place.niveau == "commune":
        if known == 1:
            verb = "y est présent ou partagé" if here else "n’y est pas recensé"
            return f"{start} le seul service documenté {verb} {listed}."
        s = "" if here <= 1 else "s"
        found = f"{compte(here, 'service')} présent{s} ou partagé{s}" if here else "aucun recensé"
        return (
            f"{start} {found} sur {nombre(known)} documentés, soit un "
            f"taux de couverture de {percent(figures['taux'])} {listed}."
        )
    # « Recensé »: what nobody has recorded may well exist.
    if here:
        some = compte(here, "service documenté", "services documentés")
        are = "est recensé" if here == 1 else "sont recensés"
        exists = f"{some} sur {nombre(known)} {are} quelque part dans le territoire"
    else:
        none = f"aucun des {of} n’y est"
        exists = f"{none if known > 1 else 'le seul service documenté n’y est pas'} recensé"
    if figures["taux"] is None:
        nobody = "personne n’y habite" if population == 0 else "sa population n’est pas connue"
        return f"{start} {exists} {listed}{THIN}; {nobody}, il n’y a donc pas de taux."
    part = percent(figures["taux"])
    if known == 1:
        mean = f"{part} des habitants ont dans leur commune le seul service documenté"
        return f"{start} {mean} {listed}."
    return (
        f"{start} en moyenne, un habitant a dans sa commune {part} des {of}{THIN}; "
        f"{exists} {listed}."
    )


def gaps(place: Named, missing: Sequence[dict[str, Any]]) -> str:
    """Say what is missing, from the gaps sorted by people concerned."""
    if not missing:
        return "Aucun manque n’est connu parmi les services documentés."
    if place.niveau == "commune":
        return f"Il manque ici {_quoted([gap['libelle'] for gap in missing])}."
    first = missing[0]
    where = "une commune" if first["communes"] == 1 else compte(first["communes"], "commune")
    known = first["population"] is not None
    people = habitants(first["population"]) if known else "population inconnue"
    what = f"{entre_guillemets(first['libelle'])}, absent dans {where} ({people})"
    others = [gap["libelle"] for gap in missing[1:]]
    if not others:
        return f"Un seul manque est connu{NBSP}: {what}."
    start = "Le manque qui touche le plus de monde" if known else "Premier manque"
    return f"{start}{NBSP}: {what}{THIN}; ensuite, {_quoted(others)}."


def unknown(labels: Sequence[str], documented: int) -> str | None:
    """Say of which documented services nobody said anything here; None when of none."""
    if not labels:
        return None
    if len(labels) == documented > 1:
        return (
            f"Personne n’a rien dit ici des services documentés{NBSP}: ce sont des questions à "
            "poser, pas des manques."
        )
    asked = "ce sont des questions à poser, pas des manques"
    if len(labels) == 1:
        asked = "c’est une question à poser, pas un manque"
    return f"Personne n’a rien dit ici de {_quoted(labels)}{NBSP}: {asked}."


def distances(place: Named, services: Sequence[dict[str, Any]], *, straight: bool) -> list[str]:
    """Say how far people live from the lieux, for the services that leave most of them far.

    Parameters
    ----------
    place
        The territory.
    services
        Those of the accessibility; people beyond :data:`FAR_KM` are among their thresholds. Only
        those listed without omission are told: of the others a nearer lieu may be unknown, and
        nobody can be said to be far.
    straight
        Whether distances are straight lines.

    Returns
    -------
    list of str
        The services that leave most people far first; a lieu beside the mairie is not told.
    """
    how = "à vol d’oiseau" if straight else "par la route"
    told: list[tuple[float, str]] = []
    for item in services:
        if not item["exhaustif"]:
            continue
        label = entre_guillemets(item["service"]["libelle"])
        if place.niveau == "commune":
            farthest = item["distances"]["plus_eloignee"]  # the only one
            if farthest is not None and farthest["distance_km"] >= _BESIDE_KM:
                km = kilometres(farthest["distance_km"])
                sentence = f"Pour {label}, le lieu le plus proche est à {km} {how}."
                told.append((farthest["distance_km"], sentence))
            continue
        km = item["distances"]["quantiles_km"]["p50"]
        far = next(limit for limit in item["seuils"] if limit["km"] == FAR_KM)
        if km is None or (km < _BESIDE_KM and not far["population"]):
            continue
        within = f"à {kilometres(km)} au plus" if km >= _BESIDE_KM else "à côté de leur mairie"
        who = "personne n’en est"
        if far["population"]:
            share = pour_cent(far["part_population"])
            verb = "en est" if far["population"] == 1 else "en sont"
            who = f"{habitants(far['population'])} ({share}) {verb}"
        told.append(
            (
                far["population"],
                (
                    f"Pour {label}, la moitié des habitants ont un lieu {within}{THIN}; {who} à "
                    f"plus de {FAR_KM}{NBSP}km ({how})."
                ),
            )
        )
    told.sort(key=lambda pair: -pair[0])
    return [sentence for _, sentence in told[:_DISTANCES]]


def evolution(place: Named, points: Sequence[dict[str, Any]]) -> str | None:
    """Say how the rate moved since the publication before; None when there is none before.

    Parameters
    ----------
    points
        Those of the evolution, the oldest first; ``comparable`` tells whether the services
        documented are those of the last one.
    """
    if len(points) < 2:  # noqa: PLR2004 (a movement has two ends)
        return None
    last = points[-1]
    if last["taux"] is None:
        return None
    same = [point for point in points[:-1] if point["comparable"]]
    if not same:
        return (
            f"Les publications précédentes ne documentaient pas les mêmes services{NBSP}: leurs "
            "taux ne se comparent pas à celui-ci."
        )
    first = next((point for point in same if point["taux"] is not None), None)
    if first is None:
        return None
    published = day(dt.date.fromisoformat(first["date"][:10]))
    since = f"Depuis la publication du {published}, le taux de couverture {de(place)}"
    before, after = percent(first["taux"]), percent(last["taux"])
    if before == after:
        # One that moved by less than what is shown has not « stayed the same ».
        little = "" if first["taux"] == last["taux"] else "presque "
        return f"{since} n’a {little}pas changé{NBSP}: {after}."
    return f"{since} est passé de {before} à {after}."
