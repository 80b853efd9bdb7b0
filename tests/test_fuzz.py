"""The targets of the fuzzer on few inputs, and the fuzzer itself; ``make fuzz`` runs them long."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_service import databases
from geo_service.private_cluster import READER, PrivateCluster
from tests.fuzz import findings, service, worker
from tests.fuzz.registry import TARGETS
from tests.geo_service import little_atlas
from tests.support import ROOT, own_database

#: Changed inputs of each target, beside its seeds.
FEW = 15


@pytest.fixture(scope="module")
def reader_url(cluster: PrivateCluster) -> Iterator[str]:
    with own_database(cluster, "fuzz") as name:
        with psycopg.connect(cluster.url(name)) as conn:
            databases.prepare_catalogue(conn)
            little_atlas.publish(conn, little_atlas.FIRST)
        yield cluster.url(name, READER)


@pytest.mark.parametrize("name", [name for name in TARGETS if not TARGETS[name].served])
def test_a_reader_reads_or_refuses_in_words(name: str) -> None:
    target = TARGETS[name]
    seeds = [seed[: target.longest] for seed in target.seeds()]
    drawn = random.Random(name)
    with target.open() as run:
        for data in (*seeds, *(worker.changed(seeds, drawn, target.longest) for _ in range(FEW))):
            run(data)


def test_the_service_answers_whatever_is_asked(reader_url: str) -> None:
    with service.little(reader_url) as served:
        for name, method in (
            ("service.adresses", served.any_address),
            ("service.chemins", served.any_path),
            ("service.entetes", served.any_headers),
            ("service.cql2-texte", served.filter_text),
            ("service.cql2-json", served.filter_json),
            ("service.integration", served.address),
        ):
            seeds = list(TARGETS[name].seeds())
            drawn = random.Random(name)
            for data in (*seeds, *(worker.changed(seeds, drawn, 400) for _ in range(FEW))):
                method(data)


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1), st.integers(0, 9))
@settings(max_examples=50)
def test_a_changed_input_is_never_too_long(seeds: list[bytes], chance: int) -> None:
    assert len(worker.changed(seeds, random.Random(chance), 60)) <= 60


def test_answers_that_are_faulty_are_found() -> None:
    html = [(b"content-type", b"text/html; charset=utf-8")]
    for answer in (
        service.Answer(500, [], b""),
        service.Answer(200, [(b"location", b"/a\r\nset-cookie: b")], b""),
        service.Answer(200, html, b"<p><x-fuzz"),
        service.Answer(200, [(b"content-type", b"application/json")], b'{"a": NaN}'),
        service.Answer(404, html, b"Traceback (most recent call last)"),
    ):
        with pytest.raises(AssertionError):
            service.check(answer)
    service.check(service.Answer(200, html, b"<p>&lt;x-fuzz"))


def test_one_finding_is_kept_of_each_kind(tmp_path: Path) -> None:
    def fail(data: bytes) -> None:
        raise ValueError(data)

    tally = worker.Tally(fail, tmp_path)
    tally(b"un")
    tally(b"deux")
    assert tally.count == 2
    assert len(tally.found) == 1
    kept = list((tmp_path / "trouvailles").glob("*.txt"))
    assert len(kept) == 1
    assert kept[0].with_suffix("").read_bytes() == b"un"
    with pytest.raises(ValueError, match="trois") as caught:
        fail(b"trois")
    assert findings.name_of(caught.value).startswith("ValueError tests/test_fuzz.py:")


def test_a_worker_tells_its_figures(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.worker", "texts.valeurs", "0.5", tmp_path, "hasard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "chiffres.json").read_text(encoding="utf-8"))
    assert figures["executions"] > 4
    assert figures["trouvailles"] == []
