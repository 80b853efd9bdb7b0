"""What is said of places to open, in French."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_service.atlas import Service
from geo_service.territories import Territory

if TYPE_CHECKING:
    from geo_service.api.implantations import PlacesParameters

#: Narrow no-break space: between thousands, before « ; : ! ? ».
_THIN = "\u202f"
#: No-break space: between a number and its unit.
_FIXED = "\u00a0"


def number(value: float) -> str:
    """Write a number: thousands apart, decimal comma, no useless zero."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return text.replace(",", _THIN).replace(".", ",")


def kilometres(value: float) -> str:
    """Write a distance."""
    return f"{number(value)}{_FIXED}km"


def people(count: int) -> str:
    """Write a number of people."""
    return f"{number(count)}{_FIXED}{'habitant' if count < 2 else 'habitants'}"  # noqa: PLR2004


def percent(part: float) -> str:
    """Write a share; a share under 1 is never shown as 100 %, nor one above 0 as 0 %."""
    shown = round(part * 100, 1)
    if 0 < part < 1:
        shown = min(max(shown, 0.1), 99.9)
    return f"{number(shown)}{_FIXED}%"


def to(nom: str) -> str:
    """Give a commune after « à »: « à Guéret », « au Mans », « aux Abymes », « à La Rochelle »."""
    for article, contracted in (("Le ", "au "), ("Les ", "aux ")):
        if nom.startswith(article):
            return contracted + nom.removeprefix(article)
    return f"à {nom}"


def with_sentence(
    communes: list[dict[str, Any]], rayon_km: float, methode: str, before_km: float | None
) -> None:
    """Add to each place the sentence that says what opening it changes."""
    for commune in communes:
        gain = f"{people(commune['population_gagnee'])} de plus à moins de {kilometres(rayon_km)}"
        after_km = commune["distance_moyenne_km"]
        if methode == "p-mediane" and after_km is not None:
            moved = (
                f"distance moyenne de {kilometres(after_km)}"
                if before_km is None
                else f"la distance moyenne passe de {kilometres(before_km)} à "
                f"{kilometres(after_km)}"
            )
            gain = f"{moved}{_THIN}; {gain}"
        commune["phrase"] = f"Ouvrir {to(commune['nom'])}{_FIXED}: {gain}."
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
            f"{people(territory.population - found['etudiee'])} ne sont pas comptés : leur commune "
            "n’a pas de position connue, et rien ne peut y être mesuré."
        )
    if parameters.methode == "cible" and not found["reached"]:
        told.append("La part demandée n’est pas atteinte dans le temps imparti.")
    return [sentence.replace(" :", f"{_FIXED}:") for sentence in told]


def whole_sentence(answer: dict[str, Any]) -> str:
    """Sum the answer up in one or two sentences."""
    near = f"à moins de {kilometres(answer['rayon_km'])}"
    communes = answer["communes"]
    whole, before = answer["population_etudiee"], answer["population_deja_desservie"]
    if not whole:
        return (
            "La population ou la position des communes de ce territoire n’est pas connue "
            "(ou personne n’y habite)" + f"{_FIXED}: aucune implantation ne peut être proposée."
        )
    if before == whole and not communes:
        return f"Tous les habitants sont déjà {near} d’un lieu{_FIXED}: rien à ouvrir."
    if not communes:
        if answer["methode"] == "cible":
            return (
                f"{percent(answer['part_deja_desservie'])} des habitants sont déjà {near} d’un "
                f"lieu{_FIXED}: la part demandée est atteinte sans rien ouvrir."
            )
        return "Aucune commune du territoire ne rapprocherait ce service de ses habitants."
    lieux = "1 lieu" if len(communes) == 1 else f"{number(len(communes))} lieux"
    names = _listed([to(commune["nom"]) for commune in communes])
    gained, share = answer["population_gagnee"], percent(answer["part_desservie"])
    search = answer["recherche"]
    proof = (
        "C’est prouvé optimal."
        if search["optimal"]
        else "La recherche s’est arrêtée "
        f"à {percent(search['ecart_optimum'])} de l’optimum au plus."
    )
    return (
        f"Avec {lieux} ({names}), {people(gained)} de plus seraient {near}"
        f"{_FIXED}: {share} de la population. {proof}"
    )


#: Names given in a sentence; the others are counted.
_NAMED = 5


def _listed(names: list[str]) -> str:
    if len(names) > _NAMED:
        left = len(names) - _NAMED
        return f"{', '.join(names[:_NAMED])} et {left} {'autre' if left == 1 else 'autres'}"
    return ", ".join(names[:-1]) + (" et " if len(names) > 1 else "") + names[-1]
