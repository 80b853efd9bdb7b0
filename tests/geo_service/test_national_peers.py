"""Comparables, recommandations and mutualisation on the whole of France, computed again."""

from __future__ import annotations

import random
import re

import httpx
import numpy as np
import pandas as pd
import psycopg
import pytest

from geo_service.api import shapes
from tests.geo_service.little_atlas import SITE
from tests.support import NationalAtlas

pytestmark = [pytest.mark.national, pytest.mark.anyio]

ENDS = {
    "comparables": shapes.Comparables,
    "recommandations": shapes.Recommendations,
    "mutualisation": shapes.Pooling,
}
#: What no French sentence has: a wrong article, an SIREN, a figure that is none, a straight quote.
WRONG = re.compile(r"  |\b(?:de|à) (?:le|les) |\bde [AEIOUÉÈÊÎÔ]|\b\d{9}\b|\b(?:nan|NaN|None)\b|'")


@pytest.fixture(scope="module")
def territoires(national_atlas: NationalAtlas) -> pd.DataFrame:
    """Territories that have comparables, by niveau and code, straight from the table."""
    with psycopg.connect(national_atlas.reader_url) as conn:
        (publication,) = conn.execute(
            "SELECT publication FROM atlas.publication_active"
        ).fetchone() or ("",)
        rows = conn.execute(
            "SELECT niveau, code, nom, population, superficie_km2"
            f" FROM pub_{publication}.territoires"
            " WHERE niveau IN ('commune', 'epci', 'ept', 'departement', 'region')"
            " AND population > 0 AND superficie_km2 > 0"
        ).fetchall()
    names = ["niveau", "code", "nom", "population", "superficie_km2"]
    return pd.DataFrame(rows, columns=names).set_index(["niveau", "code"]).sort_index()


