"""Small files and mappings, read for the small atlas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from etl.mapping import reader
from etl.readers import Context, Reading
from tests.etl import small_atlas

MAPPING = """
titre = "Essai"
vides = ["-"]
[champs]
identifiant = "id"
nom = { joindre = ["nom"], defaut = "Lieu" }
adresse = ["adresse"]
code_postal = "cp"
commune = "ville"
code_insee = "insee"
latitude = "lat"
longitude = "lon"
siret = "siret"
telephone = "tel"
site_web = "web"
typologie = "type"
capacite = "places"
date_maj = "maj"
[horaires]
format = "osm"
colonnes = "horaires"
[[filtres]]
colonne = "etat"
exclure = ["fermé"]
raison = "le lieu est fermé."
[[services.tables]]
colonnes = "services"
separateurs = [";"]
vocabulaire = "mediation-numerique"
[services.tables.valeurs]
"Imprimante 3D" = "fablab"
"Accueil" = []
"""
COLUMNS = ("id", "nom", "adresse", "cp", "ville", "insee", "lat", "lon", "siret", "tel", "web",
           "type", "places", "maj", "horaires", "etat", "services")  # fmt: skip


def place(identifier: str, **values: str) -> dict[str, str]:
    """One row, in the middle of Amareins."""
    return {
        "id": identifier,
        "nom": "Espace numérique",
        "insee": "01001",
        "lat": "46.05",
        "lon": "5.05",
        "services": "Imprimante 3D",
        **values,
    }


def write(folder: Path, rows: Iterable[Mapping[str, Any]], mapping: str = MAPPING) -> Path:
    """Write the rows as JSON, and beside them their mapping."""
    full = [{name: row.get(name, "") for name in COLUMNS} | dict(row) for row in rows]
    path = folder / "lieux.json"
    path.write_text(json.dumps(full), encoding="utf-8")
    (folder / "lieux.toml").write_text(mapping, encoding="utf-8")
    return path


def parts(path: Path, context: Context, **settings: Any) -> list[Reading]:
    """Read a file through the mapping beside it, or the one that is named."""
    known = {"id": "essai", "correspondance": str(path.with_suffix(".toml")), **settings}
    source = small_atlas.source("correspondance", **known)
    return list(reader.read(path, source, context))


def read(
    folder: Path, *rows: Mapping[str, Any], mapping: str = MAPPING, **settings: Any
) -> Reading:
    """Write and read, in one part."""
    (reading,) = parts(write(folder, rows, mapping), small_atlas.context(), **settings)
    return reading


def reasons(reading: Reading) -> dict[int, list[str]]:
    """Reasons of the remarks, by row."""
    said = reading.signalements
    return {int(line): sorted(rows["motif"]) for line, rows in said.groupby("ligne")}


def check_account(readings: Iterable[Reading], rows: int) -> pd.DataFrame:
    """Check that every row is loaded or refused once, and give all the remarks."""
    whole = list(readings)
    said = pd.concat([reading.signalements for reading in whole], ignore_index=True)
    refused = said.loc[said["gravite"] == "rejet", "ligne"]
    assert refused.is_unique
    assert sum(reading.lignes_lues for reading in whole) == rows
    assert sum(reading.lignes_rejetees for reading in whole) == len(refused)
    assert sum(reading.lignes_chargees for reading in whole) == rows - len(refused)
    return said
