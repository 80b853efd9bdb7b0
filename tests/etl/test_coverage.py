"""Coverage and rates: a small country by hand, and random ones against an independent oracle."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.coverage import compute_coverage

# Services s1 and s2 are of enjeu e1, s3 of e2; both of thème t1; s4 is alone in t2.
SERVICES = {"s1": ("e1", "t1"), "s2": ("e1", "t1"), "s3": ("e2", "t1"), "s4": ("e3", "t2")}
MEMBERS = {
    ("epci", "E1"): ("c1", "c2"),
    ("epci", "E2"): ("c3", "c4"),
    ("departement", "D1"): ("c1", "c2", "c3"),
    ("departement", "D2"): ("c4", "c5"),
    ("region", "R1"): ("c1", "c2", "c3", "c4", "c5"),
    ("pays", "france"): ("c1", "c2", "c3", "c4", "c5", "c6"),
    ("groupe", "G1"): ("c1", "c5"),
    ("groupe", "G2"): ("c1", "c2", "c7"),
    # A collectivité without polygon, of no région nor of the pays.
    ("departement", "987"): ("c7",),
}
COMMUNES = ("c1", "c2", "c3", "c4", "c5", "c6", "c7")
TERRITORIES = {**{("commune", c): (c,) for c in COMMUNES}, **MEMBERS}


@dataclass
class Country:
    populations: dict[str, int | None]
    lieux: list[tuple[str, str]] = field(default_factory=list)  # commune, service
    actions: list[tuple[tuple[str, str], str]] = field(default_factory=list)  # carrier, service
    #: By position in ``actions``: communes of its points, and its statut.
    points: dict[int, list[str]] = field(default_factory=dict)
    statuts: dict[int, str] = field(default_factory=dict)
    exhaustive: set[tuple[str, str]] = field(default_factory=set)  # commune, service

    def load(self, conn: psycopg.Connection) -> None:
        conn.execute("TRUNCATE territoires, themes, sources CASCADE")
        conn.execute("TRUNCATE services_documentes, couvertures, taux, exhaustivites")
        cursor = conn.cursor()
        for (niveau, code), communes in TERRITORIES.items():
            known = [self.populations[c] for c in communes]
            population = None if None in known else sum(p for p in known if p is not None)
            cursor.execute(
                "INSERT INTO territoires (niveau, code, nom, recherche, population) "
                "VALUES (%s, %s, %s, %s, %s)",
                [niveau, code, code, code, population],
            )
            cursor.executemany(
                "INSERT INTO appartenances VALUES (%s, %s, %s)",
                [(niveau, code, c) for c in communes],
            )
        for theme in ("t1", "t2"):
            cursor.execute("INSERT INTO themes VALUES (%s, %s, 1)", [theme, theme])
        for enjeu, theme in {"e1": "t1", "e2": "t1", "e3": "t2"}.items():
            cursor.execute("INSERT INTO enjeux VALUES (%s, %s, %s, 1)", [enjeu, theme, enjeu])
        for service, (enjeu, _theme) in SERVICES.items():
            cursor.execute("INSERT INTO services VALUES (%s, %s, '', '', 1)", [service, enjeu])
        cursor.execute(
            "INSERT INTO sources (id, nom, producteur, licence, date_donnees, role, statut, "
            "exhaustive) VALUES ('x', 'x', 'x', 'x', '2026-01-01', 'lieux', 'chargee', '{}')"
        )
        for number, (commune, service) in enumerate(self.lieux):
            cursor.execute(
                "INSERT INTO lieux (id, nom, commune, source, localisation, geom) "
                "VALUES (%s, 'Lieu', %s, 'x', 'point', 'SRID=4326;POINT(2 46)')",
                [f"l{number}", commune],
            )
            cursor.execute("INSERT INTO lieux_services VALUES (%s, %s)", [f"l{number}", service])
        for number, ((niveau, code), service) in enumerate(self.actions):
            cursor.execute(
                "INSERT INTO actions (id, titre, porteur_niveau, porteur_code, type, source, "
                "statut) VALUES (%s, 'Action', %s, %s, 'projet', 'x', %s)",
                [f"a{number}", niveau, code, self.statuts.get(number)],
            )
            cursor.executemany(
                "INSERT INTO actions_points VALUES (%s, %s, %s, 'SRID=4326;POINT(2 46)')",
                [(f"a{number}", rang, c) for rang, c in enumerate(self.points.get(number, []))],
            )
            cursor.execute("INSERT INTO actions_services VALUES (%s, %s)", [f"a{number}", service])
        cursor.executemany(
            "INSERT INTO exhaustivites (commune, service, source) VALUES (%s, %s, 'x')",
            sorted(self.exhaustive),
        )

    # The oracle: the definitions of the glossary, one territory at a time, in plain Python.

    def counted(self, service: str) -> list[tuple[set[str], set[str]]]:
        """Communes of the carrier and of the points of each action that counts."""
        return [
            (set(TERRITORIES[carrier]), set(self.points.get(number, [])))
            for number, (carrier, s) in enumerate(self.actions)
            if s == service and self.statuts.get(number) not in {"prevue", "abandonnee"}
        ]

    def count(self, territory: tuple[str, str], service: str) -> int:
        communes = set(TERRITORIES[territory])
        return sum(bool(communes & where) for where, _ in self.counted(service))

    def statut(self, territory: tuple[str, str], service: str) -> str:
        communes = set(TERRITORIES[territory])
        carriers = [where for where, _ in self.counted(service)]
        if territory[0] == "commune":
            (commune,) = communes
            points = set().union(*(where & points for where, points in self.counted(service)))
            present = (commune, service) in self.lieux or commune in points
            shared = any(commune in carrier for carrier in carriers)
            absent = (commune, service) in self.exhaustive
        else:
            inside = {self.statut(("commune", c), service) for c in communes}
            present = "present" in inside
            shared = "partage" in inside
            absent = inside == {"absent"}
        if present or any(carrier <= communes for carrier in carriers):
            return "present"
        if shared:
            return "partage"
        return "absent" if absent else "non_renseigne"

    def covered(self, territory: tuple[str, str], service: str) -> int:
        return sum(
            self.populations[c] or 0
            for c in TERRITORIES[territory]
            if self.statut(("commune", c), service) in {"present", "partage"}
        )

    def documented(self) -> list[str]:
        spoken = {s for _, s in self.lieux} | {s for _, s in self.actions}
        return sorted(spoken | {s for _, s in self.exhaustive})

    def taux(self, territory: tuple[str, str], services: list[str]) -> float | None:
        weights = [self.populations[c] for c in TERRITORIES[territory]]
        rates = [
            sum(self.statut(("commune", c), s) in {"present", "partage"} for s in services)
            / len(services)
            for c in TERRITORIES[territory]
        ]
        if territory[0] == "commune":
            return rates[0]
        if None in weights or not sum(w or 0 for w in weights):
            return None
        total = sum(w or 0 for w in weights)
        return sum((w or 0) * r for w, r in zip(weights, rates, strict=True)) / total


def read(conn: psycopg.Connection) -> dict[tuple[str, str, str], tuple[object, ...]]:
    return {
        (row[0], row[1], row[2]): row[3:]
        for row in conn.execute(
            "SELECT niveau, code, service, statut, actions, lieux, communes_presentes, "
            "communes_partagees, communes_absentes, population_couverte, population_absente "
            "FROM couvertures"
        )
    }


def test_a_website_missing_from_an_exhaustive_list_is_a_gap_and_elsewhere_a_question(
    publication_conn: psycopg.Connection,
) -> None:
    country = Country(populations=dict.fromkeys(COMMUNES, 100))
    country.actions = [(("commune", "c1"), "s1")]
    country.exhaustive = {("c1", "s1"), ("c2", "s1")}
    country.load(publication_conn)
    compute_coverage(publication_conn)
    found = read(publication_conn)
    assert found["commune", "c1", "s1"][0] == "present"
    assert found["commune", "c2", "s1"][0] == "absent"
    assert ("commune", "c3", "s1") not in found
    assert found["epci", "E1", "s1"] == ("present", 1, 0, 1, 0, 1, 100, 100)


def test_an_action_of_an_epci_is_shared_by_its_communes(
    publication_conn: psycopg.Connection,
) -> None:
    country = Country(populations=dict.fromkeys(COMMUNES, 100))
    country.actions = [(("epci", "E2"), "s3")]
    country.load(publication_conn)
    compute_coverage(publication_conn)
    found = read(publication_conn)
    assert found["commune", "c3", "s3"][0] == "partage"
    assert found["epci", "E2", "s3"][0] == "present"
    # E2 lies across both départements: neither carries the action, both share it.
    assert found["departement", "D1", "s3"][0] == "partage"
    assert found["region", "R1", "s3"][0] == "present"
    assert ("commune", "c1", "s3") not in found


def test_an_action_is_present_where_it_takes_place_and_shared_elsewhere(
    publication_conn: psycopg.Connection,
) -> None:
    country = Country(populations=dict.fromkeys(COMMUNES, 100))
    country.actions = [(("epci", "E1"), "s1"), (("commune", "c1"), "s2")]
    country.points = {0: ["c1", "c1", "c5"], 1: ["c5"]}
    country.load(publication_conn)
    compute_coverage(publication_conn)
    found = read(publication_conn)
    assert found["commune", "c1", "s1"][:2] == ("present", 1)
    assert found["commune", "c2", "s1"][:2] == ("partage", 1)
    # They are for E1 and for c1: what takes place in c5 is not for its inhabitants.
    assert ("commune", "c5", "s1") not in found
    assert ("commune", "c5", "s2") not in found


def test_a_planned_or_abandoned_action_covers_nobody(publication_conn: psycopg.Connection) -> None:
    country = Country(populations=dict.fromkeys(COMMUNES, 100))
    country.actions = [(("commune", "c1"), "s1"), (("commune", "c2"), "s1")]
    country.statuts = {0: "prevue", 1: "abandonnee"}
    country.exhaustive = {("c1", "s1")}
    country.load(publication_conn)
    compute_coverage(publication_conn)
    found = read(publication_conn)
    assert found["commune", "c1", "s1"][:2] == ("absent", 0)
    assert ("commune", "c2", "s1") not in found


def test_several_lieux_and_an_epci_action_are_each_counted_once(
    publication_conn: psycopg.Connection,
) -> None:
    country = Country(populations=dict.fromkeys(COMMUNES, 10))
    country.lieux = [("c1", "s1"), ("c1", "s1"), ("c2", "s1")]
    country.actions = [(("epci", "E1"), "s1"), (("commune", "c1"), "s1")]
    country.load(publication_conn)
    compute_coverage(publication_conn)
    assert read(publication_conn)["pays", "france", "s1"][:3] == ("present", 2, 3)


carriers = st.sampled_from(sorted(TERRITORIES))
services = st.sampled_from(sorted(SERVICES))
communes = st.sampled_from(COMMUNES)
countries = st.builds(
    Country,
    populations=st.fixed_dictionaries(
        {c: st.one_of(st.none(), st.integers(0, 50_000)) for c in COMMUNES}
    ),
    lieux=st.lists(st.tuples(communes, services), max_size=8),
    actions=st.lists(st.tuples(carriers, services), max_size=8),
    points=st.dictionaries(st.integers(0, 7), st.lists(communes, max_size=3), max_size=4),
    statuts=st.dictionaries(
        st.integers(0, 7),
        st.sampled_from(["prevue", "en_cours", "terminee", "abandonnee"]),
        max_size=3,
    ),
    exhaustive=st.sets(st.tuples(communes, services), max_size=12),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(country=countries)
def test_any_country_agrees_with_the_definitions(
    publication_conn: psycopg.Connection, country: Country
) -> None:
    country.load(publication_conn)
    publication_conn.execute(
        "DROP TABLE IF EXISTS portees, actions_par_territoire, actions_comptees, "
        "actions_sur_place, lieux_par_territoire"
    )
    compute_coverage(publication_conn)
    found = read(publication_conn)
    for territory in TERRITORIES:
        for service in SERVICES:
            row = found.get((*territory, service))
            assert (row[0] if row else "non_renseigne") == country.statut(territory, service)
            assert (row[1] if row else 0) == country.count(territory, service)
            assert (row[6] if row else 0) == country.covered(territory, service)
    axes = {("ensemble", ""): country.documented()}
    for service in country.documented():
        enjeu, theme = SERVICES[service]
        axes.setdefault(("theme", theme), []).append(service)
        axes.setdefault(("enjeu", enjeu), []).append(service)
    rates = {row[:4]: row[4:] for row in publication_conn.execute("SELECT * FROM taux")}
    assert len(rates) == (len(TERRITORIES) * len(axes) if country.documented() else 0)
    for (niveau, code, axe, axe_code), (documented, present, taux) in rates.items():
        of_axis = axes[axe, axe_code]
        expected = country.taux((niveau, code), of_axis)
        assert documented == len(of_axis)
        assert present == sum(
            country.statut((niveau, code), s) in {"present", "partage"} for s in of_axis
        )
        if expected is None:
            assert taux is None
        else:
            assert taux == pytest.approx(expected)


#: How much a statut is worth: whoever opens something never loses any.
WORTH = ("non_renseigne", "absent", "partage", "present")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(country=countries, commune=communes, service=services)
def test_adding_a_lieu_never_lowers_coverage(
    publication_conn: psycopg.Connection, country: Country, commune: str, service: str
) -> None:
    known = []
    for lieux in (country.lieux, [*country.lieux, (commune, service)]):
        country.lieux = lieux
        country.load(publication_conn)
        publication_conn.execute(
            "DROP TABLE IF EXISTS portees, actions_par_territoire, actions_comptees, "
            "actions_sur_place, lieux_par_territoire"
        )
        compute_coverage(publication_conn)
        known.append(read(publication_conn))
    before, after = known
    assert set(before) <= set(after)
    for key, row in before.items():
        found = after[key]
        # Statut, lieux, people covered, people without.
        assert WORTH.index(str(found[0])) >= WORTH.index(str(row[0]))
        for place, sign in ((2, 1), (6, 1), (7, -1)):
            assert sign * (float(str(found[place])) - float(str(row[place]))) >= 0
