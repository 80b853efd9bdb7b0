"""The report of a publication, the active one or another, over HTTP; the age of the data."""

from __future__ import annotations

import csv
import io
from datetime import date

import httpx
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import publication
from geo_service.atlas import read_metadata
from geo_service.freshness import is_old, judge
from tests.geo_service import little_atlas

pytestmark = pytest.mark.anyio

FIRST = f"/api/publications/{little_atlas.FIRST}/rapport"
SECOND = f"/api/publications/{little_atlas.SECOND}/rapport"


async def test_the_report_counts_rows_by_source_and_reason(api: httpx.AsyncClient):
    body = (await api.get(FIRST)).json()
    sources = {source["id"]: source for source in body["sources"]}
    mairies = sources["mairies"]
    read, loaded, refused = (mairies[f"lignes_{n}"] for n in ("lues", "chargees", "rejetees"))
    assert (read, loaded, refused, mairies["lignes_reparees"]) == (10, 9, 1, 2)
    assert mairies["part_rejetee"] == 0.1
    assert [(r["gravite"], r["motif"], r["nombre"], r["part"]) for r in mairies["motifs"]] == [
        ("rejet", "commune_inconnue", 1, 0.1),
        ("reparation", "zero_perdu", 2, 0.2),
        ("alerte", "commune_sans_mairie", 1, 0.1),
    ]
    assert mairies["motifs"][0]["libelle"].startswith("Le code n'est pas celui d'une commune")
    assert [e["ligne"] for e in mairies["motifs"][1]["exemples"]] == [5, 6]
    assert sources["absente"]["statut"] == "absente"
    assert body["total"] == len(body["lignes"]) == 4


async def test_every_kept_publication_has_its_report(api: httpx.AsyncClient):
    body = (await api.get(SECOND)).json()
    assert body["publication"] == little_atlas.SECOND
    text = (await api.get(f"{SECOND}?format=csv")).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["publication"] for row in rows} == {little_atlas.SECOND}
    assert rows[0]["valeur"] == f"'{little_atlas.FORMULA}"


async def test_rows_come_in_pages(api: httpx.AsyncClient):
    found, cursor = [], ""
    while True:
        body = (await api.get(f"{FIRST}?source=mairies&limit=1&cursor={cursor}")).json()
        found += [(row["motif"], row["ligne"]) for row in body["lignes"]]
        assert body["total"] == 4
        if body["suivant"] is None:
            break
        cursor = body["suivant"]
    assert found == [
        ("commune_inconnue", 3),
        ("zero_perdu", 5),
        ("zero_perdu", 6),
        ("commune_sans_mairie", None),
    ]
    other = await api.get(f"{FIRST}?gravite=rejet&cursor={cursor}")
    assert other.status_code == 400
    assert "autre liste" in other.json()["detail"]


async def test_rows_are_chosen(api: httpx.AsyncClient):
    for query, rows in (("gravite=reparation", 2), ("motif=zero_perdu", 2), ("source=cog", 0)):
        body = (await api.get(f"{FIRST}?{query}")).json()
        assert (body["total"], len(body["lignes"])) == (rows, rows)


async def test_an_unknown_publication_is_not_found(api: httpx.AsyncClient):
    answer = await api.get("/api/publications/ffffffffffff/rapport")
    assert answer.status_code == 404
    assert "n’est plus gardée" in answer.json()["detail"]
    assert answer.json()["publications"] == [little_atlas.SECOND, little_atlas.FIRST]


async def test_a_publication_of_before_the_summary_has_its_report(
    api: httpx.AsyncClient, little_owner_url: str
):
    old = "00000000000c"
    with psycopg.connect(little_owner_url) as conn:
        little_atlas.publish(conn, old, activate=False)
        conn.execute("DROP TABLE rapports")
    body = (await api.get(f"/api/publications/{old}/rapport")).json()
    with psycopg.connect(little_owner_url) as conn:
        publication.drop(conn, old)
    assert body["total"] == 4
    assert body["sources"][1]["motifs"][0]["nombre"] == 1


async def test_old_data_are_said_to_be_so(api: httpx.AsyncClient, little_owner_url: str):
    old = "00000000000d"
    with psycopg.connect(little_owner_url) as conn:
        little_atlas.publish(conn, old, activate=False)
        conn.execute("UPDATE sources SET date_donnees = '2020-08-01' WHERE id = 'mairies'")
        conn.execute(
            "UPDATE atlas.publications SET creee_le = '2026-02-15 10:00Z' WHERE id = %s", [old]
        )
    answer = await api.get(f"/api/publications/{old}/rapport")
    text = (await api.get(f"/api/publications/{old}/rapport?format=csv")).text
    with psycopg.connect(little_owner_url) as conn:
        publication.drop(conn, old)
    sources = {source["id"]: source for source in answer.json()["sources"]}
    assert sources["mairies"]["ancienne"]
    assert sources["mairies"]["avertissement"] == (
        "Ces données, du 1er août 2020, avaient plus de 18 mois quand cette publication a été "
        "faite, le 15 février 2026."
    )
    assert not sources["cog"]["ancienne"]
    # Nothing was read of it.
    assert not sources["absente"]["ancienne"]
    assert "mairies (2020-08-01, ancienne)" in text


@pytest.mark.parametrize(
    ("data", "made", "old"),
    [
        ("2024-08-01", "2026-02-01", False),
        ("2024-08-01", "2026-02-02", True),
        ("2024-08-31", "2026-02-28", False),
        ("2024-08-31", "2026-03-01", True),
        ("2026-01-01", "2025-01-01", False),
    ],
)
async def test_data_are_old_after_eighteen_months(data: str, made: str, old: bool):
    assert is_old(date.fromisoformat(data), date.fromisoformat(made)) is old


@given(st.dates(date(2000, 1, 1)), st.dates(date(2000, 1, 1)), st.dates(date(2000, 1, 1)))
def test_data_do_not_get_younger(data: date, made: date, later: date):
    first, last = sorted([made, later])
    assert is_old(data, last) or not is_old(data, first)
    source = {"statut": "chargee", "role": "lieux", "date_donnees": data}
    judged = judge(source, last, made_up=False)
    assert judged["ancienne"] == (judged["avertissement"] is not None)
    assert "synthétiques" in judge(source, last, made_up=True)["avertissement"]
    assert not judge({**source, "role": "territoires"}, last, made_up=True)["synthetique"]


async def test_made_up_data_are_said_to_be_so(api: httpx.AsyncClient, little_owner_url: str):
    made_up = "00000000000f"
    with psycopg.connect(little_owner_url) as conn:
        little_atlas.publish(conn, made_up, activate=False)
        conn.execute(
            'UPDATE atlas.publications SET entrees = \'{"atlas": {"synthetique": true}}\' '
            "WHERE id = %s",
            [made_up],
        )
    report = (await api.get(f"/api/publications/{made_up}/rapport")).json()
    text = (await api.get(f"/api/publications/{made_up}/rapport?format=csv")).text
    metadata = read_metadata(little_owner_url, made_up)
    with psycopg.connect(little_owner_url) as conn:
        publication.drop(conn, made_up)
    assert (
        {s["id"]: s["synthetique"] for s in report["sources"]}
        == {s["id"]: s["synthetique"] for s in metadata.sources}
        == {"cog": False, "mairies": True, "absente": True}
    )
    assert "mairies (2026-02-01, données synthétiques)" in text