async def get(client: httpx.AsyncClient, address: str) -> dict:
    answer = await client.get(f"/api/territoires/{address}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def sample(territoires: pd.DataFrame, niveau: str, count: int) -> list[str]:
    codes = territoires.loc[niveau].index.tolist()
    return random.Random(niveau).sample(codes, min(count, len(codes)))


async def test_comparables_are_the_nearest_of_the_whole_bracket(france, territoires):
    for niveau, codes in (
        ("commune", ["48095", "35238", "97411", *sample(territoires, "commune", 12)]),
        ("epci", ["200067205", *sample(territoires, "epci", 5)]),
        ("departement", ["48", "75", "976"]),
        ("region", ["27"]),
    ):
        level = territoires.loc[niveau]
        people, density = level["population"], level["population"] / level["superficie_km2"]
        for code in codes:
            body = await get(france, f"{niveau}/{code}/comparables")
            low = body["strate"]["population_min"]
            high = body["strate"]["population_max"] or np.inf
            inside = people[(people >= low) & (people <= high)].index
            assert low <= people[code] <= high
            assert body["strate"]["territoires"] == len(inside)
            far = pd.Series(0.0, index=inside)
            for figure in (people, density):
                logs = np.log(figure[inside].astype(float))
                far += ((logs - logs[code]) / logs.std(ddof=0)) ** 2
            expected = np.sqrt(far.drop(code)).sort_values(kind="stable").head(20)
            assert [item["code"] for item in body["comparables"]] == expected.index.tolist()
            assert [item["ressemblance"] for item in body["comparables"]] == pytest.approx(
                expected.tolist(), abs=1e-4
            )
            rates = [item["taux"] for item in body["comparables"]]
            assert body["rang"] == 1 + sum(rate > body["taux"] for rate in rates)
            assert body["ex_aequo"] == rates.count(body["taux"])


async def test_rates_of_comparables_are_those_of_their_own_page(france):
    for place in ("commune/48095", "epci/200067205", "departement/48"):
        niveau = place.split("/")[0]
        body = await get(france, f"{place}/comparables")
        own = await get(france, f"{place}/couverture")
        assert (body["taux"], body["presents"]) == (own["taux"], own["presents"])
        for item in body["comparables"][:5]:
            other = await get(france, f"{niveau}/{item['code']}/couverture")
            assert (item["taux"], item["presents"]) == (other["taux"], other["presents"])


async def test_the_rate_once_a_recommandation_is_followed(france, territoires):
    """From the table of the coverage, by the definition: people covered over services × people."""
    places = [f"departement/{code}" for code in sample(territoires, "departement", 6)]
    places += [f"epci/{code}" for code in sample(territoires, "epci", 6)]
    followed = 0
    for place in places:
        coverage = await get(france, f"{place}/couverture")
        services = {item["code"]: item for item in coverage["services"] if item["documente"]}
        covered = sum(item["population_couverte"] for item in services.values())
        whole = coverage["documentes"] * coverage["territoire"]["population"]
        body = await get(france, f"{place}/recommandations")
        for item in body["recommandations"]:
            assert item["effet"]["taux"] == pytest.approx(covered / whole, abs=1e-4)
            after = (covered + item["population"]) / whole
            assert item["effet"]["taux_apres"] == pytest.approx(after, abs=1e-4)
            assert item["communes"] == services[item["code"]]["communes_absentes"]
            followed += 1
        for item in body["a_verifier"]:
            assert item["communes"] == services[item["code"]]["communes_non_renseignees"]
    assert followed > 6


async def test_communes_without_a_site(france, territoires):
    """Gaps of the Lozère: each recommends a site, with the page of one nearby."""
    gaps = await get(france, f"departement/48/lacunes?service={SITE}&limit=20")
    for gap in gaps["communes"]:
        body = await get(france, f"commune/{gap['code']}/recommandations?n=50")
        (item,) = [item for item in body["recommandations"] if item["code"] == SITE]
        assert item["population"] == gap["population"]
        assert item["effet"]["taux_apres"] == pytest.approx(
            (body["presents"] + 1) / body["documentes"], abs=1e-4
        )
        first = item["exemples"][0]
        assert first["nature"] == "action"
        assert first["page"].startswith("http")
        km = [example["distance_km"] for example in item["exemples"]]
        assert km == sorted(km)
        assert sum(example["comparable"] for example in item["exemples"]) <= 3
        assert first["nom"].replace("'", "’") in item["phrase"]


async def test_partners_touch_and_lack_the_same(france):
    gaps = await get(france, f"departement/48/lacunes?service={SITE}&limit=10")
    seen = 0
    for gap in gaps["communes"]:
        body = await get(france, f"commune/{gap['code']}/mutualisation?n=50")
        for item in body["voisins"]:
            mine = await get(france, f"commune/{gap['code']}/couverture")
            theirs = await get(france, f"commune/{item['code']}/couverture")
            lacking = [
                {service["code"] for service in place["services"] if service["statut"] == "absent"}
                for place in (mine, theirs)
            ]
            assert {service["code"] for service in item["services"]} == set.intersection(*lacking)
            assert item["population"] == (
                mine["territoire"]["population"] + theirs["territoire"]["population"]
            )
            back = await get(france, f"commune/{item['code']}/mutualisation?n=50")
            assert gap["code"] in [other["code"] for other in back["voisins"]]
            seen += 1
    assert seen


async def test_every_sentence_is_french(france, territoires):
    places = [
        (niveau, code)
        for niveau, count in (
            *(("departement", 101), ("region", 18), ("ept", 11), ("epci", 60), ("commune", 150)),
        )
        for code in sample(territoires, niveau, count)
    ]
    phrases = set()
    for niveau, code in places:
        for end, shape in ENDS.items():
            body = await get(france, f"{niveau}/{code}/{end}")
            shape.model_validate(body)
            phrases |= set(sentences_of(body))
            if end != "comparables":
                lists = [body[name] for name in ("recommandations", "voisins") if name in body]
                assert body["raison"] or any(lists) or body.get("a_verifier") is not None
    assert len(phrases) > 1000
    for phrase in phrases:
        # Titles are the producers' own words.
        ours = re.sub(r"«[^»]*»", "«…»", phrase)
        assert not WRONG.search(ours), phrase
        assert phrase[0].isupper(), phrase
        assert phrase.endswith("."), phrase
        assert ".." not in phrase, phrase


def sentences_of(value: object) -> list[str]:
    if isinstance(value, dict):
        mine = [item for name, item in value.items() if name == "phrase" and item is not None]
        return mine + [text for item in value.values() for text in sentences_of(item)]
    if isinstance(value, list):
        return [text for item in value for text in sentences_of(item)]
    return []
