"""Tables of the catalogue of publications: a schema and MetaData of their own.

They outlive every publication, whose tables are those of :mod:`etl.tables`.
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
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

# Coverage over time (etl/history.py): kept when publications are dropped.

#: Every publication that was ever complete, in the order they were made.
historique_publications = Table(
    "historique_publications",
    catalogue,
    Column("ordre", Integer, Identity(), primary_key=True),
    Column("publication", Text, nullable=False, comment="may come twice: dropped, then made again"),
    Column("creee_le", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("activee_le", DateTime(timezone=True), comment="last time it was shown; null: never"),
    Column("date_donnees", Date, comment="latest date of its lieux and actions; null: none"),
    Column("millesime", Integer, nullable=False),
    Column("referentiel", Text, nullable=False, comment="version of the référentiel"),
    Column("services", ARRAY(Text), nullable=False, comment="documented services, sorted"),
    Index("historique_publications_id", "publication", "ordre"),
)

#: What a rate was a share of, in each publication.
historique_axes = Table(
    "historique_axes",
    catalogue,
    Column("ordre", Integer, ForeignKey("atlas.historique_publications.ordre"), nullable=False),
    Column("axe", Text, nullable=False, comment="ensemble, theme, enjeu"),
    Column("axe_code", Text, nullable=False, comment="'' for ensemble"),
    Column("documentes", Integer, nullable=False, comment="documented services of the axis"),
    PrimaryKeyConstraint("ordre", "axe", "axe_code"),
)

#: The rates of a territory, from this publication on, until a later row; written when they change.
historique = Table(
    "historique",
    catalogue,
    Column("niveau", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("axe", Text, nullable=False),
    Column("axe_code", Text, nullable=False),
    Column("ordre", Integer, ForeignKey("atlas.historique_publications.ordre"), nullable=False),
    Column("presents", Integer, comment="null: the territory is there no longer"),
    Column("taux", Float, comment="null for a commune: presents / documentes"),
    PrimaryKeyConstraint("niveau", "code", "axe", "axe_code", "ordre"),
)
