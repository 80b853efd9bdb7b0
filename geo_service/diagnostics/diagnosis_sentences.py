"""The diagnosis of a territory in a few French sentences that an élu can read aloud."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

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
_MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
#: Difference of rates under which a rate has not moved.
_STILL: Final = 0.0005


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
    name = sujet(place, majuscule=True)
    people = "population inconnue" if population is None else habitants(population)
    known, total = figures["documentes"], figures["services_total"]
    if not known:
        return f"{name} ({people}){NBSP}: aucun des {nombre(total)} services n’est documenté."
    of = f"{nombre(known)} services documentés" if known > 1 else "le seul service documenté"
    have = compte(figures["presents"], "service")
    one = figures["presents"] < 2  # noqa: PLR2004 (French counts 0 and 1 as singular)
    if place.niveau == "commune":
        return (
            f"{name} ({people}){NBSP}: {have} présent{'' if one else 's'} ou "
            f"partagé{'' if one else 's'} sur {of}, soit un taux de couverture de "
            f"{percent(figures['taux'])} (le référentiel en compte {nombre(total)})."
        )
    if figures["taux"] is None:
        return (
            f"{name} ({people}){NBSP}: {have} sur {of} quelque part dans le territoire ; sans "
            "population connue, le taux de couverture ne se calcule pas."
        ).replace(" ;", f"{THIN};")
    return (
        f"{name} ({people}){NBSP}: en moyenne, un habitant a dans sa commune "
        f"{percent(figures['taux'])} des {of}{THIN}; {have} existe{'' if one else 'nt'} "
        f"quelque part dans le territoire (le référentiel en compte {nombre(total)})."
    )


def gaps(place: Named, missing: Sequence[dict[str, Any]]) -> str:
    """Say what is missing, from the gaps sorted by people concerned."""
    if not missing:
        return "Aucun manque n’est connu parmi les services documentés."
    if place.niveau == "commune":
        verb = "Il manque" if len(missing) == 1 else "Il manque ici"
        return f"{verb} {_quoted([gap['libelle'] for gap in missing])}."
    first = missing[0]
    where = "une commune" if first["communes"] == 1 else compte(first["communes"], "commune")
    sentence = (
        f"Le manque qui touche le plus de monde{NBSP}: {entre_guillemets(first['libelle'])}, "
        f"absent dans {where} ({habitants(first['population'])})"
    )
    others = [gap["libelle"] for gap in missing[1:]]
    return f"{sentence}, puis {_quoted(others)}." if others else f"{sentence}."


def unknown(labels: Sequence[str], documented: int) -> str | None:
    """Say of which documented services nobody said anything here; None when of none."""
    if not labels:
        return None
    if len(labels) == documented:
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
        Those of the accessibility; people beyond :data:`FAR_KM` are among their thresholds.
    straight
        Whether distances are straight lines.

    Returns
    -------
    list of str
        The services that leave most people far first.
    """
    how = "à vol d’oiseau" if straight else "par la route"
    told: list[tuple[float, str]] = []
    for item in services:
        km = item["distances"]["quantiles_km"]["p50"]
        label = entre_guillemets(item["service"]["libelle"])
        if km is None:
            continue
        if place.niveau == "commune":
            told.append((km, f"Pour {label}, le lieu le plus proche est à {kilometres(km)} {how}."))
            continue
        far = next(limit for limit in item["seuils"] if limit["km"] == FAR_KM)
        who = "personne n’en est"
        if far["population"]:
            share = pour_cent(far["part_population"])
            verb = "en est" if far["population"] == 1 else "en sont"
            who = f"{habitants(far['population'])} ({share}) {verb}"
        told.append(
            (
                far["population"],
                (
                    f"Pour {label}, la moitié des habitants ont un lieu à {kilometres(km)} au plus "
                    f"{how}{THIN}; {who} à plus de {FAR_KM}{NBSP}km."
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
    before = [point for point in points[:-1] if point["comparable"] and point["taux"] is not None]
    if not before or last["taux"] is None:
        return (
            f"Les publications précédentes ne documentaient pas les mêmes services{NBSP}: leurs "
            "taux ne se comparent pas à celui-ci."
        )
    first = before[0]
    since = f"Depuis la publication du {_day(first['date'])}"
    if abs(last["taux"] - first["taux"]) < _STILL:
        return f"{since}, le taux de couverture {de(place)} n’a pas changé."
    return (
        f"{since}, le taux de couverture {de(place)} est passé de {percent(first['taux'])} à "
        f"{percent(last['taux'])}."
    )


def _day(iso: str) -> str:
    """Write a date: « 1er mars 2026 »."""
    year, month, day = (int(part) for part in iso[:10].split("-"))
    return f"{'1er' if day == 1 else day} {_MONTHS[month - 1]} {year}"
