"""Labels of the widget, in each language it speaks; names that come from data stay French."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from geo_service.french_sentences import pour_cent
from geo_service.site.typography import spaced


class Label(NamedTuple):
    """One label in each language, signs with plain spaces (see :func:`spaced`)."""

    fr: str
    en: str


#: One row a label: French, English.
_TABLE: Final = {
    "title": Label("Services numériques : {nom}", "Digital public services: {nom}"),
    "open": Label(
        "Ouvrir la page de ce territoire dans l’atlas (nouvelle fenêtre)",
        "Open this territory’s page in the atlas (new window, in French)",
    ),
    "window": Label(
        "Chaque territoire de la carte ouvre sa page dans une nouvelle fenêtre.",
        "Each territory on the map opens its page in a new window (in French).",
    ),
    "legend": Label("Légende", "Legend"),
    "table": Label("Voir les chiffres en tableau", "See the figures as a table"),
    "territory": Label("Territoire", "Territory"),
    "rate": Label("Taux de couverture", "Coverage rate"),
    "status": Label("Statut du service", "Status of the service"),
    "people": Label("Part de la population couverte", "Share of people covered"),
    "explore": Label("Explorer la carte", "Explore the map"),
    "busy": Label("Chargement de la carte interactive…", "Loading the interactive map…"),
    "failed": Label(
        "La carte interactive ne s’est pas chargée. La carte ci-dessus reste lisible.",
        "The interactive map did not load. The map above is still there.",
    ),
    "again": Label("Réessayer", "Try again"),
    "sources": Label(
        "Toutes les sources (nouvelle fenêtre)", "All sources (new window, in French)"
    ),
    "starter": Label(
        "Liste de services provisoire.",
        "Provisional list of services.",
    ),
    "all_commune": Label(
        "{nom} : {k} services présents ou partagés sur {n} documentés, soit {share}.",
        "{nom}: {k} of the {n} documented services are available or shared ({share}).",
    ),
    "all_larger": Label(
        "{nom} : taux de couverture de {share}, moyenne des communes pondérée par leur "
        "population. {k} services sur {n} documentés y sont présents ou partagés.",
        "{nom}: coverage rate of {share}, the mean of its communes weighted by population. "
        "{k} of the {n} documented services are available or shared there.",
    ),
    "subject_commune": Label(
        "{nom}, {axis} « {subject} » : {k} services présents ou partagés sur {n} documentés, "
        "soit {share}.",
        "{nom}, {axis} “{subject}”: {k} of the {n} documented services are available or shared "
        "({share}).",
    ),
    "subject_larger": Label(
        "{nom}, {axis} « {subject} » : taux de couverture de {share}, moyenne des communes "
        "pondérée par leur population. {k} services sur {n} documentés y sont présents ou "
        "partagés.",
        "{nom}, {axis} “{subject}”: coverage rate of {share}, the mean of its communes weighted "
        "by population. {k} of the {n} documented services are available or shared there.",
    ),
    "service_commune": Label(
        "{nom}, service « {subject} » : {status}.",
        "{nom}, service “{subject}”: {status}.",
    ),
    "service_larger": Label(
        "{nom}, service « {subject} » : {share} de la population couverte.",
        "{nom}, service “{subject}”: {share} of people covered.",
    ),
    "nothing": Label(
        "{nom} : aucune source ne dit encore rien de ces services. Ce n’est pas un manque, "
        "c’est une question.",
        "{nom}: no source says anything of these services yet. This is not a gap, it is a "
        "question.",
    ),
    "unmapped": Label(
        "Ce territoire n’a pas de contour dans l’atlas : il n’y a pas de carte à montrer.",
        "This territory has no outline in the atlas: there is no map to show.",
    ),
    "present": Label("présent", "available"),
    "partage": Label(
        "partagé (porté par un échelon supérieur)", "shared (run by a larger authority)"
    ),
    "absent": Label("absent (constaté)", "absent (observed)"),
    "non_renseigne": Label("non renseigné (personne ne l’a dit)", "not reported (nobody said)"),
    "unknown": Label("non documenté", "not documented"),
    "theme": Label("thème", "theme"),
    "enjeu": Label("enjeu", "issue"),
    "card_404": Label("Cette carte n’existe pas", "This map does not exist"),
    "card_400": Label("Cette carte est mal demandée", "This map was asked for wrongly"),
    "card_503": Label("La carte revient dans un instant", "The map will be back in a moment"),
    "card_500": Label("La carte n’a pas pu être faite", "The map could not be made"),
    "text_404": Label("", "The territory or the page named by this address is not known."),
    "text_400": Label(
        "", "One of the parameters of this address is refused; the detail is in French:"
    ),
    "text_503": Label("", "The atlas does not answer for the moment. Please try again later."),
    "text_500": Label("", "Something unexpected happened. Please try again later."),
    "atlas": Label(
        "Chercher un territoire dans l’atlas (nouvelle fenêtre)",
        "Look for a territory in the atlas (new window, in French)",
    ),
    "page": Label(
        "Ouvrir {nom} dans l’atlas (nouvelle fenêtre)",
        "Open {nom} in the atlas (new window, in French)",
    ),
}

_COUNTED: Final = {
    "commune": ("commune", "communes"),
    "epci": ("intercommunality", "intercommunalities"),
    "departement": ("département", "départements"),
    "region": ("région", "régions"),
}
_RANGE = re.compile(r"(\d+) à (\d+)\s%")
#: Statuts by the label that a French legend gives them.
_STATUTS: Final = {
    "présent": "present",
    "partagé": "partage",
    "absent": "absent",
    "non renseigné": "non_renseigne",
}


def isolated(name: str) -> str:
    """Keep a name's direction to itself, and no line of its own (UAX #9, FSI … PDI)."""
    return f"\u2068{' '.join(name.split())}\u2069"


@dataclass(frozen=True)
class Words:
    """The labels of one language.

    Attributes
    ----------
    langue
        ``fr`` or ``en``.
    """

    langue: str

    @property
    def french(self) -> bool:
        """Whether labels are in the language of the data."""
        return self.langue == "fr"

    def say(self, label: str, **values: str | int) -> str:
        """Write a label; names put in it are isolated where they may run from right to left."""
        words = _TABLE[label]
        return (spaced(words.fr) if self.french else words.en).format(**values)

    def share(self, value: float | None) -> str:
        """Write a share of one, never rounded to nothing or to all when it is not."""
        if value is None:
            return self.say("unknown")
        text = pour_cent(value)
        if self.french:
            return text
        return (
            text.replace("moins de ", "less than ")
            .replace("plus de ", "more than ")
            .replace("\u00a0%", "%")
        )

    def value(self, value: float | str | None) -> str:
        """Write what a map tells of a territory: a share, the name of a statut, or nothing."""
        return self.say(value) if isinstance(value, str) else self.share(value)

    def legend(self, label: str) -> str:
        """Write the label of a class, from the French one that the map gives."""
        if self.french:
            return label
        statut = _STATUTS.get(label.lower())
        if statut is not None:
            return self.say(statut)
        if label == _TABLE["unknown"].fr:
            return self.say("unknown")
        return _RANGE.sub(r"\1 to \2%", label).replace("\u00a0%", "%")

    def count(self, number: int, level: str, french: str) -> str:
        """Count territories of a level; `french` is the same as the map says it."""
        if self.french:
            return french
        return f"{number:,} {_COUNTED[level][number != 1]}"


LABELS: Final = frozenset(_TABLE)
