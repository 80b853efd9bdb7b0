"""Tables of who has what, in the schema of one publication, and the catalogue of publications.

The tables of a publication join the MetaData of :mod:`boundaries.tables` so that one call creates a
whole publication. The catalogue has its own MetaData: it outlives every publication.
"""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from boundaries.tables import metadata

#: Statut of a service in a territory (DESIGN §5); the absence of a row means ``non_renseigne``.
STATUTS = ("present", "partage", "absent", "non_renseigne")

# --- the référentiel ---------------------------------------------------------------------------

referentiels = Table(
    "referentiels",
    metadata,
    Column("version", Text, primary_key=True),
    Column("libelle", Text, nullable=False),
    Column("demarrage", Boolean, nullable=False, comment="true: starter list, to be replaced"),
    Column("note", Text, nullable=False),
)

themes = Table(
    "themes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("libelle", Text, nullable=False),
    Column("ordre", Integer, nullable=False),
)

enjeux = Table(
    "enjeux",
    metadata,
    Column("code", Text, primary_key=True),
    Column("theme", Text, ForeignKey("themes.code"), nullable=False),
    Column("libelle", Text, nullable=False),
    Column("ordre", Integer, nullable=False),
)

services = Table(
    "services",
    metadata,
    Column("code", Text, primary_key=True),
    Column("enjeu", Text, ForeignKey("enjeux.code"), nullable=False),
    Column("libelle", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("ordre", Integer, nullable=False),
)

# --- what was read -----------------------------------------------------------------------------

sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("nom", Text, nullable=False),
    Column("producteur", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("url", Text, comment="page of the producer"),
    Column("date_donnees", Date, nullable=False, comment="the day the data speak of"),
    Column("role", Text, nullable=False, comment="territoires, lieux, actions…"),
    Column("statut", Text, nullable=False, comment="chargee, absente"),
    Column("lignes_lues", Integer),
    Column("lignes_chargees", Integer),
    Column("lignes_rejetees", Integer),
    Column("lignes_reparees", Integer),
    Column("exhaustive", ARRAY(Text), nullable=False, comment="services it lists without omission"),
    Column("empreinte", Text, comment="sha256 of the file read"),
    Column("note", Text),
)

#: What was refused, repaired or flagged in a source, row by row, with a French sentence.
signalements = Table(
    "signalements",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    Column("ligne", Integer, comment="1 is the first row of data"),
    Column("champ", Text),
    Column("gravite", Text, nullable=False, comment="rejet, reparation, alerte"),
    Column("motif", Text, nullable=False, comment="stable code of the reason"),
    Column("phrase", Text, nullable=False),
    Column("valeur", Text),
    CheckConstraint("gravite IN ('rejet', 'reparation', 'alerte')", name="gravite_connue"),
    Index("signalements_source", "source", "gravite", "motif"),
)

lieux = Table(
    "lieux",
    metadata,
    Column("id", Text, primary_key=True, comment="source id : id in the source"),
    Column("nom", Text, nullable=False),
    Column("commune", Text, nullable=False),
    Column("adresse", Text),
    Column("horaires", Text),
    Column("accessibilite", Text),
    Column("site_web", Text),
    Column("telephone", Text),
    Column("date_maj", Date),
    Column("siret", Text, comment="14 digits with a right key; null when absent or wrong"),
    Column("typologie", Text, comment="kind of place, a code of the source's vocabulary"),
    Column("capacite", Float, comment="what the source says it can give, in its own unit"),
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    Column("localisation", Text, nullable=False, comment="etl.location.LOCALISATIONS"),
    Column("precision_m", Float, comment="estimated uncertainty of the point, metres"),
    Column("ecart_km", Float, comment="distance of the point to its commune; 0 inside"),
    Column("geom", Geometry("POINT", 4326, spatial_index=False), nullable=False),
    CheckConstraint("NOT ST_IsEmpty(geom)", name="lieu_sur_la_carte"),
    Index("lieux_commune", "commune"),
    Index("lieux_geom", "geom", postgresql_using="gist"),
)

lieux_services = Table(
    "lieux_services",
    metadata,
    Column("lieu", Text, ForeignKey("lieux.id"), nullable=False),
    Column("service", Text, ForeignKey("services.code"), nullable=False),
    PrimaryKeyConstraint("service", "lieu"),
    Index("lieux_services_lieu", "lieu"),
)

#: Where a lieu comes from: one row for each row of a source that made it, itself included.
lieux_provenances = Table(
    "lieux_provenances",
    metadata,
    Column("lieu", Text, ForeignKey("lieux.id"), nullable=False),
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    Column("identifiant", Text, nullable=False, comment="in the source"),
    Column("nom", Text, nullable=False, comment="in the source"),
    Column("score", Float, comment="points that tie it to the others; null when alone"),
    Column("motifs", Text, comment="why, in French; null when alone"),
    PrimaryKeyConstraint("lieu", "source"),
    Index("lieux_provenances_source", "source", "identifiant"),
)

actions = Table(
    "actions",
    metadata,
    Column("id", Text, primary_key=True, comment="source id : id in the source"),
    Column("titre", Text, nullable=False),
    Column("description", Text),
    Column("url", Text),
    Column("porteur_niveau", Text, nullable=False),
    Column("porteur_code", Text, nullable=False),
    Column("type", Text, nullable=False, comment="projet, lieu, evenement"),
    Column("date_debut", Date),
    Column("date_fin", Date),
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    Index("actions_porteur", "porteur_niveau", "porteur_code"),
)

actions_services = Table(
    "actions_services",
    metadata,
    Column("action", Text, ForeignKey("actions.id"), nullable=False),
    Column("service", Text, ForeignKey("services.code"), nullable=False),
    PrimaryKeyConstraint("service", "action"),
    Index("actions_services_action", "action"),
)

#: Communes for which a source lists every place or action of a service: nothing there is a gap.
exhaustivites = Table(
    "exhaustivites",
    metadata,
    Column("service", Text, ForeignKey("services.code"), nullable=False),
    Column("commune", Text, nullable=False),
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    PrimaryKeyConstraint("service", "commune", "source"),
)

# --- what is computed --------------------------------------------------------------------------

#: The point distances are measured from: the mairie, or a point inside the commune without one.
chefs_lieux = Table(
    "chefs_lieux",
    metadata,
    Column("commune", Text, primary_key=True),
    Column("origine", Text, nullable=False, comment="mairie, centre"),
    Column("geom", Geometry("POINT", 4326, spatial_index=False), nullable=False),
)

#: From each chef-lieu to the nearest lieu that gives the service, straight line, legal CRS.
distances = Table(
    "distances",
    metadata,
    Column("service", Text, ForeignKey("services.code"), nullable=False),
    Column("commune", Text, nullable=False),
    Column("distance_km", Float, nullable=False),
    Column("lieu", Text, ForeignKey("lieux.id"), nullable=False),
    PrimaryKeyConstraint("service", "commune"),
)

#: Services at least one source of this publication speaks of.
services_documentes = Table(
    "services_documentes",
    metadata,
    Column("service", Text, ForeignKey("services.code"), primary_key=True),
)

#: A service in a territory of any level; no row means ``non_renseigne`` and nothing known.
couvertures = Table(
    "couvertures",
    metadata,
    Column("niveau", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("service", Text, ForeignKey("services.code"), nullable=False),
    Column("statut", Text, nullable=False),
    Column("actions", Integer, nullable=False, comment="carried in the territory, by any level"),
    Column("lieux", Integer, nullable=False),
    Column("communes_presentes", Integer, nullable=False),
    Column("communes_partagees", Integer, nullable=False),
    Column("communes_absentes", Integer, nullable=False),
    Column("population_couverte", Integer, nullable=False, comment="present or shared"),
    Column("population_absente", Integer, nullable=False),
    PrimaryKeyConstraint("niveau", "code", "service"),
    CheckConstraint("statut IN ('present', 'partage', 'absent', 'non_renseigne')"),
    Index("couvertures_service", "service", "niveau"),
)

#: Rates by axis: all services ('ensemble'), each thème, each enjeu with a documented service.
taux = Table(
    "taux",
    metadata,
    Column("niveau", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("axe", Text, nullable=False, comment="ensemble, theme, enjeu"),
    Column("axe_code", Text, nullable=False, comment="'' for ensemble"),
    Column("documentes", Integer, nullable=False, comment="documented services of the axis"),
    Column("presents", Integer, nullable=False, comment="of these, present or shared here"),
    Column(
        "taux",
        Float,
        comment="0 to 1; commune: presents / documentes; larger: mean weighted by population",
    ),
    PrimaryKeyConstraint("niveau", "code", "axe", "axe_code"),
    Index("taux_axe", "axe", "axe_code", "niveau"),
)

# --- the catalogue of publications -------------------------------------------------------------

catalogue = MetaData(schema="atlas")

publications = Table(
    "publications",
    catalogue,
    Column("id", Text, primary_key=True, comment="hash of the inputs and of the code"),
    Column("creee_le", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("activee_le", DateTime(timezone=True)),
    Column("millesime", Integer, nullable=False, comment="year of the COG it speaks"),
    Column("entrees", JSONB, nullable=False, comment="what the id is a hash of"),
    Column("controles", JSONB, nullable=False, comment="checks passed, with their figures"),
    Column("durees", JSONB, nullable=False, comment="seconds by step"),
    Column("archives", JSONB, nullable=False, comment="sha256 and size of each tile archive"),
)

#: One row: the publication that readers see.
publication_active = Table(
    "publication_active",
    catalogue,
    Column("unique_ligne", Boolean, primary_key=True, server_default="true"),
    Column("publication", Text, ForeignKey("atlas.publications.id"), nullable=False),
    CheckConstraint("unique_ligne", name="une_seule_ligne"),
)


def schema_of(publication: str) -> str:
    """Name of the PostgreSQL schema that holds a publication's tables."""
    return f"pub_{publication}"
