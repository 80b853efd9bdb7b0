"""Reading of the headers by which a client chooses, against RFC 9110."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiles.conditions import UnsatisfiableRangeError, accepts_gzip, matches, parse_range

BIG = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("gzip ; Q = 0.5", True),
        ("gzip;q=abc", False),
        ("gzip;q=", False),
        ("gzip;q=0, *;q=1", False),
        ("*;q=0.1, br", True),
        ("identity;q=1, *;q=0", False),
        ("gzip;q=0.001", True),
        ("identity", False),
        ("br", False),
        ("notgzip", False),
        ("", False),
    ],
)
def test_gzip(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@pytest.mark.parametrize(
    ("header", "fresh"),
    [
        ('"abc-gz"', True),
        ('W/"abc-gz"', True),
        ('"x", "abc-gz" , "y"', True),
        ("*", True),
        ('"abc"', False),
        ("abc-gz", False),
        ('"x,abc-gz"', False),
        (" * ", True),
        ('"x", *', False),
        ('"*"', False),
        ('W/"x", W/"abc-gz"', True),
        ("", False),
    ],
)
def test_if_none_match(header: str, fresh: bool) -> None:
    assert matches(header, '"abc-gz"') is fresh


@given(size=st.integers(1, 10**12), first=BIG, last=BIG)
def test_range_is_the_slice_it_names(size: int, first: int, last: int) -> None:
    header = f"bytes={first}-{last}"
    if last < first or first >= size:
        with pytest.raises(UnsatisfiableRangeError):
            parse_range(header, size)
    else:
        assert parse_range(header, size) == (first, min(last + 1, size))


@given(content=st.binary(min_size=1, max_size=50), first=st.integers(0, 60))
def test_open_and_suffix_ranges_slice_as_python_does(content: bytes, first: int) -> None:
    size = len(content)
    if first < size:
        assert parse_range(f"bytes={first}-", size) == (first, size)
    else:
        with pytest.raises(UnsatisfiableRangeError):
            parse_range(f"bytes={first}-", size)
    if first:
        found = parse_range(f"bytes=-{first}", size)
        assert found is not None
        assert content[slice(*found)] == content[-first:]
    else:
        with pytest.raises(UnsatisfiableRangeError):
            parse_range("bytes=-0", size)


@given(header=st.one_of(st.text(max_size=40), st.from_regex(r"bytes\s*=[ 0-9,-]{0,30}")))
def test_any_range_header_gives_a_part_the_whole_or_a_refusal(header: str) -> None:
    try:
        part = parse_range(header, 1000)
    except UnsatisfiableRangeError:
        return
    if part is not None:
        assert 0 <= part[0] < part[1] <= 1000


@pytest.mark.parametrize("header", ["bytes=0-1,5-9", "lines=1-2", "0-5", ""])
def test_ranges_that_are_ignored(header: str) -> None:
    assert parse_range(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=1-2-3"])
def test_ranges_that_are_refused(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(header, 10)
