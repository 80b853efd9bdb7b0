"""Which lieux are one: from their rows to groups, with the reasons of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from etl.accessibility import project
from etl.deduplication import candidates, score
from etl.deduplication.groups import groups_of
from etl.deduplication.words import described
from etl.location import APPROXIMATIFS

#: What is read of each lieu.
COLUMNS = (
    *("id", "source", "commune", "commune_nom", "srid", "lon", "lat", "localisation"),
    *("nom", "adresse", "telephone", "site_web", "siret", "services"),
)


def prepared(lieux: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sort lieux by identifier, project those that have a precise point, describe their words.

    Parameters
    ----------
    lieux : pandas.DataFrame
        `COLUMNS`; ``lon``, ``lat`` in degrees, ``srid`` the legal CRS of the zone.

    Returns
    -------
    lieux, words : pandas.DataFrame
        The same rows, with ``x`` and ``y`` in metres, missing where the point is approximate; and
        what :func:`etl.deduplication.words.described` gives.
    """
    lieux = lieux.sort_values("id", ignore_index=True)
    points = project(pd.DataFrame({"srid": lieux["srid"], "x": lieux["lon"], "y": lieux["lat"]}))
    vague = lieux["localisation"].isin(APPROXIMATIFS).to_numpy()
    x, y = shapely.get_x(points), shapely.get_y(points)
    lieux = lieux.assign(x=np.where(vague, np.nan, x), y=np.where(vague, np.nan, y))
    return lieux, described(lieux)


def marks_of(words: pd.DataFrame) -> pd.DataFrame:
    """List the marks that make two lieux worth comparing, by the names of `candidates.MARQUES`."""
    full = (words["numero"] != "") & (words["voie"] != "")
    names = [
        " ".join(sorted(set(own.split()))) or whole
        for own, whole in zip(words["propre"], words["entier"], strict=True)
    ]
    return pd.DataFrame(
        {
            "identifiant": words["identifiant"],
            "siret": words["siret"],
            "tel": words["tel"],
            "web": words["web"],
            "adresse": (words["numero"] + " " + words["voie"]).where(full, ""),
            "nom": names,
        },
        index=words.index,
    )


def scored_pairs(lieux: pd.DataFrame) -> pd.DataFrame:
    """Score every pair worth comparing.

    Parameters
    ----------
    lieux : pandas.DataFrame
        `COLUMNS`.

    Returns
    -------
    pandas.DataFrame
        ``a``, ``b``, identifiers; what :func:`etl.deduplication.score.scored` gives; the surest
        first, then by identifiers: the order of the rows changes nothing.
    """
    prepared_lieux, words = prepared(lieux)
    first, second = candidates.pairs(prepared_lieux, marks_of(words))
    pairs = score.scored(prepared_lieux, words, first, second)
    ids = prepared_lieux["id"].to_numpy(dtype=object)
    return pairs.assign(a=ids[first], b=ids[second]).sort_values(
        ["score", "a", "b"], ascending=[False, True, True], ignore_index=True
    )


def same_lieux(lieux: pd.DataFrame) -> pd.DataFrame:
    """Find the lieux that are one.

    Parameters
    ----------
    lieux : pandas.DataFrame
        `COLUMNS`, of any number of sources.

    Returns
    -------
    pandas.DataFrame
        ``id``; ``groupe`` (int, the same for lieux that are one); ``score`` and ``motifs`` (French)
        of the surest pair that ties the lieu to its group. Only lieux that are not alone.
    """
    pairs = scored_pairs(lieux)
    sources = dict(zip(lieux["id"], lieux["source"], strict=True))
    ids = sorted(sources)
    rank = {lieu: position for position, lieu in enumerate(ids)}
    same = pairs[pairs["score"] >= score.SEUIL]
    apart = pairs[pairs["autre_genre"]]
    groups = groups_of(
        [(rank[a], rank[b]) for a, b in zip(same["a"], same["b"], strict=True)],
        [sources[lieu] for lieu in ids],
        [(rank[a], rank[b]) for a, b in zip(apart["a"], apart["b"], strict=True)],
    )
    belongs = {ids[row]: number for number, group in enumerate(groups) for row in group}
    inside = same[same["a"].isin(belongs) & (same["a"].map(belongs) == same["b"].map(belongs))]
    why = pd.Series(
        [score.reasons(row) for row in inside.to_dict("records")], index=inside.index, dtype=object
    )
    sides = pd.concat(
        [
            pd.DataFrame({"id": inside[side], "score": inside["score"], "motifs": why})
            for side in ("a", "b")
        ]
    )
    best = sides.sort_index(kind="stable").drop_duplicates("id")
    return best.assign(groupe=best["id"].map(belongs)).sort_values(
        ["groupe", "id"], ignore_index=True
    )
