"""What the diagnostics say, one sentence at a time, to be read aloud."""

from __future__ import annotations

from collections.abc import Sequence

from geo_service.diagnostics.strates import Bracket
from geo_service.french_sentences import (
    NBSP,
    THIN,
    Named,
    a,
    compte,
    de,
    entre_guillemets,
    feminin,
    habitants,
    kilometres,
    liste,
    niveau_au_pluriel,
    nombre,
    pluriel,
    pour_cent,
    rang,
    sujet,
)

#: Services named in a sentence before « et n autres ».
NAMED = 3


def percent(share: float) -> str:
    """Write a rate with one decimal, so that a small change is seen."""
    return f"{nombre(100 * share, 1)}{NBSP}%"


def of_level(niveau: str, count: int) -> str:
    """Count territories: « 20 communes », « 1 département »."""
    many = niveau_au_pluriel(niveau)
    return compte(count, many.removesuffix("s"), many)


def _service(libelle: str) -> str:
    return f"le service {entre_guillemets(libelle)}"


def _one(niveau: str) -> str:
    return "une" if feminin(niveau) else "un"


def _all(niveau: str) -> str:
    return "toutes" if feminin(niveau) else "tous"


def standing(place: Named, rank: int, ties: int, among: int, rate: float) -> str:
    """Say where a territory stands among its comparables."""
    verb = "sont" if pluriel(place) else "est"
    equal = ""
    if ties:
        others = f"{_one(place.niveau)} autre" if ties == 1 else f"{nombre(ties)} autres"
        equal = f", à égalité avec {others}"
    return (
        f"{sujet(place, majuscule=True)} {verb} au {rang(rank)} rang sur "
        f"{of_level(place.niveau, among)} comparables pour le taux de couverture{NBSP}: "
        f"{percent(rate)}{equal}."
    )


def few(niveau: str, bracket: Bracket, found: int, *, inside: bool) -> str:
    """Say that fewer comparables were found than asked, and why; ``inside`` a chosen perimeter."""
    where = "dans le périmètre demandé" if inside else "dans l’atlas"
    what = "" if bracket.whole else f" de la strate ({bracket.libelle})"
    kinds = niveau_au_pluriel(niveau)
    kind, e = kinds.removesuffix("s"), "e" if feminin(niveau) else ""
    if not found:
        return f"Aucun{e} autre {kind}{what} {where}{NBSP}: il n’y a pas de comparable."
    if found == 1:
        return f"Un{e} seul{e} autre {kind}{what} {where}{NBSP}: il n’y a pas d’autre comparable."
    others = f"{nombre(found)} autres {kinds}{what} {where}"
    return f"{others}{NBSP}: {_all(niveau)} sont comparé{e}s."


def example(
    place: Named, km: float, part: float, *, where: Named | None = None, title: str | None = None
) -> str:
    """Say who did it: « À 12 km, Marvejols l’a déjà : « Titre » », without a final stop.

    Parameters
    ----------
    place
        Who.
    km
        How far.
    part
        Share of its inhabitants that have the service.
    where
        The commune of a larger territory that is given as its example.
    title
        Title of the action or name of the lieu.
    """
    told = f"À {kilometres(km)}, {sujet(place)} "
    if place.niveau == "commune":
        told += "l’a déjà"
    else:
        verb, theirs = ("proposent", "leurs") if pluriel(place) else ("propose", "ses")
        told += f"le {verb} à {pour_cent(part)} de {theirs} habitants"
    if where is not None:
        told += f", par exemple {a(where)}"
    return told if title is None else f"{told}{NBSP}: {entre_guillemets(title)}"


