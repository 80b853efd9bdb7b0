"""How likely two lieux are one: points for each reason, and the sum that merges them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import fuzz, process
from scipy.sparse import csr_matrix

from etl.communes import FloatArray

IntArray = npt.NDArray[np.int64]

#: Sum of points from which two lieux are one. Tuned on one half of the labelled sample, measured on
#: the other: docs/donnees.md.
SEUIL = 3.0

#: Points of each reason; exactly one of each family at most. French words are shown to people.
POIDS: dict[str, tuple[float, str]] = {
    "meme_identifiant": (8.0, "même identifiant"),
    "meme_siret": (1.5, "même SIRET"),
    "autre_siret": (-1.0, "SIRET différents"),
    "meme_telephone": (2.0, "même téléphone"),
    "meme_site": (1.0, "même site internet"),
    "nom_identique": (3.0, "même nom"),
    "nom_proche": (2.0, "noms voisins"),
    "nom_general": (1.5, "même nom général"),
    "nom_de_la_commune": (0.5, "le nom de la commune, sans plus"),
    "nom_partiel": (0.0, "un nom plus précis que l'autre"),
    "nom_different": (-2.5, "noms différents"),
    "meme_genre": (1.5, "même genre de lieu"),
    "genre_unique": (1.5, "un seul lieu de ce genre par commune"),
    "hote": (1.0, "structure à l'adresse d'un espace France services"),
    "genre_incertain": (0.0, "genre de lieu inconnu"),
    "autre_genre": (-5.0, "genres de lieu différents"),
    "meme_adresse": (2.0, "même adresse"),
    "meme_voie": (1.0, "même rue"),
    "autre_numero": (-0.5, "même rue, autre numéro"),
    "autre_voie": (-1.0, "autre rue"),
    "tout_pres": (1.0, "à moins de {d} m"),
    "pres": (0.5, "à moins de {d} m"),
    "loin": (-1.0, "à plus de {d} m"),
    "tres_loin": (-2.5, "à plus de {d} m"),
    "mal_place": (-0.5, "même rue, mais à plus de {d} m"),
}

#: Kinds of place of which a commune has one; annexes are of another kind.
UNIQUES = frozenset({"mairie", "ccas"})

#: Likeness of names (0 to 1) and of streets (0 to 100).
NOM_IDENTIQUE, NOM_PROCHE, NOM_DIFFERENT, VOIE = 0.88, 0.6, 0.3, 82.0
#: Distances in metres, beyond what the two points' precision explains.
TOUT_PRES_M, PRES_M, LOIN_M, TRES_LOIN_M = 60.0, 250.0, 600.0, 2000.0
#: A telephone or site that more lieux of a commune share is the town hall's: it says nothing.
COMMUN_MAX = 3


def scored(
    lieux: pd.DataFrame, words: pd.DataFrame, first: IntArray, second: IntArray
) -> pd.DataFrame:
    """Score pairs of lieux.

    Parameters
    ----------
    lieux : pandas.DataFrame
        ``commune``; ``x, y``, metres, missing where the point is only a middle of the commune.
    words : pandas.DataFrame
        Same rows: what :func:`etl.deduplication.words.described` gives.
    first, second : numpy.ndarray of int, shape (n,)
        Positions of the two lieux of each pair.

    Returns
    -------
    pandas.DataFrame
        n rows: one boolean column for each key of `POIDS`, and ``score``, their sum of points.
    """
    flags = {
        **_marks(lieux, words, first, second),
        **_names(words, first, second),
        **_kinds(words, first, second),
        **_addresses(words, first, second),
        **_distances(lieux, first, second),
    }
    flags |= _together(flags)
    known = pd.DataFrame(flags)[list(POIDS)]
    points = np.array([points for points, _ in POIDS.values()])
    return known.assign(score=known.to_numpy(dtype="float64") @ points)


_Flags = dict[str, npt.NDArray[np.bool_]]


def _marks(lieux: pd.DataFrame, words: pd.DataFrame, first: IntArray, second: IntArray) -> _Flags:
    def same(name: str) -> npt.NDArray[np.bool_]:
        values = words[name].to_numpy(dtype=object)
        equal: npt.NDArray[np.bool_] = (values[first] == values[second]) & (values[first] != "")
        return equal

    def rare(name: str) -> npt.NDArray[np.bool_]:
        sharing = words.groupby([lieux["commune"], words[name]])[name].transform("size").to_numpy()
        few: npt.NDArray[np.bool_] = np.maximum(sharing[first], sharing[second]) <= COMMUN_MAX
        return few

    sirets = words["siret"].to_numpy(dtype=object)
    both = (sirets[first] != "") & (sirets[second] != "")
    return {
        "meme_identifiant": same("identifiant"),
        "meme_siret": same("siret"),
        "autre_siret": both & ~same("siret"),
        "meme_telephone": same("tel") & rare("tel"),
        "meme_site": same("web") & rare("web"),
    }


def _names(words: pd.DataFrame, first: IntArray, second: IntArray) -> _Flags:
    names = words["propre"].to_numpy(dtype=object)
    a, b = names[first], names[second]
    empty_a, empty_b = a == "", b == ""
    likeness = name_likeness(names, first, second)
    told = ~empty_a & ~empty_b
    whole = words["entier"].to_numpy(dtype=object)
    exact = (whole[first] == whole[second]) & (whole[first] != "")
    return {
        "nom_identique": exact | (told & (likeness >= NOM_IDENTIQUE)),
        "nom_proche": told & (likeness >= NOM_PROCHE) & (likeness < NOM_IDENTIQUE),
        "nom_general": empty_a & empty_b & ~exact,
        "nom_partiel": (empty_a != empty_b)
        | (told & (likeness >= NOM_DIFFERENT) & (likeness < NOM_PROCHE)),
        "nom_different": told & (likeness < NOM_DIFFERENT),
    }


def name_likeness(names: npt.NDArray[np.object_], first: IntArray, second: IntArray) -> FloatArray:
    """Likeness of distinctive names, 0 to 1: of their words by rarity, or of their letters.

    The weight of a word is its inverse document frequency, ln(N / n). Half of the likeness is the
    share of the weight of both names that they have in common, half that of the lighter name: a
    name inside a longer one is like it. Letters count where they are nearly the same (typing
    errors).
    """
    documents = [name.split() for name in names]
    vocabulary: dict[str, int] = {}
    indices = [vocabulary.setdefault(word, len(vocabulary)) for d in documents for word in set(d)]
    pointer = np.concatenate([[0], np.cumsum([len(set(d)) for d in documents])])
    binary = csr_matrix(
        (np.ones(len(indices)), indices, pointer), shape=(len(names), len(vocabulary))
    )
    frequency = np.maximum(np.asarray(binary.sum(axis=0)).ravel(), 1)
    rarity = np.log(1 + len(names) / frequency)
    weighted = binary.multiply(rarity).tocsr()
    total = np.asarray(weighted.sum(axis=1)).ravel()
    common = np.asarray(weighted[first].multiply(binary[second]).sum(axis=1)).ravel()
    lighter = np.maximum(np.minimum(total[first], total[second]), 1e-9)
    union = np.maximum(total[first] + total[second] - common, 1e-9)
    by_words = (common / lighter + common / union) / 2
    by_letters = _compared(names, first, second) / 100
    letters: FloatArray = np.where(by_letters >= 0.85, by_letters, 0)  # noqa: PLR2004
    likeness: FloatArray = np.maximum(by_words, letters)
    return likeness


def _compared(
    texts: npt.NDArray[np.object_],
    first: IntArray,
    second: IntArray,
    scorer: Callable[..., float] = fuzz.token_sort_ratio,
) -> FloatArray:
    """Likeness of the words of pairs of texts, whatever their order, 0 to 100."""
    found: FloatArray = np.asarray(
        process.cpdist(texts[first].tolist(), texts[second].tolist(), scorer=scorer),
        dtype="float64",
    )
    return found


def _kinds(words: pd.DataFrame, first: IntArray, second: IntArray) -> _Flags:
    kinds = words["genres"].to_numpy(dtype=object)
    distinct, rank = np.unique([",".join(sorted(k)) for k in kinds], return_inverse=True)
    sets = [frozenset(filter(None, text.split(","))) for text in distinct]
    meet = np.array([[bool(a & b) for b in sets] for a in sets], dtype=bool)
    alone = np.array([[bool(a & b & UNIQUES) for b in sets] for a in sets], dtype=bool)
    void = np.array([not kind for kind in sets], dtype=bool)
    labelled = np.array(["france_services" in kind for kind in sets], dtype=bool)
    names = words["propre"].to_numpy(dtype=object)
    a, b = rank[first], rank[second]
    unknown = void[a] | void[b]
    return {
        "meme_genre": meet[a, b],
        "genre_unique": alone[a, b] & (names[first] == "") & (names[second] == ""),
        "hote": unknown & (labelled[a] | labelled[b]),
        "genre_incertain": unknown,
        "autre_genre": ~meet[a, b] & ~unknown,
    }


def _together(flags: _Flags) -> _Flags:
    """Reasons that count only with, or only without, another one."""
    here = flags["meme_adresse"] | flags["meme_voie"]
    # The host of a France services counter seldom bears its name.
    hosted = flags["hote"] & (flags["meme_adresse"] | (flags["meme_voie"] & flags["tout_pres"]))
    general = flags["nom_general"]
    return {
        "nom_general": general & flags["meme_genre"],
        "nom_de_la_commune": general & flags["genre_incertain"],
        "hote": hosted,
        "nom_different": flags["nom_different"] & ~hosted,
        "nom_partiel": flags["nom_partiel"] | (flags["nom_different"] & hosted),
        "loin": flags["loin"] & ~here,
        "tres_loin": flags["tres_loin"] & ~here,
        "mal_place": flags["tres_loin"] & here,
    }


def _addresses(words: pd.DataFrame, first: IntArray, second: IntArray) -> _Flags:
    streets = words["voie"].to_numpy(dtype=object)
    numbers = words["numero"].to_numpy(dtype=object)
    given = (streets[first] != "") & (streets[second] != "")
    alike = np.maximum(
        _compared(streets, first, second), _compared(streets, first, second, fuzz.token_set_ratio)
    )
    same = given & (alike >= VOIE)
    numbered = (numbers[first] != "") & (numbers[second] != "")
    equal = numbered & (numbers[first] == numbers[second])
    return {
        "meme_adresse": same & equal,
        "meme_voie": same & ~numbered,
        "autre_numero": same & numbered & ~equal,
        "autre_voie": given & ~same,
    }


def _distances(lieux: pd.DataFrame, first: IntArray, second: IntArray) -> _Flags:
    x, y = lieux["x"].to_numpy(), lieux["y"].to_numpy()
    metres = np.hypot(x[first] - x[second], y[first] - y[second])
    with np.errstate(invalid="ignore"):
        return {
            "tout_pres": metres <= TOUT_PRES_M,
            "pres": (metres > TOUT_PRES_M) & (metres <= PRES_M),
            "loin": (metres > LOIN_M) & (metres <= TRES_LOIN_M),
            "tres_loin": metres > TRES_LOIN_M,
        }


def reasons(row: Mapping[Any, Any]) -> str:
    """Reasons of one pair, in French, those that count most first."""
    bounds = {
        "tout_pres": TOUT_PRES_M,
        "pres": PRES_M,
        "loin": LOIN_M,
        "tres_loin": TRES_LOIN_M,
        "mal_place": TRES_LOIN_M,
    }
    given = [name for name, (points, _) in POIDS.items() if points and row[name]]
    given.sort(key=lambda name: -abs(POIDS[name][0]))
    return ", ".join(POIDS[name][1].format(d=f"{bounds.get(name, 0):.0f}") for name in given)
