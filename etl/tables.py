"""Tables of who has what, in the schema of one publication.

They join the MetaData of :mod:`boundaries.tables` so that one call creates a whole publication.
"""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    TextClause,
    text,
)

from boundaries.tables import metadata

#: Statut of a service in a territory (DESIGN §5); the absence of a row means ``non_renseigne``.
STATUTS = ("present", "partage", "absent", "non_renseigne")


def _start_of(column: str) -> TextClause:
    """Order texts by their start: a row of an index holds 2.7 kB, and a text may be longer."""
    return text(f"left({column}, 100)")


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
    CheckConstraint(
        "lignes_lues = lignes_chargees + lignes_rejetees", name="aucune_ligne_sans_compte"
    ),
    CheckConstraint("lignes_reparees <= lignes_chargees", name="reparees_parmi_les_chargees"),
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
    Index("signalements_source", "source", "gravite", "motif", "id"),
)

#: How many of them, by reason: the summary shown without counting them again.
rapports = Table(
    "rapports",
    metadata,
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    Column("gravite", Text, nullable=False),
    Column("motif", Text, nullable=False),
    Column("libelle", Text, nullable=False, comment="French wording of the reason"),
    Column("nombre", Integer, nullable=False, comment="remarks; one a row where it is refused"),
    PrimaryKeyConstraint("source", "gravite", "motif"),
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
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    Column("localisation", Text, nullable=False, comment="etl.location.LOCALISATIONS"),
    Column("precision_m", Float, comment="estimated uncertainty of the point, metres"),
    Column("ecart_km", Float, comment="distance of the point to its commune; 0 inside"),
    Column("capacite", Float, comment="how much it can give, in its source's unit; null unknown"),
    Column("geom", Geometry("POINT", 4326, spatial_index=False), nullable=False),
    CheckConstraint("NOT ST_IsEmpty(geom)", name="lieu_sur_la_carte"),
    CheckConstraint("capacite > 0", name="capacite_positive"),
    Index("lieux_commune", "commune", _start_of("nom"), "id"),
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
    Column("statut", Text, comment="prevue, en_cours, terminee, abandonnee; null: not said"),
    Column("date_debut", Date),
    Column("date_fin", Date),
    Column("date_maj", Date, comment="when its producer last looked at it"),
    Column(
        "derniere_date",
        Date,
        Computed("coalesce(date_fin, date_maj, date_debut)", persisted=True),
        comment="what tells a recent action from an old one",
    ),
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    CheckConstraint("statut IN ('prevue', 'en_cours', 'terminee', 'abandonnee')"),
    Index("actions_porteur", "porteur_niveau", "porteur_code", _start_of("titre"), "id"),
    Index("actions_derniere_date", "derniere_date"),
)

actions_services = Table(
    "actions_services",
    metadata,
    Column("action", Text, ForeignKey("actions.id"), nullable=False),
    Column("service", Text, ForeignKey("services.code"), nullable=False),
    PrimaryKeyConstraint("service", "action"),
    Index("actions_services_action", "action"),
)

#: Where an action takes place; an action may have no point at all.
actions_points = Table(
    "actions_points",
    metadata,
    Column("action", Text, ForeignKey("actions.id"), nullable=False),
    Column("rang", Integer, nullable=False, comment="1 is the first of the action"),
    Column("commune", Text, nullable=False, comment="the one the point lies in"),
    Column("geom", Geometry("POINT", 4326, spatial_index=False), nullable=False),
    PrimaryKeyConstraint("action", "rang"),
    Index("actions_points_commune", "commune"),
    Index("actions_points_geom", "geom", postgresql_using="gist"),
)

#: Organisations that take part in actions; never people.
acteurs = Table(
    "acteurs",
    metadata,
    Column("id", Text, primary_key=True, comment="SIREN, else the normalised name"),
    Column("nom", Text, nullable=False),
    Column("siren", Text),
    Column("recherche", Text, nullable=False, comment="boundaries.names.normalise(nom)"),
    Index(
        "acteurs_recherche",
        "recherche",
        postgresql_using="gin",
        postgresql_ops={"recherche": "gin_trgm_ops"},
    ),
)

