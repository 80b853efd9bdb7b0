"""What is said of places to open, in French."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from geo_service.atlas import Service
from geo_service.french_sentences import NBSP, THIN, a, habitants, nombre
from geo_service.territories import Territory

if TYPE_CHECKING:
    from geo_service.api.implantations import PlacesParameters


class _Commune(NamedTuple):
    """What :mod:`geo_service.french_sentences` asks of a commune."""

    code: str
    nom: str
    niveau: str = "commune"


def kilometres(value: float) -> str:
    """Write a distance to the ten metres: places to open are compared by small differences."""
    return f"{nombre(value, 2)}{NBSP}km"


def percent(part: float) -> str:
    """Write a share; a share under 1 is never shown as 100 %, nor one above 0 as 0 %."""
    shown = round(part * 100, 1)
    if 0 < part < 1:
        shown = min(max(shown, 0.1), 99.9)
    return f"{nombre(shown, 1)}{NBSP}%"


def _to(commune: dict[str, Any]) -> str:
    return a(_Commune(commune["code"], commune["nom"]))


def with_sentence(
    communes: list[dict[str, Any]], rayon_km: float, methode: str, before_km: float | None
) -> None:
    """Add to each place the sentence that says what opening it changes."""
    for commune in communes:
        gain = (
            f"{habitants(commune['population_gagnee'])} de plus à moins de {kilometres(rayon_km)}"
        )
        after_km = commune["distance_moyenne_km"]
        if methode == "p-mediane" and after_km is not None:
            moved = (
                f"distance moyenne de {kilometres(after_km)}"
                if before_km is None
                else f"la distance moyenne passe de {kilometres(before_km)} à "
                f"{kilometres(after_km)}"
            )
            gain = f"{moved}{THIN}; {gain}"
        commune["phrase"] = f"Ouvrir {_to(commune)}{NBSP}: {gain}."
        before_km = after_km


def warnings(
    territory: Territory, service: Service, found: dict[str, Any], parameters: PlacesParameters
) -> list[str]:
    """Say what a reader must know before trusting the figures."""
    told = []
    if not service.documente:
        told.append(
            "Aucune source de cette publication ne parle de ce service : des lieux existent "
            "peut-être, et personne ne l’a dit."
        )
    elif found["sans_lieu"]:
        told.append(
            "Une partie au moins de ce territoire n’a aucun lieu connu de ce service, ni chez elle "
            "ni autour : toute sa population compte comme non desservie."
        )
    if territory.population is not None and territory.population > found["etudiee"]:
        told.append(
            f"{habitants(territory.population - found['etudiee'])} ne sont pas comptés : leur "
            "commune n’a pas de position connue, et rien ne peut y être mesuré."
        )
    if parameters.methode == "cible" and not found["reached"]:
        told.append("La part demandée n’est pas atteinte dans le temps imparti.")
    return [sentence.replace(" :", f"{NBSP}:") for sentence in told]


def whole_sentence(answer: dict[str, Any]) -> str:
    """Sum the answer up in one or two sentences."""
    near = f"à moins de {kilometres(answer['rayon_km'])}"
    communes = answer["communes"]
    whole, before = answer["population_etudiee"], answer["population_deja_desservie"]
    if not whole:
        return (
            "La population ou la position des communes de ce territoire n’est pas connue "
            "(ou personne n’y habite)" + f"{NBSP}: aucune implantation ne peut être proposée."
        )
    if before == whole and not communes:
        return f"Tous les habitants sont déjà {near} d’un lieu{NBSP}: rien à ouvrir."
    if not communes:
        if answer["methode"] == "cible":
            return (
                f"{percent(answer['part_deja_desservie'])} des habitants sont déjà {near} d’un "
                f"lieu{NBSP}: la part demandée est atteinte sans rien ouvrir."
            )
        return "Aucune commune du territoire ne rapprocherait ce service de ses habitants."
    lieux = "1 lieu" if len(communes) == 1 else f"{nombre(len(communes))} lieux"
    names = _listed([_to(commune) for commune in communes])
    gained, share = answer["population_gagnee"], percent(answer["part_desservie"])
    search = answer["recherche"]
    proof = (
        "C’est prouvé optimal."
        if search["optimal"]
        else "La recherche s’est arrêtée "
        f"à {percent(search['ecart_optimum'])} de l’optimum au plus."
    )
    return (
        f"Avec {lieux} ({names}), {habitants(gained)} de plus seraient {near}"
        f"{NBSP}: {share} de la population. {proof}"
    )


#: Names given in a sentence; the others are counted.
_NAMED = 5


def _listed(names: list[str]) -> str:
    if len(names) > _NAMED:
        left = len(names) - _NAMED
        return f"{', '.join(names[:_NAMED])} et {left} {'autre' if left == 1 else 'autres'}"
    return ", ".join(names[:-1]) + (" et " if len(names) > 1 else "") + names[-1]
