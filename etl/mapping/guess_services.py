"""Which columns of an unknown file speak of services, in which vocabulary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from boundaries.names import normalise
from etl.french import figure, percentage, plural
from etl.mapping import headers
from etl.mapping.values import Values
from etl.mapping.vocabulary import Vocabulary
from etl.referentiel import Referentiel

#: Between the values of a list, the surest first.
SEPARATORS = (" / ", "|", ";", "\n", " - ", ", ", "/")
#: A column of services holds a short list of values, often repeated.
_MOST_VALUES = 60
#: Rows that tell whether a column is worth reading whole.
_FIRST = 300
_LEAST_REPEATED = 3.0
#: Share of the values that a vocabulary must know.
_KNOWN = 0.5
#: Likeness from which a service is proposed for a value.
_ALIKE = 0.6
#: Least words in common with what a value is held to be like.
_COMMON = 2
_STEM = 5
_SMALL_WORDS = frozenset(
    normalise(
        "le la les l de des du d un une et a au aux en dans ses son sa par pour avec sur etre ou "
        "mon ma mes via"
    ).split()
)
_HEADERS = (
    "services",
    "service",
    "prestations",
    "offre",
    "activites",
    "thematiques",
    "equipements",
)


@dataclass(frozen=True)
class TableGuess:
    """A column that speaks of services.

    Attributes
    ----------
    colonne : str
    separateurs : list of str
    vocabulaire : str or None
        One of the référentiel that knows its values.
    valeurs : dict of str to str
        Else, the service proposed for each value; '' where none is like it.
    confiance : int
        Out of 100.
    raison : str
    comptes : dict of str to int
        Rows by value.
    """

    colonne: str
    separateurs: list[str]
    vocabulaire: str | None
    confiance: int
    raison: str
    valeurs: dict[str, str] = field(default_factory=dict)
    comptes: dict[str, int] = field(default_factory=dict)


def guess_services(columns: Sequence[Values], referentiel: Referentiel) -> list[TableGuess]:
    """Find the columns of services: those a vocabulary knows, else those whose header says so."""
    found = []
    for values in columns:
        if headers.header_score(values.name, "nom") >= headers.AMONG:
            # A place may be called « Fablab ».
            continue
        few = replace(values, texts=values.texts.head(_FIRST))
        if len(_counts(few, _separators(few))) > _MOST_VALUES:
            # Descriptions, addresses, names: reading them all would tell no more.
            continue
        guess = _known(values, referentiel) or _announced(values, referentiel)
        if guess is not None:
            found.append(guess)
    return found


def _counts(values: Values, separators: Sequence[str]) -> Counter[str]:
    reader = Vocabulary({}, separators)
    counts: Counter[str] = Counter()
    for text, rows in values.texts.value_counts().items():
        for value in reader.values(str(text)):
            counts[value] += int(rows)
    return counts


def _separators(values: Values) -> list[str]:
    """Find the marks that split values without making more different ones."""
    best: list[str] = []
    fewest = len(_counts(values, ()))
    for mark in SEPARATORS:
        if not any(mark in value for value in _counts(values, best)):
            continue
        count = len(_counts(values, [*best, mark]))
        if count <= fewest:
            best, fewest = [*best, mark], count
    return best


def _known(values: Values, referentiel: Referentiel) -> TableGuess | None:
    separators = _separators(values)
    counts = _counts(values, separators)
    total = sum(counts.values())
    if not total:
        return None
    best: tuple[float, str] | None = None
    for name, entries in referentiel.vocabularies.items():
        vocabulary = Vocabulary(entries)
        share = sum(n for value, n in counts.items() if vocabulary.knows(value)) / total
        if any(vocabulary.read(value).services for value in counts) and (
            best is None or share > best[0]
        ):
            best = (share, name)
    if best is None or best[0] < _KNOWN:
        return None
    share, name = best
    why = f"{percentage(share, 0)} des valeurs sont du vocabulaire « {name} »"
    return TableGuess(values.name, separators, name, round(95 * share), why, comptes=dict(counts))


def _announced(values: Values, referentiel: Referentiel) -> TableGuess | None:
    spelt = f" {headers.words(values.name)} "
    if not any(f" {word} " in spelt for word in _HEADERS):
        return None
    separators = _separators(values)
    counts = _counts(values, separators)
    if not counts or len(counts) > _MOST_VALUES:
        return None
    repeated = sum(counts.values()) / len(counts)
    if repeated < _LEAST_REPEATED and len(values.texts) >= _MOST_VALUES:
        return None
    proposed: dict[str, str] = {}
    sure = []
    for value, _ in counts.most_common():
        service, likeness = _likeliest(value, referentiel)
        proposed[value] = service if likeness >= _ALIKE else ""
        sure.append(likeness if likeness >= _ALIKE else 0.0)
    confidence = round(80 * sum(sure) / len(sure))
    alike = sum(1 for one in sure if one)
    why = (
        f"l'en-tête le dit ; {plural(alike, 'valeur', 'valeurs')} sur {figure(len(sure))} "
        f"{'ressemble' if alike < 2 else 'ressemblent'} à un service : à vérifier"  # noqa: PLR2004
    )
    return TableGuess(
        values.name, separators, None, confidence, why, valeurs=proposed, comptes=dict(counts)
    )


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in normalise(text).split() if word not in _SMALL_WORDS)


def _likeliest(value: str, referentiel: Referentiel) -> tuple[str, float]:
    """Service most like a value: of a known phrase that has most of its words, or so named."""
    mine = _stems(value)
    best = ("", 0.0)
    phrases = [
        (phrase, codes[0])
        for name in ("mediation-numerique",)
        for phrase, codes in referentiel.vocabularies.get(name, {}).items()
        if codes
    ]
    services = referentiel.services
    phrases += list(zip(services["libelle"], services["code"], strict=True))
    for phrase, code in phrases:
        theirs = _stems(phrase)
        common = mine & theirs
        # One word in common, such as « téléphone », would tell anything.
        if len(common) < _COMMON:
            continue
        alike = len(common) / min(len(mine), len(theirs))
        if alike > best[1]:
            best = (code, alike)
    return best
