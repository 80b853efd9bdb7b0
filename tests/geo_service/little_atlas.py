"""A publication of a dozen communes, made by hand, with the cases the real data may lack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import nullcontext

import psycopg
from psycopg import sql

from boundaries.names import normalise
from etl import coverage, history, publication, report
from etl.accessibility.compute import compute_accessibility

FIRST = "00000000000a"
SECOND = "00000000000b"

SITE = "site-internet-commune"
MAIRIE = "accueil-mairie"
BUDGET = "budget-participatif"
CYBER = "espace-numerique"
NEVER = "jamais-documente"

HOSTILE = '<script>alert("x")</script> & Cie'
FORMULA = "=cmd|' /C calc'!A0"

#: code, nom, population, département, région, EPCI, postcodes, longitude, latitude
COMMUNES = (
    (
        "35238",
        "Rennes",
        227_830,
        "35",
        "53",
        "243500139",
        ["35000", "35200", "35700"],
        -1.68,
        48.11,
    ),
    ("35051", "Cesson-Sévigné", 19_000, "35", "53", "243500139", ["35510"], -1.60, 48.12),
    ("35001", "Acigné", 7_000, "35", "53", "243500139", ["35690"], -1.54, 48.13),
    ("42218", "Saint-Étienne", 173_000, "42", "84", "244200770", ["42000", "42100"], 4.39, 45.43),
    ("42207", "Saint-Chamond", 35_000, "42", "84", "244200770", ["42400"], 4.51, 45.47),
    ("42222", "Saint-Étienne-le-Molard", 900, "42", "84", "244200770", ["42130"], 4.11, 45.69),
    ("48095", "Mende", 12_000, "48", "76", None, ["48000"], 3.50, 44.52),
    ("48900", HOSTILE, 40, "48", "76", None, ["48100"], 3.30, 44.55),
    ("48901", FORMULA, 30, "48", "76", None, ["48100"], 3.20, 44.60),
    ("48902", "Sans-Habitants-Connus", None, "48", "76", None, ["48100"], 3.10, 44.65),
    ("48903", "Zéro-Habitant", 0, "48", "76", None, ["48100"], 3.05, 44.70),
    ("75056", "Paris", 2_103_778, "75", "11", None, ["75001", "75015"], 2.35, 48.86),
)
OTHERS = (
    ("departement", "35", "Ille-et-Vilaine", None),
    ("departement", "42", "Loire", None),
    ("departement", "48", "Lozère", None),
    ("departement", "75", "Paris", None),
    ("region", "53", "Bretagne", None),
    ("region", "84", "Auvergne-Rhône-Alpes", None),
    ("region", "76", "Occitanie", None),
    ("region", "11", "Île-de-France", None),
    ("epci", "243500139", "Rennes Métropole", "METRO"),
    ("epci", "244200770", "Saint-Étienne Métropole", "METRO"),
    ("pays", "france", "France", None),
)
#: A groupe, all of one EPCI and one more city.
GROUPE = ("groupe", "villes-choisies", "Villes choisies", "programme")
GROUPED = ("42218", "42207", "42222", "35238")
#: Collectivités without polygons, each with one city: its code comes last.
UNMAPPED = (
    ("commune", "98818", "Nouméa", 94_285, ["98800"], "98818"),
    ("departement", "988", "Nouvelle-Calédonie", 94_285, [], "98818"),
    ("commune", "97701", "Saint-Barthélemy", 10_660, ["97133"], "97701"),
    ("departement", "977", "Saint-Barthélemy", 10_660, [], "97701"),
)
#: Territories that share a border, and its length in km; their squares touch nowhere on the map.
BORDERS = (
    ("commune", "35238", "35051", 5.0),
    ("commune", "35051", "35001", 3.0),
    ("commune", "42218", "42207", 4.0),
    ("commune", "42207", "42222", 2.0),
    ("commune", "48900", "48901", 2.5),
    ("commune", "48095", "48900", 6.0),
    ("commune", "48901", "48902", 1.0),
    ("epci", "243500139", "244200770", 9.0),
    ("departement", "42", "48", 40.0),
    ("region", "76", "84", 60.0),
)
#: Codes that are communes no more.
OLD = (("35999", "35238", "fusion"), ("75115", "75056", "arrondissement"))
#: Changes of communes: 48999 was shared out, 35001 lost ground to 35051, 97123 left.
MOVEMENTS = (
    ("30", "1968-03-02", "48999", "48095"),
    ("30", "1968-03-02", "48999", "48900"),
    ("30", "1968-03-02", "48095", "48095"),
    ("30", "1968-03-02", "48900", "48900"),
    ("20", "1980-01-01", "35001", "35001"),
    ("20", "1980-01-01", "35001", "35051"),
    ("31", "1990-01-01", "35998", "35051"),
    ("31", "1990-01-01", "35051", "35051"),
    ("30", "2007-02-23", "97123", ""),
)
#: Communes with a web site, all listed by an exhaustive source.
WITH_SITE = ("35238", "35051", "42218", "48095", "75056")


def _square(lon: float, lat: float) -> str:
    w, e, s, n = lon - 0.02, lon + 0.02, lat - 0.02, lat + 0.02
    return f"MULTIPOLYGON((({w} {s},{e} {s},{e} {n},{w} {n},{w} {s})))"


def publish(
    conn: psycopg.Connection,
    name: str,
    *,
    without_site: Iterable[str] = (),
    activate: bool = True,
    dated: bool = True,
) -> None:
    """Make the publication `name`; `without_site` lose their web site in it.

    Only the owner may change a date of the catalogue: the publisher leaves that of today.
    """
    # One transaction, as a run of the ETL is: temporary tables end with it.
    with conn.transaction() if conn.autocommit else nullcontext():
        publication.open_schema(conn, name)
        _territories(conn)
        _referentiel(conn)
        _facts(conn, set(WITH_SITE) - set(without_site))
        coverage.compute_coverage(conn)
        coverage.compute_chefs_lieux(conn)
        compute_accessibility(conn)
        publication.close_schema(conn, name)
        publication.register(
            conn,
            name,
            millesime=2026,
            inputs={},
            checks={"communes": 12},
            durations={},
            archives={},
        )
        # Not today: the age of the data is told as of that day.
        if dated:
            conn.execute(
                "UPDATE atlas.publications SET creee_le = '2026-03-01 12:00Z'::timestamptz + %s "
                "WHERE id = %s",
                [dt.timedelta(hours=int(name[-2:], 16)), name],
            )
        history.record(conn, name, millesime=2026)
        if activate:
            publication.activate(conn, name)


def _insert(conn: psycopg.Connection, table: str, columns: str, rows: Iterable[tuple]) -> None:
    names = columns.split()
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Placeholder() * len(names)),
    )
    with conn.cursor() as cursor:
        cursor.executemany(query, list(rows))


def _territories(conn: psycopg.Connection) -> None:
    members = []
    for code, nom, people, departement, region, epci, postcodes, lon, lat in COMMUNES:
        conn.execute(
            """
            INSERT INTO territoires (niveau, code, nom, recherche, population, population_annee,
                superficie_km2, srid_legal, codes_postaux, emprise, centre, geom)
            VALUES ('commune', %s, %s, %s, %s, 2023, 12.5, 2154, %s, %s,
                    ST_Point(%s, %s, 4326), ST_GeomFromText(%s, 4326))
            """,
            [
                *(code, nom, normalise(nom), people, postcodes),
                [lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02],
                *(lon, lat, _square(lon, lat)),
            ],
        )
        members += [("commune", code, code), ("pays", "france", code)]
        members += [("departement", departement, code), ("region", region, code)]
        members += [("epci", epci, code)] if epci else []
    members += [("groupe", GROUPE[1], code) for code in GROUPED]
    for niveau, code, nom, nature in (*OTHERS, GROUPE):
        mine = [row[0] for row in COMMUNES if (niveau, code, row[0]) in members]
        people = sum(row[2] or 0 for row in COMMUNES if row[0] in mine)
        conn.execute(
            """
            INSERT INTO territoires (niveau, code, nom, nature, recherche, population,
                population_annee, superficie_km2, emprise, centre, geom)
            SELECT %s, %s, %s, %s, %s, %s, 2023, sum(superficie_km2), min(emprise),
                   ST_PointOnSurface(ST_Collect(geom)), ST_Multi(ST_Union(geom))
            FROM territoires WHERE niveau = 'commune' AND code = ANY (%s)
            """,
            [niveau, code, nom, nature, normalise(nom), people, mine],
        )
    conn.execute(
        """
        INSERT INTO territoires (niveau, code, nom, recherche, population, centre, geom)
        SELECT 'arrondissement', '75115', 'Paris 15e Arrondissement',
               'paris 15e arrondissement', 229713, centre, geom
        FROM territoires WHERE niveau = 'commune' AND code = '75056'
        """
    )
    for niveau, code, nom, people, postcodes, city in UNMAPPED:
        conn.execute(
            """
            INSERT INTO territoires (niveau, code, nom, recherche, population, population_annee,
                codes_postaux)
            VALUES (%s, %s, %s, %s, %s, 2025, %s)
            """,
            [niveau, code, nom, normalise(nom), people, postcodes],
        )
        members.append((niveau, code, city))
    _insert(conn, "appartenances", "niveau code commune", members)
    # Outlines for drawing, as plain at every zoom; tiles are made of none of them here.
    conn.execute(
        """
        INSERT INTO contours (zoom, niveau, code, geom)
        SELECT zoom, niveau, code, ST_Transform(geom, 3857)
        FROM territoires, generate_series(3, 11) AS zoom
        WHERE niveau IN ('commune', 'epci', 'departement', 'region') AND geom IS NOT NULL
        """
    )
    sides = [
        (niveau, *pair, km)
        for niveau, one, other, km in BORDERS
        for pair in ((one, other), (other, one))
    ]
    _insert(conn, "voisinages", "niveau code voisin longueur_km", sides)
    _insert(conn, "codes_anciens", "code commune motif", OLD)
    _insert(
        conn,
        "mouvements",
        "mod date_effet type_av code_av nom_av type_ap code_ap nom_ap",
        [
            (mod, day, "COM", before, f"V-{before}", "COM" if after else "", after, f"V-{after}")
            for mod, day, before, after in MOVEMENTS
        ],
    )


def _referentiel(conn: psycopg.Connection) -> None:
    _insert(
        conn,
        "referentiels",
        "version libelle demarrage note",
        [("essai-1", "Référentiel d’essai", True, "Référentiel de démarrage.")],
    )
    _insert(
        conn,
        "themes",
        "code libelle ordre",
        [("democratie", "Démocratie", 1), ("partage", "Partage des connaissances", 2)],
    )
    _insert(
        conn,
        "enjeux",
        "code theme libelle ordre",
        [
            ("services-publics", "democratie", "Services publics", 1),
            ("democratie-locale", "democratie", "Démocratie locale", 2),
            ("education", "partage", "Éducation", 1),
        ],
    )
    _insert(
        conn,
        "services",
        "code enjeu libelle description ordre",
        [
            (SITE, "services-publics", "Site internet de la commune", "Un site.", 1),
            (MAIRIE, "services-publics", "Accueil en mairie", "Un accueil.", 2),
            (BUDGET, "democratie-locale", "Budget participatif", "Un budget.", 1),
            (CYBER, "education", "Espace numérique", "Des postes.", 1),
            (NEVER, "education", "Jamais documenté", "Personne n’en parle.", 2),
        ],
    )


def _facts(conn: psycopg.Connection, with_site: set[str]) -> None:
    _insert(
        conn,
        "sources",
        "id nom producteur licence url date_donnees role statut lignes_lues lignes_chargees "
        "lignes_rejetees lignes_reparees exhaustive",
        [
            ("cog", "COG", "Insee", "LO 2.0", None, "2026-01-01", "territoires", "chargee",
             12, 12, 0, 0, []),
            ("mairies", "Mairies", "DILA", "LO 2.0", "https://exemple.fr", "2026-02-01", "lieux",
             "chargee", 10, 9, 1, 2, [SITE]),
            ("absente", "Fichier absent", "X", "LO 2.0", None, "2020-01-01", "lieux", "absente",
             None, None, None, None, []),
        ],
    )  # fmt: skip
    places = [row for row in COMMUNES if row[0] not in {"48902", "48903"}]
    _insert(
        conn,
        "signalements",
        "source ligne champ gravite motif phrase valeur",
        [
            (
                "mairies",
                3,
                "insee",
                "rejet",
                "commune_inconnue",
                "Le code n’est pas connu.",
                FORMULA,
            ),
            ("mairies", 5, "insee", "reparation", "zero_perdu", "Zéro remis.", "1001"),
            ("mairies", 6, "insee", "reparation", "zero_perdu", "Zéro remis.", "1002"),
            ("mairies", None, None, "alerte", "commune_sans_mairie", HOSTILE, None),
        ],
    )
    report.summarise(conn)
    for code, nom, *_, lon, lat in places:
        conn.execute(
            """
            INSERT INTO lieux (id, nom, commune, adresse, horaires, source, localisation,
                               ecart_km, geom)
            VALUES (%s, %s, %s, '1 rue du Centre', %s, 'mairies', 'point', 0,
                    ST_Point(%s, %s, 4326))
            """,
            [f"mairies:{code}", f"Mairie - {nom}", code, "-18h le lundi", lon, lat],
        )
    services = [(f"mairies:{row[0]}", MAIRIE) for row in places]
    services += [(f"mairies:{code}", SITE) for code in sorted(with_site)]
    services += [("mairies:48095", CYBER), ("mairies:35238", CYBER)]
    _insert(conn, "lieux_services", "lieu service", services)
    _insert(
        conn,
        "exhaustivites",
        "service commune source",
        [(SITE, row[0], "mairies") for row in COMMUNES if row[0] != "48903"],
    )
    _insert(
        conn,
        "actions",
        "id titre description url porteur_niveau porteur_code type source statut date_debut "
        "date_fin",
        [
            ("a:1", "Budget de Rennes", "On vote.", "https://exemple.fr/1", "commune", "35238",
             "projet", "mairies", "en_cours", "2025-03-01", None),
            ("a:2", "Budget de la métropole", None, None, "epci", "244200770", "projet", "mairies",
             "terminee", "2019-01-01", "2020-12-31"),
            ("a:3", "Budget de la Lozère", None, None, "departement", "48", "projet", "mairies",
             None, None, None),
        ],
    )  # fmt: skip
    _insert(
        conn,
        "actions_services",
        "action service",
        [("a:1", BUDGET), ("a:2", BUDGET), ("a:3", BUDGET)],
    )
    _insert(
        conn,
        "acteurs",
        "id nom siren recherche",
        [
            ("732829320", "Coopérative du Web", "732829320", "cooperative du web"),
            ("les-amis-du-net", "Les Amis du Net", None, "les amis du net"),
        ],
    )
    _insert(
        conn,
        "actions_acteurs",
        "action acteur",
        [("a:1", "732829320"), ("a:2", "732829320"), ("a:3", "les-amis-du-net")],
    )
    conn.execute(
        """
        INSERT INTO actions_points
        SELECT 'a:1', 1, code, centre FROM territoires WHERE niveau = 'commune' AND code = '35051'
        """
    )
    _insert(
        conn,
        "labels",
        "niveau code annee arobases arobase_verte mentions source",
        [
            ("commune", "35238", 2024, 4, False, [], "mairies"),
            ("commune", "35238", 2025, 5, True, ["Inclusion"], "mairies"),
            ("epci", "244200770", 2025, 3, False, [], "mairies"),
            ("commune", "98818", 2025, 1, False, [], "mairies"),
        ],
    )
