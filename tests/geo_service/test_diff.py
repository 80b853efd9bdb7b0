"""What changed from one publication to another: on the little atlas, altered by hand."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from rich.console import Console

from etl import coverage, publication
from etl.diff import Change, Diff, compare
from geo_service.cli import diff_tables
from tests.geo_service import little_atlas

OTHER = "00000000000e"


@pytest.fixture(scope="module")
def conn(little_owner_url: str) -> Iterator[psycopg.Connection]:
    """The little atlas and an altered one, forgotten afterwards."""
    with psycopg.connect(little_owner_url) as found:
        little_atlas.publish(found, OTHER, without_site=["35051"], activate=False)
        alter(found)
        yield found
        found.rollback()


def alter(conn: psycopg.Connection) -> None:
    for statement in (
        "UPDATE territoires SET population = 19500 WHERE code = '35051'",
        "UPDATE territoires SET nom = 'Saint-Étienne Loire' WHERE code = '244200770'",
        "DELETE FROM appartenances WHERE niveau = 'groupe' AND commune = '35238'",
        "INSERT INTO territoires (niveau, code, nom, recherche) VALUES ('groupe', 'g', 'G', 'g')",
        "UPDATE sources SET lignes_lues = 11, lignes_chargees = 10 WHERE id = 'mairies'",
        "UPDATE lieux SET nom = '=1+1', adresse = NULL WHERE id = 'mairies:48095'",
        "DELETE FROM lieux_services WHERE lieu = 'mairies:35238' AND service = 'espace-numerique'",
        "DELETE FROM distances",
        "DELETE FROM lieux_services WHERE lieu = 'mairies:42222'",
        "DELETE FROM lieux WHERE id = 'mairies:42222'",
        "DELETE FROM actions_services WHERE action = 'a:3'",
        "DELETE FROM actions_acteurs WHERE action = 'a:3'",
        "TRUNCATE actions_par_porteur",
        "DELETE FROM actions WHERE id = 'a:3'",
        "INSERT INTO services VALUES ('nouveau', 'education', 'Nouveau', '', 3)",
        "TRUNCATE services_documentes, couvertures, taux",
        # A column that the other publication's code did not know.
        "ALTER TABLE lieux ADD COLUMN etage integer DEFAULT 3",
    ):
        conn.execute(statement.encode())
    # Tables made for the first publication of this transaction.
    conn.execute(
        "DROP TABLE portees, actions_comptees, actions_par_territoire, actions_sur_place, "
        "lieux_par_territoire"
    )
    coverage.compute_coverage(conn)


def between(conn: psycopg.Connection, a: str, b: str) -> Diff:
    return compare(conn, publication.require(conn, a), publication.require(conn, b))


def found(diff: Diff, objet: str) -> list[tuple]:
    return [(c.nature, c.code, c.champ, c.avant, c.apres) for c in diff.changes if c.objet == objet]


def test_every_change_is_told(conn: psycopg.Connection) -> None:
    diff = between(conn, little_atlas.FIRST, OTHER)
    assert found(diff, "source") == [
        ("changement", "mairies", "lignes_chargees", "9", "10"),
        ("changement", "mairies", "lignes_lues", "10", "11"),
    ]
    assert found(diff, "territoire") == [
        ("changement", "35051", "population", "19000", "19500"),
        ("changement", "244200770", "nom", "Saint-Étienne Métropole", "Saint-Étienne Loire"),
        ("ajout", "g", "nom", None, "G"),
    ]
    assert found(diff, "appartenance") == [("retrait", "villes-choisies", "commune", "35238", None)]
    assert found(diff, "service") == [
        ("ajout", "nouveau", "documente", None, "non"),
        ("ajout", "nouveau", "enjeu", None, "education"),
        ("ajout", "nouveau", "libelle", None, "Nouveau"),
    ]
    assert found(diff, "lieu") == [
        (
            "changement",
            "mairies:35051",
            "services",
            "accueil-mairie, site-internet-commune",
            "accueil-mairie",
        ),
        (
            "changement",
            "mairies:35238",
            "services",
            "accueil-mairie, espace-numerique, site-internet-commune",
            "accueil-mairie, site-internet-commune",
        ),
        ("retrait", "mairies:42222", None, None, None),
        ("changement", "mairies:48095", "adresse", "1 rue du Centre", None),
        ("changement", "mairies:48095", "nom", "Mairie - Mende", "=1+1"),
    ]
    assert found(diff, "action") == [("retrait", "a:3", None, None, None)]
    statuts = set(found(diff, "statut"))
    assert statuts == {
        ("changement", "35051", "site-internet-commune", "present", "absent"),
        ("changement", "35238", "espace-numerique", "present", "non_renseigne"),
        ("changement", "42222", "accueil-mairie", "present", "non_renseigne"),
        *(
            ("changement", row[0], "budget-participatif", "partage", "non_renseigne")
            for row in little_atlas.COMMUNES
            if row[3] == "48"
        ),
    }
    assert diff.sources() == {
        "mairies": {
            "lieu_changement": 3,
            "lieu_retrait": 1,
            "action_retrait": 1,
        }
    }
    assert diff.summary()["territoires"] == {
        "commune": {"population": 1},
        "epci": {"nom": 1},
        "groupe": {"ajout": 1, "commune_retrait": 1},
    }
    assert diff.rates()["region"][1] >= 1


def test_rates_are_those_of_the_tables(conn: psycopg.Connection) -> None:
    rates = {}
    for name in (little_atlas.FIRST, OTHER):
        publication.use_schema(conn, name)
        rates[name] = {
            row[:2]: row[2]
            for row in conn.execute("SELECT niveau, code, taux FROM taux WHERE axe = 'ensemble'")
        }
    first, other = rates.values()
    expected = {key for key in first.keys() & other.keys() if first[key] != other[key]}
    diff = between(conn, little_atlas.FIRST, OTHER)
    assert {(c.niveau, c.code) for c in diff.changes if c.objet == "taux"} == expected
    told = {(c.niveau, c.code): c.apres for c in diff.changes if c.objet == "taux"}
    for key, after in told.items():
        assert (after is None) == (other[key] is None)
        assert after is None or float(after) == pytest.approx(other[key], abs=1e-4)


def test_the_way_back_is_the_same_way(conn: psycopg.Connection) -> None:
    there = between(conn, little_atlas.FIRST, OTHER)
    back = between(conn, OTHER, little_atlas.FIRST)
    mirror = {"ajout": "retrait", "retrait": "ajout", "changement": "changement"}

    def turned(change: Change) -> Change:
        return change._replace(
            nature=mirror[change.nature], avant=change.apres, apres=change.avant, nom=None
        )

    assert {turned(c) for c in there.changes} == {c._replace(nom=None) for c in back.changes}


def test_nothing_changes_in_one_publication(conn: psycopg.Connection) -> None:
    diff = between(conn, OTHER, OTHER)
    assert (diff.changes, diff.causes) == ([], [])


def test_the_forms_of_the_command(conn: psycopg.Connection) -> None:
    diff = between(conn, little_atlas.FIRST, OTHER)
    rows = list(csv.DictReader(io.StringIO(diff_tables.to_csv(diff))))
    assert len(rows) == len(diff.changes)
    assert "'=1+1" in [row["apres"] for row in rows]
    told = json.loads(diff_tables.to_json(diff))
    assert len(told["changements"]) == len(diff.changes)
    assert told["resume"]["sources"] == diff.sources()
    console = Console(width=140, record=True, file=io.StringIO())
    for part in diff_tables.summary(diff):
        console.print(part)
    text = console.export_text()
    for words in (
        "Taux de couverture",
        "Communes dont le statut d'un service a changé",
        "communes membres retirées",
        "lignes chargées",
        "populations changées",
    ):
        assert words in text


@pytest.mark.anyio
async def test_the_comparison_is_asked_over_http(api: httpx.AsyncClient):
    address = f"/api/publications/{little_atlas.FIRST}/diff/{little_atlas.SECOND}"
    body = (await api.get(address)).json()
    assert body["resume"]["statuts"] == {"site-internet-commune": {"present → absent": 1}}
    only = (await api.get(f"{address}?objet=statut&niveau=commune")).json()
    assert (only["total"], only["changements"][0]["code"]) == (1, "35051")
    assert (await api.get(f"{address}?objet=taux&limit=1")).json()["total"] > 1
    missing = await api.get(f"/api/publications/{little_atlas.FIRST}/diff/ffffffffffff")
    assert missing.status_code == 404
