"""Tables of the territories, in the schema of one publication.

Every publication of the atlas lives in a schema of its own: the tables carry no schema name,
the caller chooses it with SQLAlchemy's ``schema_translate_map``. Coordinates are in EPSG:4326
(degrees), generalised outlines in EPSG:3857 (metres), the CRS of the tiles made from them.
"""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

metadata = MetaData()

#: Levels of territory, from the smallest to the largest.
NIVEAUX = ("commune", "arrondissement", "ept", "epci", "departement", "region", "pays", "groupe")

territoires = Table(
    "territoires",
    metadata,
    Column("niveau", Text, nullable=False),
    Column("code", Text, nullable=False, comment="INSEE; SIREN for an EPCI or EPT; 'france'"),
    Column("nom", Text, nullable=False),
    Column("nature", Text, comment="CC, CA, CU, METRO, EPT… for an intercommunalité"),
    Column("recherche", Text, nullable=False, comment="boundaries.names.normalise(nom)"),
    Column("population", Integer, comment="inhabitants; null when unknown, never 0 for unknown"),
    Column("population_annee", SmallInteger, comment="census year of the population"),
    Column("superficie_km2", Float, comment="in the legal CRS of the zone"),
    Column("srid_legal", Integer, comment="legal projected CRS; null for the pays"),
    Column("chef_lieu", Text, comment="INSEE code of the chef-lieu commune"),
    Column("codes_postaux", ARRAY(Text), nullable=False, server_default="{}"),
    Column("emprise", ARRAY(Float), comment="west, south, east, north in degrees"),
    Column("centre", Geometry("POINT", 4326, spatial_index=False), comment="inside the territory"),
    Column("geom", Geometry("MULTIPOLYGON", 4326, spatial_index=False)),
    PrimaryKeyConstraint("niveau", "code"),
    CheckConstraint(f"niveau IN {NIVEAUX}", name="niveau_connu"),
    # Sums over thousands of communes read this index alone, not the rows with their polygons.
    Index("territoires_populations", "niveau", "code", postgresql_include=["population"]),
    Index("territoires_geom", "geom", postgresql_using="gist"),
    Index(
        "territoires_recherche",
        "recherche",
        postgresql_using="gin",
        postgresql_ops={"recherche": "gin_trgm_ops"},
    ),
    Index("territoires_codes_postaux", "codes_postaux", postgresql_using="gin"),
)

#: Which communes make each territory. A commune is a member of itself and of the pays, so that one
#: join aggregates any figure at any level. Arrondissements municipaux are no row here as a member:
#: their city is the commune, and nothing is counted twice.
appartenances = Table(
    "appartenances",
    metadata,
    Column("niveau", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("commune", Text, nullable=False),
    PrimaryKeyConstraint("niveau", "code", "commune"),
    ForeignKeyConstraint(["niveau", "code"], ["territoires.niveau", "territoires.code"]),
    Index("appartenances_commune", "commune", "niveau"),
)

#: Territories of the same niveau that share a border: each border twice, once from each side. A
#: common point is no border (boundaries/neighbours.py).
voisinages = Table(
    "voisinages",
    metadata,
    Column("niveau", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("voisin", Text, nullable=False, comment="code of the other one"),
    Column("longueur_km", Float, nullable=False, comment="of the common border, on the ellipsoid"),
    PrimaryKeyConstraint("niveau", "code", "voisin"),
)

#: Codes that are no commune of the current COG, and the commune each now means.
codes_anciens = Table(
    "codes_anciens",
    metadata,
    Column("code", Text, primary_key=True),
    Column("commune", Text, nullable=False, comment="code in the current COG"),
    Column("motif", Text, nullable=False, comment="fusion, deleguee, associee, arrondissement…"),
)

#: INSEE's file of the changes of the communes since 1943, as it is; empty when it was not there.
#: A type is COM, COMA (associée), COMD (déléguée) or ARM; all is empty where there was nothing
#: before, or is nothing after.
mouvements = Table(
    "mouvements",
    metadata,
    Column("mod", Text, nullable=False, comment="kind of change: boundaries.readers.mouvements"),
    Column("date_effet", Text, nullable=False, comment="ISO date of the first day"),
    Column("type_av", Text, nullable=False),
    Column("code_av", Text, nullable=False),
    Column("nom_av", Text, nullable=False),
    Column("type_ap", Text, nullable=False),
    Column("code_ap", Text, nullable=False),
    Column("nom_ap", Text, nullable=False),
)

#: Outlines for drawing, generalised on the whole coverage so that borders stay shared.
contours = Table(
    "contours",
    metadata,
    Column("zoom", SmallInteger, nullable=False, comment="zoom of 512-pixel tiles"),
    Column("niveau", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("geom", Geometry("MULTIPOLYGON", 3857, spatial_index=False), nullable=False),
    PrimaryKeyConstraint("zoom", "niveau", "code"),
)
