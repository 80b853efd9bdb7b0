"""``/metrics``: of all processes, of each, through restarts; and what is read from it elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from geo_service.operations.counts import Counts
from geo_service.operations.exposition import registry_of
from geo_service.operations.merging import Departed, added, total
from geo_service.operations.state import LoopLag, ProcessState
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas
from tests.geo_service.operations.conftest import Open
from tests.support import ROOT

pytestmark = pytest.mark.anyio

DEPLOYMENT = ROOT / "deploiement"
COVERAGE = "/api/territoires/commune/35238/couverture"
TEMPLATE = "/api/territoires/{niveau}/{code}/couverture"

Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


def samples_of(text: str) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def exposed(told: list[dict[str, Any]], departed: dict[str, Any] | None = None) -> Samples:
    """Expose what some processes tell, through JSON as between them."""
    processes = {n: orjson.loads(orjson.dumps(one)) for n, one in enumerate(told, 1)}
    registry = registry_of(lambda: (processes, departed or {}, 0))
    text = openmetrics(registry).decode()
    assert text.endswith("# EOF\n")
    return samples_of("".join(line for line in text.splitlines(True) if line != "# EOF\n"))


async def test_what_a_process_tells(open_door: Open, watcher: AtlasWatcher):
    async with open_door() as (client, door):
        answer = await client.get(COVERAGE)
        await client.get(COVERAGE, headers={"If-None-Match": answer.headers["etag"]})
        await client.get("/api/publications")
        state = ProcessState(door.counts, watcher, LoopLag())
        told = state.told()
    once, twice = exposed([told]), exposed([told, told])
    key = (("methode", "GET"), ("route", TEMPLATE), ("statut", "304"))
    assert once["atlas_requetes_total"][key] == 1
    assert twice["atlas_requetes_total"][key] == 2
    route = (("route", TEMPLATE),)
    assert once["atlas_requete_duree_seconds_count"][route] == 2
    buckets = [
        value
        for labels, value in once["atlas_requete_duree_seconds_bucket"].items()
        if ("route", TEMPLATE) in labels
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == 2
    assert once["atlas_reponses_octets_total"][route] == int(answer.headers["content-length"])
    publication = (("millesime", "2026"), ("publication", little_atlas.FIRST))
    assert twice["atlas_publication"][publication] == 2
    made = once["atlas_publication_date_seconds"][()]
    assert made > 1.7e9
    assert once["atlas_publication_confirmee_seconds"][()] >= made
    assert once["atlas_base_presente"][(("processus", "1"),)] == 1
    assert once["atlas_memoire_bytes"][(("processus", "1"),)] > 2**20
    assert once["atlas_base_connexions_max"][(("processus", "1"),)] > 0
    assert once["atlas_base_demandes_total"][()] > 0
    assert once["atlas_cache_demandes_total"][(("cache", "validateurs"), ("resultat", "trouve"))]
    sources = {dict(labels)["source"] for labels in once["atlas_lignes_rejetees"]}
    assert sources == {dict(labels)["source"] for labels in once["atlas_lignes_lues"]}
    assert sources


def test_counts_of_a_process_that_is_gone_are_kept():
    counts = Counts()
    counts.route("/").of_method("GET")[200] += 3
    counts.route("/").ended(0.02)
    departed = Departed()
    departed.add(orjson.loads(orjson.dumps(counts.told())))
    departed.add(orjson.loads(orjson.dumps(counts.told())))
    found = exposed([], departed.counts)
    key = (("methode", "GET"), ("route", "/"), ("statut", "200"))
    assert found["atlas_requetes_total"][key] == 6
    assert found["atlas_requete_duree_seconds_sum"][(("route", "/"),)] == pytest.approx(0.04)
    assert found["atlas_processus"][()] == 0


def test_sums_hold_whatever_only_one_of_them_names():
    one, other = {"a": 1, "b": {"x": [1, 2]}}, {"b": {"x": [3, 4], "y": 5}}
    assert added(one, other) == {"a": 1, "b": {"x": [4, 6], "y": 5}}
    assert total([one, other, one]) == {"a": 2, "b": {"x": [5, 8], "y": 5}}


# --- dashboard and alerts ----------------------------------------------------------------------

_FUNCTIONS = {
    *("sum", "max", "min", "rate", "increase", "histogram_quantile", "time", "by", "le", "on"),
    *("delta", "offset", "and", "or", "unless", "clamp_min", "label_values", "absent", "avg"),
    *(
        "predict_linear",
        "ignoring",
        "group_left",
        "count",
        "max_over_time",
        "topk",
        "up",
        "changes",
        "vector",
    ),
}
#: Metrics of Prometheus's own exporter of machines, and labels it gives to all.
_ELSEWHERE = {"node_filesystem_avail_bytes", "node_filesystem_size_bytes"}
_GIVEN_LABELS = {"job", "instance", "le", "mountpoint", "fstype"}


def dashboards() -> list[Path]:
    return sorted((DEPLOYMENT / "grafana").glob("*.json"))


def expressions() -> list[tuple[str, str]]:
    """Every query of the dashboards and of the alerts, with where it is."""
    found = []
    for path in dashboards():
        board = orjson.loads(path.read_bytes())
        for panel in board["panels"]:
            found += [(panel["title"], target["expr"]) for target in panel.get("targets", [])]
        found += [(note["name"], note["expr"]) for note in board["annotations"]["list"]]
    rules = yaml.safe_load((DEPLOYMENT / "prometheus" / "alertes.yml").read_text())
    for group in rules["groups"]:
        found += [(rule["alert"], rule["expr"]) for rule in group["rules"]]
    return found


@pytest.fixture
async def exposition(open_door: Open, watcher: AtlasWatcher) -> Samples:
    async with open_door() as (client, door):
        await client.get(COVERAGE)
        await client.get("/tiles/territoires/6/32/22.mvt")
        told = ProcessState(door.counts, watcher, LoopLag()).told()
    told["publication"]["tiles"] = {"territoires": True}
    return exposed([told])


async def test_every_query_names_what_the_service_tells(exposition: Samples):
    labels = {
        name: {label for key in series for label, _ in key} for name, series in exposition.items()
    }
    asked = expressions()
    assert len(asked) > 20
    for where, expression in asked:
        bare = re.sub(r'"[^"]*"', '""', expression)
        assert bare.count("(") == bare.count(")"), where
        assert bare.count("{") == bare.count("}"), where
        selectors = re.findall(r"\b((?:atlas|node)_\w+)(?:\{([^}]*)\})?", bare)
        assert selectors or bare.startswith(("up", "absent(up")), where
        known = {}
        for name, matchers in selectors:
            assert name in labels or name in _ELSEWHERE, f"{where} : {name}"
            known[name] = labels.get(name, set()) | _GIVEN_LABELS
            for label in re.findall(r"(\w+)\s*[=!]~?", matchers):
                assert label in known[name], f"{where} : {name}{{{label}}}"
        for group in re.findall(r"\bby\s*\(([^)]*)\)", bare):
            for label in group.split(","):
                assert any(label.strip() in given for given in known.values()), f"{where} : {label}"
        words = set(re.findall(r"(?<![\w$.])[a-z_]+(?=\s*\()", bare))
        assert words <= _FUNCTIONS, where


def test_dashboards_are_whole():
    assert dashboards()
    for path in dashboards():
        board = orjson.loads(path.read_bytes())
        assert board["uid"]
        assert board["title"]
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert max(x for x, _ in cells) < 24
            assert not cells & taken, panel["title"]
            taken |= cells
            assert panel["title"]
            if panel["type"] != "row":
                assert panel["targets"]
                assert panel["datasource"]["uid"] == "${source}"


def test_alerts_say_what_happens_and_what_to_do():
    rules = yaml.safe_load((DEPLOYMENT / "prometheus" / "alertes.yml").read_text())
    names = []
    for group in rules["groups"]:
        assert set(group) == {"name", "rules"}
        for rule in group["rules"]:
            names.append(rule["alert"])
            assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
            assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
            assert rule["labels"]["gravite"] in {"critique", "avertissement"}
            assert rule["annotations"]["summary"]
            assert rule["annotations"]["description"]
    assert len(set(names)) == len(names)
    assert {"PublicationAncienne", "TauxErreurs", "ReponsesLentes", "DisquePlein"} <= {*names}
    assert {"ReserveEpuisee", "RejetsEnHausse"} <= {*names}