actions_acteurs = Table(
    "actions_acteurs",
    metadata,
    Column("action", Text, ForeignKey("actions.id"), nullable=False),
    Column("acteur", Text, ForeignKey("acteurs.id"), nullable=False),
    PrimaryKeyConstraint("acteur", "action"),
    Index("actions_acteurs_action", "action"),
)

#: The label « Territoires, Villes et Villages Internet » given to a territory, year by year.
labels = Table(
    "labels",
    metadata,
    Column("niveau", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("annee", SmallInteger, nullable=False),
    Column("arobases", SmallInteger, nullable=False, comment="1 to 5"),
    Column("arobase_verte", Boolean, nullable=False),
    Column("mentions", ARRAY(Text), nullable=False),
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    PrimaryKeyConstraint("niveau", "code", "annee"),
    CheckConstraint("arobases BETWEEN 1 AND 5", name="une_a_cinq_arobases"),
    Index("labels_annee", "annee", "niveau"),
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

#: From each chef-lieu to the nearest lieu that gives the service, measured as `mesures` says.
distances = Table(
    "distances",
    metadata,
    Column("service", Text, ForeignKey("services.code"), nullable=False),
    Column("commune", Text, nullable=False),
    Column("distance_km", Float, nullable=False),
    Column("duree_min", Float, comment="by road; null in straight line"),
    Column("lieu", Text, ForeignKey("lieux.id"), nullable=False),
    Column("autre_terre", Boolean, nullable=False, comment="the lieu is on another piece of land"),
    PrimaryKeyConstraint("service", "commune"),
)

#: How the distances of the publication were measured; one row.
mesures = Table(
    "mesures",
    metadata,
    Column("mode", Text, primary_key=True, comment="vol-d-oiseau: legal CRS; itineraire: by road"),
    Column("moteur", Text, comment="osrm, valhalla; null in straight line"),
    Column("profil", Text, comment="of the engine: driving, auto…"),
    Column("zones_km", ARRAY(Float), nullable=False, comment="zones of the index e2sfca"),
    Column("poids", ARRAY(Float), nullable=False, comment="weight of each zone"),
    CheckConstraint("mode IN ('vol-d-oiseau', 'itineraire')", name="mode_connu"),
)

#: What the distances and the lieux say of each commune that has a chef-lieu, by service with lieux.
accessibilites = Table(
    "accessibilites",
    metadata,
    Column("service", Text, ForeignKey("services.code"), nullable=False),
    Column("commune", Text, nullable=False),
    Column("e2sfca", Float, nullable=False, comment="per 10 000 inhabitants, straight line"),
    Column("grappe", Text, comment="local Moran of distance_km; null where not tested"),
    Column("p_valeur", Float, comment="of local Moran, two-sided, before correction"),
    Column("zone", Integer, comment="contiguous far communes: 1 is the most populated"),
    PrimaryKeyConstraint("service", "commune"),
    CheckConstraint(
        "grappe IN ('loin_loin', 'loin_pres', 'pres_loin', 'pres_pres', 'non_significatif')",
        name="grappe_connue",
    ),
)

#: Services at least one source of this publication speaks of.
services_documentes = Table(
    "services_documentes",
    metadata,
    Column("service", Text, ForeignKey("services.code"), primary_key=True),
)

#: The actions of each service with their porteur: what finds a page among millions of actions, as
#: no index spans two tables.
actions_par_porteur = Table(
    "actions_par_porteur",
    metadata,
    Column("service", Text, ForeignKey("services.code"), nullable=False),
    Column("porteur_niveau", Text, nullable=False),
    Column("porteur_code", Text, nullable=False),
    Column("action", Text, ForeignKey("actions.id"), nullable=False),
    PrimaryKeyConstraint("service", "porteur_niveau", "porteur_code", "action"),
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


def columns_declared() -> frozenset[str]:
    """Columns of the tables of a publication, as ``table.column``."""
    return frozenset(
        f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.c
    )
