"""Distances by road, against stubs that speak the protocols of OSRM and Valhalla."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from etl.accessibility import routing
from etl.accessibility.nearest import nearest, project
from etl.accessibility.routed import nearest_by_road
from etl.accessibility.routing import engine_of
from etl.config import AtlasConfig, Itineraires
from etl.errors import EtlError
from tests.etl.accessibility.engines import DETOUR, GEOD, SPEED, Engine, Roads, running

PROFILES = {"osrm": "driving", "valhalla": "auto"}
KINDS = pytest.mark.parametrize("kind", PROFILES)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "PAUSE", 0.001)


def settings(kind: str, engine: Engine, **more: Any) -> Itineraires:
    return Itineraires(
        **{
            "moteur": kind,
            "url": f"{engine.url}/",
            "profil": PROFILES[kind],
            "delai_s": 5,
            **more,
        }
    )


def points(count: int, seed: int) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "srid": 2154,
            "x": generator.uniform(2.0, 4.0, count).round(6),
            "y": generator.uniform(45.0, 47.0, count).round(6),
        }
    ).assign(point=project)


def communes(count: int = 60) -> pd.DataFrame:
    return points(count, 1).assign(commune=[f"{i:05d}" for i in range(count)])


def places(count: int = 25) -> pd.DataFrame:
    return points(count, 2).assign(lieu=[f"lieu:{i:02d}" for i in range(count)])


def by_road(
    kind: str, engine: Engine, origins: pd.DataFrame, ends: pd.DataFrame, **more: Any
) -> pd.DataFrame:
    chosen = settings(kind, engine, **more)
    with engine_of(chosen) as client:
        found = nearest_by_road(
            origins, ends, client, count=chosen.candidats, positions_max=chosen.positions_max
        )
    return found.set_index("commune")


@KINDS
def test_every_commune_gets_its_shortest_road(kind: str) -> None:
    origins, ends = communes(), places()
    # The road to one lieu is so long that communes near it must go elsewhere.
    bad = ends.iloc[3]
    roads = Roads(longer={(bad["x"], bad["y"]): 6.0})
    with running(kind, roads) as engine:
        found = by_road(kind, engine, origins, ends, candidats=8)
    assert len(found) == len(origins)
    for origin in origins.itertuples():
        km = [roads.km((origin.x, origin.y), (end.x, end.y)) for end in ends.itertuples()]
        best = int(np.argmin(km))
        row = found.loc[origin.commune]
        assert row["distance_km"] == pytest.approx(km[best], abs=1e-3)
        assert row["lieu"] == f"lieu:{best:02d}"
        assert row["duree_min"] == pytest.approx(km[best] / SPEED, abs=0.02)
    straight = nearest(origins, ends).set_index("commune")
    assert (straight["lieu"] == "lieu:03").sum() > (found["lieu"] == "lieu:03").sum()


@KINDS
def test_tables_keep_within_the_limit(kind: str) -> None:
    with running(kind, Roads(limit=20)) as engine:
        found = by_road(kind, engine, communes(), places(), positions_max=20)
    assert len(found) == 60
    assert max(engine.sizes) <= 20
    # Several communes share a table: one by table would be sixty.
    assert len(engine.sizes) < 30


@KINDS
def test_a_point_that_no_road_reaches_does_not_spoil_the_others(kind: str) -> None:
    origins, ends = communes(30), places(15)
    sea = 3.5
    with running(kind, Roads(sea=sea)) as engine:
        found = by_road(kind, engine, origins, ends)
    ashore = origins[origins["x"] <= sea]
    assert set(found.index) <= set(ashore["commune"])
    inland = origins[origins["x"] <= sea - 0.5]
    assert set(inland["commune"]) <= set(found.index)
    assert ends.set_index("lieu").loc[found["lieu"], "x"].max() <= sea


@KINDS
def test_unreachable_lieux_are_left_for_farther_ones(kind: str) -> None:
    ferry = 3.0
    origins, ends = communes(), places()
    with running(kind, Roads(ferry=ferry)) as engine:
        found = by_road(kind, engine, origins, ends, candidats=25)
    assert len(found) == len(origins)
    here = origins.set_index("commune").loc[found.index, "x"] > ferry
    there = ends.set_index("lieu").loc[found["lieu"], "x"] > ferry
    assert (here.to_numpy() == there.to_numpy()).all()


@KINDS
def test_a_commune_without_any_road_has_no_distance(kind: str) -> None:
    ends = places()
    with running(kind, Roads(ferry=3.0)) as engine:
        found = by_road(kind, engine, communes(), ends[ends["x"] <= 3.0].reset_index(drop=True))
    assert 0 < len(found) < 60
    west = communes()[communes()["x"] <= 3.0]
    assert set(found.index) == set(west["commune"])


@KINDS
def test_a_passing_trouble_is_tried_again(kind: str) -> None:
    with running(kind) as engine:
        engine.failures = [503, 429]
        found = by_road(kind, engine, communes(5), places(3), candidats=3)
    assert len(found) == 5


@KINDS
def test_the_unit_is_the_kilometre_and_the_minute(kind: str) -> None:
    start, end = np.array([[2.0, 46.0]]), np.array([[2.1, 46.0], [2.0, 46.0]])
    with running(kind) as engine, engine_of(settings(kind, engine)) as client:
        found = client.routes(start, end)
    km = GEOD.inv(2.0, 46.0, 2.1, 46.0)[2] / 1000 * DETOUR
    assert found.km[0] == pytest.approx([km, 0], abs=1e-3)
    assert found.minutes[0] == pytest.approx([km / SPEED, 0], abs=0.02)


@KINDS
def test_a_sign_of_life_tells_the_version_of_the_data(kind: str) -> None:
    with running(kind) as engine, engine_of(settings(kind, engine)) as client:
        told = client.check()
    assert told == {"osrm": "2026-01-01", "valhalla": "3.5.1 1767225600"}[kind]


def refusal(kind: str, engine: Engine, **more: Any) -> str:
    with pytest.raises(EtlError) as refused:
        by_road(kind, engine, communes(8), places(4), candidats=4, **more)
    sentence = str(refused.value)
    assert sentence.startswith(f"Le moteur d'itinéraires {kind} ({engine.url})")
    assert "L'atlas en place est inchangé." in sentence
    return sentence


@KINDS
def test_an_engine_that_is_away_stops_the_run(kind: str) -> None:
    with running(kind) as engine:
        pass
    sentence = refusal(kind, engine)
    assert "injoignable" in sentence
    assert "retirez [itineraires]" in sentence
    with engine_of(settings(kind, engine)) as client, pytest.raises(EtlError, match="injoignable"):
        client.check()


@KINDS
def test_an_engine_in_lasting_trouble_stops_the_run(kind: str) -> None:
    with running(kind) as engine:
        engine.failures = [502] * 100
        assert "« 502 Bad Gateway », après 2 essais" in refusal(kind, engine, essais=2)


@KINDS
def test_an_engine_too_slow_stops_the_run(kind: str) -> None:
    with running(kind) as engine:
        engine.delay = 0.5
        assert "pas répondu en 0.05 s" in refusal(kind, engine, delai_s=0.05, essais=1)


@KINDS
def test_a_table_too_big_tells_what_to_change(kind: str) -> None:
    with running(kind, Roads(limit=3)) as engine:
        sentence = refusal(kind, engine)
    assert "Diminuez « positions_max » dans [itineraires], qui vaut 100" in sentence


@KINDS
def test_another_server_is_not_taken_for_an_engine(kind: str) -> None:
    with running("site") as engine:
        assert "pas du JSON" in refusal(kind, engine)
    with (
        running({"osrm": "valhalla", "valhalla": "osrm"}[kind]) as engine,
        engine_of(settings(kind, engine)) as client,
        pytest.raises(EtlError, match=f"moteur d'itinéraires {kind}"),
    ):
        client.check()


def test_an_unknown_profile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with running("osrm") as engine, engine_of(settings("osrm", engine)) as client:
        invalid = {"code": "InvalidQuery", "message": "Profile unknown"}
        monkeypatch.setattr(client, "_ask", lambda *_: invalid)
        with pytest.raises(EtlError, match="« InvalidQuery » : Profile unknown"):
            client.routes(np.array([[2.0, 46.0]]), np.array([[2.0, 46.0]]))
        with pytest.raises(EtlError, match="« InvalidQuery »"):
            client.check()


@pytest.mark.parametrize("kind", ["osrm", "valhalla"])
def test_a_table_of_another_shape_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "osrm": {"code": "Ok", "durations": [[1.0]], "distances": [[1.0]]},
        "valhalla": {"sources_to_targets": [[{"time": 1}]]},
    }
    with running(kind) as engine, engine_of(settings(kind, engine)) as client:
        monkeypatch.setattr(client, "_ask", lambda *_: answers[kind])
        with pytest.raises(EtlError, match="forme attendue"):
            client.routes(np.array([[2.0, 46.0]]), np.array([[2.0, 46.0], [2.0, 46.1]]))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"moteur": "google"}, "moteur"),
        ({"url": "localhost:5000"}, "url"),
        ({"profil": "../admin"}, "profil"),
        ({"candidats": 0}, "candidats"),
        ({"positions_max": 5}, "positions_max"),
        ({"delai_s": 0}, "delai_s"),
        ({"cle": "x"}, "cle"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], words: str) -> None:
    right = {"moteur": "osrm", "url": "http://127.0.0.1:5000", "profil": "driving"}
    assert Itineraires(**right).candidats == 5
    with pytest.raises(ValidationError, match=words):
        Itineraires(**{**right, **wrong})


def test_the_configuration_tells_wrong_settings_in_french(tmp_path) -> None:
    source = """
[[sources]]
id = "s"
nom = "S"
producteur = "P"
licence = "L"
url = "https://exemple.fr"
date_donnees = 2026-01-01
role = "lieux"
lecteur = "mairies"
fichier = "x.csv"
"""
    path = tmp_path / "atlas.toml"
    start = '[atlas]\ntitre = "T"\nmillesime = 2026\nreferentiel = "r"\n'
    path.write_text(
        f'{start}[itineraires]\nmoteur = "osrm"\nurl = "http://osrm.exemple.fr"\n'
        f'profil = "driving"\ndelai_s = 0\n{source}',
        encoding="utf-8",
    )
    with pytest.raises(EtlError, match=r"itineraires.delai_s : la valeur doit être supérieure à 0"):
        AtlasConfig.load(path)
    path.write_text(f"{start}{source}", encoding="utf-8")
    assert AtlasConfig.load(path).itineraires is None
