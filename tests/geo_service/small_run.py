"""The whole pipeline on a tiny country: eight communes, two sources of lieux, in seconds."""

from __future__ import annotations

import csv
from pathlib import Path

import shapely

from etl.config import AtlasConfig
from tests.boundaries import country
from tests.support import ROOT

_SOURCE = """
[[sources]]
id = "{id}"
nom = "{nom}"
producteur = "Producteur d'essai"
licence = "Licence Ouverte 2.0"
url = "https://exemple.fr/{id}"
date_donnees = 2026-01-01
role = "{role}"
lecteur = "{lecteur}"
fichier = "{fichier}"
"""

#: Communes of the country that have a polygon, and a point inside.
PLACES = {
    code: polygon.representative_point()
    for _, code, _, _, polygon in country.CONTOURS
    if code in country.POPULATIONS and polygon is not None
}
#: Columns of the list of France services, which `geo-service` recognises.
COLUMNS = (
    *("id_fs", "lib_fs", "adresse", "complement_adresse", "insee_com", "code_postal", "lib_com"),
    *("latitude", "longitude", "h_lundi", "h_mardi", "h_mercredi", "h_jeudi", "h_vendredi"),
    *("h_samedi", "prise_rdv"),
)


def write_lieux(path: Path, rows: int, *, wrong: int = 0, first: int = 1) -> None:
    """Write a file of lieux in the shape of France services; `wrong` of them are nowhere."""
    codes = sorted(PLACES)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        for number in range(rows):
            code = codes[number % len(codes)]
            lon, lat = shapely.get_coordinates(PLACES[code])[0]
            nowhere = number < wrong
            writer.writerow(
                {
                    "id_fs": first + number,
                    "lib_fs": f"Espace {first + number}",
                    "insee_com": "" if nowhere else code,
                    "latitude": "" if nowhere else round(lat, 6),
                    "longitude": "" if nowhere else round(lon, 6),
                }
            )


def write_config(folder: Path, *extra: str, title: str = "Petit atlas") -> Path:
    """Write the files of the country and the configuration of its atlas; return the latter."""
    data = folder / "donnees"
    data.mkdir(exist_ok=True)
    if not (data / "un.csv").exists():
        country.write_tgz(data / "cog.tgz", country.cog_tables())
        country.write_wheel(data / "contours.whl", country.CONTOURS, country.EPCIS)
        country.write_wheel(data / "epci.whl", country.membership_rows(), country.EPCIS)
        write_lieux(data / "un.csv", 20)
        write_lieux(data / "deux.csv", 10, first=101)
    sources = [
        _SOURCE.format(id=reader, nom=reader, role="territoires", lecteur=reader, fichier=name)
        for reader, name in (
            ("cog", "cog.tgz"),
            ("contours", "contours.whl"),
            ("epci", "epci.whl"),
        )
    ]
    sources += [
        _SOURCE.format(
            id=name, nom=f"Espaces {name}", role="lieux", lecteur="correspondance",
            fichier=f"{name}.csv",
        )
        for name in ("un", "deux")
    ]  # fmt: skip
    path = folder / "atlas.toml"
    path.write_text(
        f'[atlas]\ntitre = "{title}"\nmillesime = 2026\ndossier_local = "{data}"\n'
        f'referentiel = "{ROOT / "etl" / "referentiel" / "depart"}"\n'
        + "".join(sources)
        + "\n".join(extra),
        encoding="utf-8",
    )
    return path


def config(folder: Path, **settings: object) -> AtlasConfig:
    """The configuration of the tiny atlas, its files written in `folder`."""
    return AtlasConfig.load(write_config(folder)).model_copy(update=settings)
