"""How French names territories and writes figures: « du Mans », « à la Lozère », « 3 200 ».

The articles are those of INSEE's Code officiel géographique 2026 (« type de nom en clair », TNCC),
but for the régions and three départements that INSEE names without one (« Bretagne »,
« Maine-et-Loire ») and that a sentence does not: these have the article of common use. Tests check
every commune against INSEE's own file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

#: Narrow and plain no-break spaces (Imprimerie nationale, *Lexique des règles typographiques*:
#: the first before « ; ! ? » and between thousands, the second before « : % » and units).
THIN, NBSP = "\u202f", "\u00a0"


class Named(Protocol):
    """A territory, as far as sentences go."""

    @property
    def niveau(self) -> str: ...  # noqa: D102
    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def nom(self) -> str: ...  # noqa: D102


#: Articles of the départements, by code; none for those that take none (Paris, Mayotte…).
_DEPARTEMENTS = {
    "la ": "16 17 19 21 23 24 26 2A 2B 31 33 42 43 44 48 50 51 52 53 54 55 57 58 70 71 72 73 74 76 "
    "77 80 85 86 87 93 971 972 973 987 988",
    "le ": "14 15 18 25 29 30 32 39 41 45 46 47 49 56 59 62 63 67 68 69 81 82 83 84 90 94 95",
    "les ": "04 05 06 08 13 22 40 64 65 66 78 79 88 92 984",
    "l’": "01 02 03 07 09 10 11 12 27 28 34 35 36 37 38 60 61 89 91 989",
}
_REGIONS = {
    "la ": "01 02 03 27 28 53 75 93 94",
    "le ": "24 44",
    "les ": "32 52",
    "l’": "11 76 84",
}
#: Those INSEE names without an article (TNCC 1) that keep it in a sentence, but not after « de »:
#: « d’Ille-et-Vilaine », « comparable à l’Ille-et-Vilaine ».
_ELIDED_DE = frozenset({"28", "35", "37"})
_ARTICLES = {
    (niveau, code): article
    for niveau, table in (("departement", _DEPARTEMENTS), ("region", _REGIONS))
    for article, codes in table.items()
    for code in codes.split()
}

#: Communes whose h is aspirated (INSEE's TNCC is 0): « de Haguenau », against « d’Hyères ».
_ASPIRATED_CODES = (
    "01187 02366 02367 02373 02376 02377 02380 02382 02384 02385 03158 04177 08205 08206 "
    "08207 08208 08209 08210 08211 08212 08214 08215 08217 08219 08220 08222 08226 08229 "
    "08230 10171 14326 14333 14335 14336 14338 16165 17188 19091 22077 22079 25310 25311 "
    "27316 27325 27339 27340 27342 27346 27347 29078 29079 29081 31236 32152 32153 32154 "
    "35130 39177 39368 44071 49174 50228 50230 50231 50232 50233 50240 50241 50243 50246 "
    "50247 50253 51283 51292 51294 51295 52242 52246 53113 53114 53115 53117 54247 54248 "
    "54249 54602 55225 55226 55228 55229 55232 55245 56085 57288 57289 57290 57291 57293 "
    "57294 57331 57332 57333 57334 57335 57337 57338 57371 57714 59290 59299 59300 59307 "
    "59310 59319 60293 60295 60298 60302 60303 60304 60305 60307 60313 60315 60316 60317 "
    "61202 62407 62408 62415 62416 62419 62458 65214 65215 65216 65218 65219 65220 65221 "
    "65222 65223 65224 65225 67179 67180 67181 67182 67183 67184 67185 67186 67187 67188 "
    "67189 67190 67191 67192 67194 67195 67196 67197 67198 67199 67200 67201 67202 67203 "
    "67204 67205 67206 67208 67209 67212 67213 67214 67215 67216 68118 68119 68120 68121 "
    "68122 68123 68124 68125 68126 68127 68128 68129 68130 68131 68132 68134 68135 68136 "
    "68137 68138 68139 68140 68141 68142 68144 68145 68146 68147 68148 68149 68150 68151 "
    "69099 70283 70288 76347 76350 76361 76363 76364 76367 76368 76370 78310 80405 80410 "
    "80412 80414 80427 80428 80433 80436 80440 80443 86110"
)
_ASPIRATED = frozenset(_ASPIRATED_CODES.split())
_VOWELS = "AÀÂEÉÈÊIÎOÔŒUÛY"
#: Common nouns that begin the name of an intercommunalité, with their article.
_NOUNS = (
    ("Communauté ", "la c"),
    ("Métropole ", "la M"),
    ("Agglomération ", "l’a"),
    ("Eurométropole ", "l’E"),
    ("Établissement ", "l’é"),
)
_PEOPLE_OF = {"commune": "communes", "epci": "intercommunalités", "ept": "territoires",
              "departement": "départements", "region": "régions"}  # fmt: skip
#: Levels whose name is masculine in French.
_MASCULINE = ("departement", "ept")


def _parts(place: Named) -> tuple[str, str]:
    """Article in lower case, with its space (empty for none), and the name without it."""
    # Some names of the producers hold two spaces in a row.
    niveau, nom = place.niveau, " ".join(place.nom.replace("'", "’").split())
    if niveau == "groupe":
        return "le ", f"groupe {nom}"
    if niveau == "pays":
        return "la ", nom
    if niveau in {"departement", "region"}:
        return _ARTICLES.get((niveau, place.code), ""), nom
    for noun, written in _NOUNS:
        if niveau in {"epci", "ept"} and nom.startswith(noun):
            article, initial = written[:-1], written[-1]
            return article, f"{initial}{nom[1:]}"
    for article in ("Le ", "Les ", "Aux "):
        if nom.startswith(article):
            return article.lower(), nom.removeprefix(article)
    return "", nom


def sujet(place: Named, *, majuscule: bool = False) -> str:
    """Name a territory as the subject of a verb: « Le Mans », « la Lozère », « Alès ».

    Parameters
    ----------
    place
        The territory.
    majuscule
        Whether it begins a sentence. A commune's own article keeps its capital anyway.
    """
    article, nom = _parts(place)
    text = f"{article}{nom}"
    return text[0].upper() + text[1:] if majuscule or _own(place) else text


def _own(place: Named) -> bool:
    """Whether the article is part of the name, with a capital: that of a commune is."""
    return place.niveau == "commune"


def de(place: Named) -> str:
    """Give the territory after « de »: « du Mans », « d’Alès », « de la Lozère », « d’Hyères »."""
    article, nom = _parts(place)
    if place.niveau == "departement" and place.code in _ELIDED_DE:
        article = ""
    contracted = {"le ": "du ", "les ": "des ", "aux ": "d’Aux "}.get(article)
    if contracted is not None:
        return f"{contracted}{nom}"
    if article:
        return f"de {article}{nom}"
    elided = nom[0] in _VOWELS or (
        nom[0] == "H" and not (place.niveau == "commune" and place.code in _ASPIRATED)
    )
    if place.niveau in {"epci", "ept"} and nom[0] == "H":
        elided = False  # Haute-…, Hauts-…: the first word of all those without a common noun
    return f"d’{nom}" if elided else f"de {nom}"


def a(place: Named) -> str:
    """Give the territory after « à »: « au Mans », « aux Landes », « à la Lozère », « à Alès »."""
    article, nom = _parts(place)
    contracted = {"le ": "au ", "les ": "aux ", "aux ": "à Aux "}.get(article)
    return f"{contracted}{nom}" if contracted is not None else f"à {article}{nom}"


def pluriel(place: Named) -> bool:
    """Tell whether the verb is plural: « les Landes ont », but « Les Abymes a » of a commune."""
    return place.niveau in {"departement", "region"} and _parts(place)[0] == "les "


def rang(value: int) -> str:
    """Write a rank: « 1er », « 2e » (rang is masculine)."""
    return "1er" if value == 1 else f"{nombre(value)}e"


def niveau_au_pluriel(niveau: str) -> str:
    """Give what several territories of a level are called: « communes », « départements »."""
    return _PEOPLE_OF[niveau]


def feminin(niveau: str) -> bool:
    """Tell whether a territory of a level is feminine in French: « une commune », « un EPT »."""
    return niveau not in _MASCULINE


def nombre(value: float, decimales: int = 0) -> str:
    """Write a number: 1234.56 → « 1 234,6 » with one decimal; no final « ,0 »."""
    text = f"{round(value, decimales) + 0.0:,.{decimales}f}"
    whole, _, rest = text.partition(".")
    rest = rest.rstrip("0")
    return whole.replace(",", THIN) + (f",{rest}" if rest else "")


def compte(value: int, singulier: str, pluriel: str | None = None) -> str:
    """Count things: « 1 habitant », « 3 200 habitants »; French counts 0 and 1 as singular."""
    word = singulier if abs(value) in {0, 1} else pluriel or f"{singulier}s"
    return f"{nombre(value)}{NBSP}{word}"


def habitants(value: int) -> str:
    """Count inhabitants."""
    return compte(value, "habitant")


def kilometres(value: float) -> str:
    """Write a distance: one decimal below ten kilometres, none above."""
    return f"{nombre(value, 1 if value < 10 else 0)}{NBSP}km"  # noqa: PLR2004


def pour_cent(share: float) -> str:
    """Write a share of one as a percentage, never rounded to nothing or to all when it is not."""
    if 0 < share < 0.01:  # noqa: PLR2004
        return f"moins de 1{NBSP}%"
    if 0.99 < share < 1:  # noqa: PLR2004
        return f"plus de 99{NBSP}%"
    return f"{nombre(100 * share)}{NBSP}%"


def liste(items: Sequence[str]) -> str:
    """Join: « a, b et c »."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} et {items[-1]}"


def entre_guillemets(text: str) -> str:
    """Quote a title that somebody else wrote, in French quotes, without its own outer ones.

    Its spaces, line ends included, become single ones, so that it fits in a sentence.
    """
    bare = re.sub(r"\s+", " ", text).strip().strip('«»"“”').strip()
    return f"«{NBSP}{bare.replace(chr(39), '’')}{NBSP}»"
