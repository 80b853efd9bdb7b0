"""Precision and recall on pairs labelled by hand, read from the real files.

``sample.csv`` names 230 pairs of rows of two sources, drawn at random in strata of their score when
the rule was first written (pairs of a same identifier left out), and says whether a person who read
both rows (names, addresses, distance, SIRET) holds them to be one place. Even rows tuned the rule,
odd rows measure it. Weights bring the strata back to the number of pairs each had.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.deduplication import score
from etl.deduplication.matching import prepared
from etl.readers import Context
from tests.etl.deduplication import real_files

SAMPLE = Path(__file__).with_name("sample.csv")

#: Pairs of each stratum among the candidates of all the files.
STRATES = (14_216, 5_185, 703, 666, 882, 881, 784, 1_530, 2_224)


def measured(pairs: pd.DataFrame) -> tuple[float, float]:
    """Precision and recall, each pair counted for those of its stratum."""
    drawn = pairs.groupby("strate")["meme"].transform("size")
    weight = np.array(STRATES)[pairs["strate"]] / drawn
    both = weight[pairs["trouve"] & pairs["meme"]].sum()
    return both / weight[pairs["trouve"]].sum(), both / weight[pairs["meme"]].sum()


def interval(pairs: pd.DataFrame, draws: int = 400) -> tuple[tuple[float, float], ...]:
    """95 % intervals of precision and recall, by bootstrap within strata."""
    random = np.random.default_rng(2026)
    strata = [group for _, group in pairs.groupby("strate")]
    found = [
        measured(pd.concat([g.iloc[random.integers(0, len(g), len(g))] for g in strata]))
        for _ in range(draws)
    ]
    low, high = np.percentile(np.array(found), (2.5, 97.5), axis=0)
    return tuple(zip(low.tolist(), high.tolist(), strict=True))


def labelled(shared: Path, context: Context, packages: dict[str, Path]) -> pd.DataFrame:
    pairs = pd.read_csv(SAMPLE)
    lieux, words = prepared(real_files.lieux(shared, context, packages))
    rank = pd.Series(lieux.index, index=lieux["id"])
    first, second = (pairs[side].map(rank).to_numpy(dtype="int64") for side in "ab")
    scores = score.scored(lieux, words, first, second)["score"].to_numpy()
    return pairs.assign(trouve=scores >= score.SEUIL, meme=pairs["meme"] == 1)


def test_the_sample_names_rows_and_nothing_else() -> None:
    pairs = pd.read_csv(SAMPLE)
    assert len(pairs) >= 200
    assert list(pairs.columns) == ["a", "b", "strate", "meme"]
    assert not pairs.duplicated(["a", "b"]).any()
    assert set(pairs["meme"]) == {0, 1}
    assert (pairs["a"].str.split(":").str[0] != pairs["b"].str.split(":").str[0]).all()
    names = [*pairs["a"], *pairs["b"]]
    assert [name for name in names if not re.fullmatch(r"[a-z0-9-]+:[^\s@,;]+", name)] == []


@pytest.mark.national
def test_precision_and_recall(
    shared_data: Path, national_context: Context, default_packages: dict[str, Path]
) -> None:
    pairs = labelled(shared_data, national_context, default_packages)
    unseen = pairs.iloc[1::2]
    precision, recall = measured(unseen)
    assert precision >= 0.92
    assert recall >= 0.88
    (low_precision, _), (low_recall, _) = interval(unseen)
    assert low_precision >= 0.85
    assert low_recall >= 0.80
