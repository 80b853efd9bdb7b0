"""Made-up lieux and actions by the million, in the shape of real files, for measuring only.

``python -m tests.benchmarks.synthetic 200000 350000 lieux.csv actions.csv`` writes both files.

Every name ends with « (fictif) » and every source is « données synthétiques » (etl.synthetic
refuses them in a real atlas). The same seed gives the same bytes.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from boundaries import build
from etl.config import AtlasConfig, SourceConfig
from etl.fetch import fetch
from etl.readers import Context, Reading
from etl.readers.base import ACTIONS, LIEUX
from etl.signalements import Signalements
from etl.synthetic import MARK
from tests.support import DOWNLOADS, ROOT

#: Rows made, or read, at once.
PART = 50_000

#: Words of the médiation numérique vocabulary, and the service of the starter référentiel each
#: stands for here.
SERVICES = {
    "Aide aux démarches administratives": "aide-demarches-numeriques",
    "Maîtrise des outils numériques du quotidien": "ateliers-initiation-numerique",
    "Insertion professionnelle via le numérique": "accompagnement-emploi-numerique",
    "Parentalité et éducation avec le numérique": "parents-et-ecrans",
    "Accès internet et matériel informatique": "espace-public-numerique",
    "Acquisition de matériel informatique à prix solidaire": "don-materiel-informatique",
}
#: Services of the actions: some of every thème.
ACTION_SERVICES = (
    "budget-participatif",
    "demarches-en-ligne",
    "donnees-ouvertes",
    "portail-famille",
    "wifi-public",
    "subventions-associations-en-ligne",
    "ecoles-connectees",
    "archives-numerisees",
    "fablab",
    "marches-publics-en-ligne",
)
#: Columns of the « schéma des lieux de médiation numérique » 1.0.2 that are filled here.
LIEUX_COLUMNS = (
    "id",
    "nom",
    "commune",
    "code_postal",
    "code_insee",
    "adresse",
    "latitude",
    "longitude",
    "typologie",
    "source",
    "date_maj",
    "services",
)
ACTION_COLUMNS = (
    "id",
    "titre",
    "description",
    "url",
    "porteur_niveau",
    "porteur_code",
    "type",
    "date_debut",
    "date_fin",
    "statut",
    "services",
)

#: Kilometres of a degree of latitude.
KM_PER_DEGREE = 111.2

#: One commune in so many rows is of no one, one point in so many is missing: files have faults.
FAULTS = 200


def write_lieux(path: Path, rows: int, communes: gpd.GeoDataFrame, seed: int = 0) -> None:
    """Write made-up lieux, more of them where more people live.

    Parameters
    ----------
    communes
        ``code, nom, population, superficie_km2`` and ``centre`` (EPSG:4326).
    """
    random = np.random.default_rng(seed)
    people = communes["population"].fillna(0).to_numpy(dtype="float64") + 1
    radius = np.sqrt(communes["superficie_km2"].to_numpy() / np.pi) / KM_PER_DEGREE
    lon, lat = shapely.get_coordinates(communes["centre"].to_numpy()).T
    codes, names = communes["code"].to_numpy(), communes["nom"].to_numpy()
    words = np.array(list(SERVICES))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(LIEUX_COLUMNS)
        for first in range(0, rows, PART):
            count = min(PART, rows - first)
            number = np.arange(first, first + count)
            where = random.choice(len(codes), count, p=people / people.sum())
            faulty = random.integers(0, FAULTS, count)
            pairs = [
                "|".join(sorted({words[a], words[b]}))
                for a, b in random.integers(0, len(words), (count, 2))
            ]
            # As wide as the commune: a disc of its area holds two in three of them.
            spread = radius[where] / 2
            north = random.normal(0, 1, count) * spread
            east = random.normal(0, 1, count) * spread / np.cos(np.radians(lat[where]))
            frame = pd.DataFrame(
                {
                    "id": [f"fictif-{n}" for n in number],
                    "nom": [f"Espace numérique n° {n} {MARK}" for n in number],
                    "commune": names[where],
                    "code_postal": "",
                    "code_insee": np.where(faulty == 0, "99999", codes[where]),
                    "adresse": [f"{n % 300 + 1} rue des Essais" for n in number],
                    "latitude": (lat[where] + north).round(6),
                    "longitude": (lon[where] + east).round(6),
                    "typologie": "TIERS_LIEUX",
                    "source": "données synthétiques",
                    "date_maj": "2026-01-01",
                    "services": pairs,
                },
                columns=list(LIEUX_COLUMNS),
            )
            frame.loc[faulty == 1, ["latitude", "longitude"]] = np.nan
            frame.to_csv(file, index=False, header=False)


def write_actions(path: Path, rows: int, carriers: pd.DataFrame, seed: int = 1) -> None:
    """Write made-up actions: nine in ten of communes, the others of EPCI and départements.

    Parameters
    ----------
    carriers
        ``niveau, code`` of the territories that may carry one.
    """
    random = np.random.default_rng(seed)
    weights = carriers["niveau"].map({"commune": 0.9, "epci": 0.08, "departement": 0.02})
    weights = (weights / carriers.groupby("niveau")["niveau"].transform("size")).to_numpy()
    services = np.array(ACTION_SERVICES)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(ACTION_COLUMNS)
        for first in range(0, rows, PART):
            count = min(PART, rows - first)
            number = np.arange(first, first + count)
            who = random.choice(len(carriers), count, p=weights / weights.sum())
            faulty = random.integers(0, FAULTS, count) == 0
            starts = np.datetime64("2016-01-01") + random.integers(0, 3650, count)
            pairs = [
                "|".join(sorted({services[a], services[b]}))
                for a, b in random.integers(0, len(services), (count, 2))
            ]
            pd.DataFrame(
                {
                    "id": [f"fictive-{n}" for n in number],
                    "titre": [f"Action n° {n} {MARK}" for n in number],
                    "description": "Action inventée pour mesurer la vitesse de l'atlas.",
                    "url": "",
                    "porteur_niveau": carriers["niveau"].to_numpy()[who],
                    "porteur_code": np.where(faulty, "99999", carriers["code"].to_numpy()[who]),
                    "type": "projet",
                    "date_debut": starts.astype(str),
                    "date_fin": "",
                    "statut": "en_cours",
                    "services": pairs,
                },
                columns=list(ACTION_COLUMNS),
            ).to_csv(file, index=False, header=False)


def read_lieux(path: Path, source: SourceConfig, context: Context) -> Iterator[Reading]:
    """Read what :func:`write_lieux` wrote, part by part; a reader of the pipeline."""
    for rows, remarks in _parts(path):
        unknown = ~rows["code_insee"].isin(context.codes["commune"])
        _refuse(remarks, rows[unknown], "commune_inconnue", "code_insee")
        placeless = ~unknown & (rows["latitude"] == "")
        _refuse(remarks, rows[placeless], "sans_localisation", "latitude")
        kept = rows[~unknown & ~placeless]
        identifiers = source.id + ":" + kept["id"]
        lieux = pd.DataFrame(
            {
                "id": identifiers,
                "nom": kept["nom"],
                "commune": kept["code_insee"],
                "adresse": kept["adresse"],
                "date_maj": pd.to_datetime(kept["date_maj"]).dt.date,
                "localisation": "point",
                "ecart_km": 0.0,
                "geom": shapely.points(
                    kept["longitude"].astype("float64"), kept["latitude"].astype("float64")
                ),
            }
        ).reindex(columns=list(LIEUX))
        given = kept["services"].str.split("|").explode()
        yield Reading(
            len(rows),
            len(kept),
            remarks.rejetees,
            0,
            remarks.frame(),
            lieux=gpd.GeoDataFrame(lieux, geometry="geom", crs=4326),
            lieux_services=pd.DataFrame(
                {"lieu": source.id + ":" + kept["id"].loc[given.index], "service": given}
            ).assign(service=lambda frame: frame["service"].map(SERVICES)),
        )


def read_actions(path: Path, source: SourceConfig, context: Context) -> Iterator[Reading]:
    """Read what :func:`write_actions` wrote, part by part; a reader of the pipeline."""
    for rows, remarks in _parts(path):
        known = {f"{niveau}/{code}" for niveau, codes in context.codes.items() for code in codes}
        unknown = ~(rows["porteur_niveau"] + "/" + rows["porteur_code"]).isin(known)
        _refuse(remarks, rows[unknown], "porteur_inconnu", "porteur_code")
        kept = rows[~unknown]
        given = kept["services"].str.split("|").explode()
        actions = kept.assign(
            id=source.id + ":" + kept["id"],
            date_debut=pd.to_datetime(kept["date_debut"]).dt.date,
            date_fin=None,
            url=None,
        )
        yield Reading(
            len(rows),
            len(kept),
            remarks.rejetees,
            0,
            remarks.frame(),
            actions=actions.reindex(columns=list(ACTIONS)),
            actions_services=pd.DataFrame(
                {"action": source.id + ":" + kept["id"].loc[given.index], "service": given}
            ),
        )


def _parts(path: Path) -> Iterator[tuple[pd.DataFrame, Signalements]]:
    first = 1
    for rows in pd.read_csv(path, dtype=str, keep_default_na=False, chunksize=PART):
        rows["ligne"] = np.arange(first, first + len(rows))
        first += len(rows)
        yield rows, Signalements()


def _refuse(remarks: Signalements, rows: pd.DataFrame, motif: str, champ: str) -> None:
    remarks.add(motif, rows["ligne"], champ, "« {valeur} » ne convient pas.", rows[champ])


def main() -> None:
    """Write both files for the real territories."""
    config = AtlasConfig.load(ROOT / "atlas.toml")
    paths = {
        name: fetch(config.source(name), DOWNLOADS, config.dossier_local, lambda _sentence: None)
        for name in ("cog-2026", "contours-2024", "epci-2026")
    }
    built = build.from_files(*(path for path in paths.values() if path))
    drawn = built.territoires[built.territoires["centre"].notna()]
    carriers = built.appartenances[["niveau", "code"]].drop_duplicates()
    lieux, actions = map(int, sys.argv[1:3])
    write_lieux(Path(sys.argv[3]), lieux, drawn[drawn["niveau"] == "commune"])
    write_actions(
        Path(sys.argv[4]),
        actions,
        carriers[carriers["niveau"].isin(["commune", "epci", "departement"])],
    )


if __name__ == "__main__":
    main()
