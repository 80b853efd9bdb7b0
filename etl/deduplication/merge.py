"""Merging of the lieux that are one, in the tables of a publication being built."""

from __future__ import annotations

import pandas as pd
import psycopg

from boundaries.copying import copy_frame
from etl import tables
from etl.deduplication.matching import COLUMNS, same_lieux
from etl.location import LOCALISATIONS
from etl.sql import load


def deduplicate(conn: psycopg.Connection) -> int:
    """Merge the lieux of several sources that are one, and say where each lieu comes from.

    Parameters
    ----------
    conn
        Connection whose search_path is the schema of a publication being built, all sources loaded.

    Returns
    -------
    int
        Lieux merged into another one.

    Notes
    -----
    Rows loaded from the sources = lieux + merged: a source still counts every row it gave.
    """
    conn.execute(load("deduplication/provenances"))
    rows = pd.DataFrame(
        conn.execute(load("deduplication/a_comparer")).fetchall(), columns=list(COLUMNS)
    )
    found = same_lieux(rows) if len(rows) else pd.DataFrame()
    if found.empty:
        return 0
    conn.execute(
        "CREATE TEMPORARY TABLE memes_lieux (id text PRIMARY KEY, groupe int NOT NULL, "
        "score float8 NOT NULL, motifs text NOT NULL, localise int NOT NULL) ON COMMIT DROP"
    )
    order = {name: rank for rank, name in enumerate(LOCALISATIONS)}
    found["localise"] = found["id"].map(rows.set_index("id")["localisation"].map(order))
    columns = ["id", "groupe", "score", "motifs", "localise"]
    with conn.cursor().copy("COPY memes_lieux FROM STDIN") as copy:
        for row in found[columns].itertuples(index=False):
            copy.write_row(tuple(row))
    conn.execute("ANALYZE memes_lieux")
    conn.execute(load("deduplication/fusion"))
    merged = pd.DataFrame(
        conn.execute(load("deduplication/fusionnes")).fetchall(),
        columns=["source", "nom", "garde", "source_gardee", "motifs", "valeur"],
    )
    sentences = [
        f"« {row.nom} » est le même lieu que « {row.garde} » (source {row.source_gardee}) : "
        f"{row.motifs}. Ils sont réunis en un seul."
        for row in merged.itertuples()
    ]
    remarks = merged.assign(
        ligne=None, champ=None, gravite="alerte", motif="doublon_fusionne", phrase=sentences
    )
    copy_frame(conn, tables.signalements, remarks[["source", *_REMARK]])
    return len(merged)


_REMARK = ("ligne", "champ", "gravite", "motif", "phrase", "valeur")