def recommendation(
    place: Named,
    libelle: str,
    *,
    better: int,
    total: int,
    people: int,
    communes: int,
    nearest: str | None,
) -> str:
    """Say what is missing here that comparables have, and who has it near.

    Parameters
    ----------
    place
        The territory.
    libelle
        Name of the service.
    better, total
        Comparables that do better, out of how many.
    people, communes
        Concerned here.
    nearest
        What :func:`example` says of the nearest.

    Returns
    -------
    str
        One sentence.
    """
    niveau = place.niveau
    kind = niveau_au_pluriel(niveau)
    if total == 1:
        only = "La seule" if feminin(niveau) else "Le seul"
        who = f"{only} {kind.removesuffix('s')} comparable {a(place)}"
    elif better == total:
        who = f"Les {nombre(total)} {kind} comparables {a(place)}"
    else:
        some = _one(niveau) if better == 1 else nombre(better)
        who = f"Parmi les {nombre(total)} {kind} comparables {a(place)}, {some}"
    every = f" {_all(niveau)}" if 1 < better == total else ""
    single = better == 1
    if niveau == "commune":
        has = f"{'a' if single else 'ont'}{every} {_service(libelle)}"
        missing = f"qui manque ici à {habitants(people)}"
    else:
        has = (
            f"{'propose' if single else 'proposent'}{every} {_service(libelle)} à une plus grande "
            f"part de {'ses' if single else 'leurs'} habitants"
        )
        where = "d’une commune" if communes == 1 else f"de {compte(communes, 'commune')}"
        missing = f"alors qu’il est absent ici {where} ({habitants(people)})"
    end = "" if nearest is None else f"{THIN}; {nearest[0].lower()}{nearest[1:]}"
    return f"{who} {has}, {missing}{end}."


def effect(place: Named, rate: float, after: float) -> str:
    """Say what having a service everywhere would change."""
    return f"Le taux de couverture {de(place)} passerait de {percent(rate)} à {percent(after)}."


def question(
    place: Named, libelle: str, *, better: int, total: int, people: int, communes: int
) -> str:
    """Ask whether a service exists, where nobody has said; parameters as above."""
    niveau = place.niveau
    if niveau == "commune":
        asked = f"si {sujet(place)} a {_service(libelle)}"
        verb, end = "l’a" if better == 1 else "l’ont", ""
    else:
        where = "dans une commune" if communes == 1 else f"dans {compte(communes, 'commune')}"
        asked = f"si {_service(libelle)} existe {where} {de(place)} ({habitants(people)})"
        verb = "le propose" if better == 1 else "le proposent"
        end = f" à une plus grande part de {'ses' if better == 1 else 'leurs'} habitants"
    theirs = "leurs" if pluriel(place) else "ses"
    if total == 1:
        who = "la seule comparable" if feminin(niveau) else "le seul comparable"
    elif better == total:
        who = f"{theirs} {nombre(total)} comparables"
        verb += f" {_all(niveau)}"
    else:
        some = _one(niveau) if better == 1 else nombre(better)
        who = f"parmi {theirs} {nombre(total)} comparables, {some}"
    return f"On ne sait pas {asked}{NBSP}: {who} {verb}{end}{THIN}; c’est à vérifier."


def pooling(
    place: Named, other: Named, labels: Sequence[str], people: int | None, *, same_epci: bool
) -> str:
    """Say what two neighbours could share."""
    shown = [entre_guillemets(label) for label in labels[:NAMED]]
    rest = len(labels) - len(shown)
    if rest:
        shown.append(compte(rest, "autre"))
    single = len(labels) == 1
    services = f"{'Le service' if single else 'Les services'} {liste(shown)}"
    verb = "manque" if single else "manquent"
    where = f"{a(place)} et {a(other)}"
    if place.niveau != "commune":
        where = f"à la plupart des habitants {de(place)} et {de(other)}"
    together = ", de la même intercommunalité" if same_epci else ""
    if people is None:
        concerned = "la population concernée n’est pas connue"
    else:
        concerned = (
            f"{habitants(people)} {'est concerné' if people in {0, 1} else 'sont concernés'}"
        )
    return f"{services} {verb} {where}{together}{NBSP}: {concerned}."
