"""Tokens: what a client may ask, in bursts and in the long run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.operations import buckets
from geo_service.operations.buckets import Buckets


def test_a_burst_then_the_rate():
    bucket = Buckets(rate=2, burst=5)
    assert [bucket.take("a", 1, 100.0).allowed for _ in range(6)] == [True] * 5 + [False]
    refused = bucket.take("a", 1, 100.0)
    assert refused.wait == pytest.approx(0.5)
    assert refused.left == 0
    assert bucket.take("b", 1, 100.0).left == 4
    assert not bucket.take("a", 1, 100.4).allowed
    assert bucket.take("a", 1, 100.5).allowed
    assert bucket.take("a", 5, 200.0).allowed  # full again, never more than full
    assert not bucket.take("a", 1, 200.0).allowed


def test_what_costs_more_than_a_bucket_empties_it():
    bucket = Buckets(rate=1, burst=3)
    assert bucket.take("a", 10, 0.0).allowed
    assert bucket.take("a", 1, 0.0).wait == pytest.approx(1)


@given(
    st.lists(st.tuples(st.floats(0, 0.3), st.sampled_from([1.0, 5.0])), max_size=200),
)
def test_no_client_ever_has_more_than_its_share(requests: list[tuple[float, float]]):
    bucket, now, taken = Buckets(rate=10, burst=20), 0.0, 0.0
    for elapsed, tokens in requests:
        now += elapsed
        taken += tokens if bucket.take("a", tokens, now).allowed else 0
        assert taken <= 20 + 10 * now + 1e-3


def test_clients_unseen_for_long_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(buckets, "_CLIENTS", 2)
    bucket = Buckets(rate=1, burst=1)
    for client in ("a", "b", "a", "c"):
        bucket.take(client, 1, 0.0)
    assert list(bucket._full_at) == ["a", "c"]
