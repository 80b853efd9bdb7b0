"""The value of each field, row by row, out of the columns of a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from boundaries.names import normalise
from etl.errors import EtlError
from etl.formats import LATITUDE, LONGITUDE
from etl.location import points_of
from etl.mapping import repairs
from etl.mapping.model import Champ, Correspondance
from etl.mapping.repairs import Column
from etl.readers.cleaning import join_address
from etl.readers.tables import flag_unreadable
from etl.signalements import Signalements

_NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
_PAIR = re.compile(rf"({_NUMBER})\s*(?:[;\s/]|,(?!\d+\s*[,;]\s))\s*({_NUMBER})")
_WKT = re.compile(rf"point\s*z?\s*\(\s*({_NUMBER})\s+({_NUMBER})[^)]*\)", re.IGNORECASE)
_LIST_SHOWN = 300


@dataclass(frozen=True)
class Binding:
    """A mapping bound to the columns of one file.

    Attributes
    ----------
    mapping : Correspondance
    names : dict of str to str
        Column of the file by the name the mapping gives it; those absent are left out.
    geometry : bool
        Whether the file has points of its own, as geographic formats have.
    """

    mapping: Correspondance
    names: dict[str, str]
    geometry: bool

    @classmethod
    def of(cls, mapping: Correspondance, columns: Sequence[str], where: str) -> Binding:
        """Find the columns a mapping names; case and accents do not matter when that is clear.

        Parameters
        ----------
        where : str
            The file, for the messages.

        Raises
        ------
        EtlError
            If a column is missing that must be there.
        """
        loose: dict[str, list[str]] = {}
        for name in columns:
            loose.setdefault(normalise(name), []).append(name)
        names: dict[str, str] = {}
        missing = []
        for name in mapping.columns():
            alike = loose.get(normalise(name), [])
            if name in columns:
                names[name] = name
            elif len(alike) == 1:
                names[name] = alike[0]
            else:
                missing.append(name)
        named = mapping.champs.nom
        unnamed = bool(named.colonnes) and not any(name in names for name in named.colonnes)
        if missing and (mapping.colonnes_absentes == "refuser" or unnamed):
            raise EtlError(
                f"{where} n'a pas la ou les colonnes {', '.join(missing)} que nomme la "
                f"correspondance « {mapping.titre} ». Colonnes trouvées : "
                f"{', '.join(columns)[:_LIST_SHOWN] or 'aucune'}. Vérifiez que c'est le bon "
                "fichier, ou corrigez la correspondance."
            )
        return cls(mapping, names, LONGITUDE in columns and LATITUDE in columns)

    def select(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Take the columns of the mapping, under its own names; absent ones are empty.

        Columns of persons cannot be among them: the mapping would have been refused.
        """
        found = {
            name: rows[self.names[name]] if name in self.names else pd.Series("", index=rows.index)
            for name in self.mapping.columns()
        }
        if self.geometry:
            found |= {name: rows[name] for name in (LONGITUDE, LATITUDE)}
        return pd.DataFrame(found, index=rows.index, dtype="str")

    def column(self, rows: pd.DataFrame, name: str) -> Column:
        """Give the value of a field, as a column to repair."""
        champ = self.mapping.champs[name]
        return Column(value_of(rows, champ), rows["ligne"], self.told(name))

    def told(self, name: str) -> str:
        """Name the column or columns of a field, for people."""
        champ = self.mapping.champs[name]
        found = [self.names.get(column, column) for column in champ.colonnes] if champ else []
        return ", ".join(found) or name


def value_of(rows: pd.DataFrame, champ: Champ | None) -> pd.Series[str]:
    """Give the value of one field for all rows: '' where there is none."""
    if champ is None:
        return pd.Series("", index=rows.index, dtype="str")
    if champ.valeur is not None:
        return pd.Series(champ.valeur, index=rows.index, dtype="str")
    texts = rows[champ.colonnes[0]]
    if champ.motif is not None:
        texts = texts.map({value: _part(champ.motif, value) for value in texts.unique()})
        texts = texts.astype("str")
    for name in champ.colonnes[1:]:
        if champ.premiere:
            texts = texts.where(texts != "", rows[name])
        else:
            both = (texts != "") & (rows[name] != "")
            texts = texts + pd.Series(champ.avec, index=rows.index).where(both, "") + rows[name]
    if champ.defaut is not None:
        texts = texts.where(texts != "", champ.defaut)
    return texts


def _part(pattern: str, value: str) -> str:
    match = re.search(pattern, value)
    if match is None:
        return ""
    return match[1] or "" if match.re.groups else match[0]


def coordinates(
    binding: Binding, rows: pd.DataFrame, signalements: Signalements
) -> tuple[pd.DataFrame, str]:
    """Read the points of rows, in order, and how people are told of them.

    Returns
    -------
    points : pandas.DataFrame
        ``lon`` and ``lat``, degrees, missing where not given or not believable.
    champ : str
        The columns they come from.
    """
    champs, lignes = binding.mapping.champs, rows["ligne"]
    if champs.latitude is not None:
        lat_texts, lon_texts = (binding.column(rows, name) for name in ("latitude", "longitude"))
        champ = f"{lat_texts.champ}, {lon_texts.champ}"
    elif champs.point is not None:
        column = binding.column(rows, "point")
        champ = column.champ
        split = split_points(column.texts, binding.mapping.axes)
        lat_texts, lon_texts = (Column(texts, lignes, champ) for texts in split)
    elif binding.geometry:
        champ = "géométrie"
        lat_texts, lon_texts = (Column(rows[name], lignes, champ) for name in (LATITUDE, LONGITUDE))
    else:
        return pd.DataFrame({"lon": np.nan, "lat": np.nan}, index=rows.index), "coordonnées"
    lat = repairs.decimals(lat_texts, signalements, wrong="point_invalide")
    lon = repairs.decimals(lon_texts, signalements, wrong="point_invalide")
    _, usable = points_of(np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64"))
    told = lat.notna() & lon.notna() & ~pd.Series(usable, index=rows.index)
    flag_unreadable(
        (lat_texts.texts + " " + lon_texts.texts).where(told, ""),
        pd.Series(usable, index=rows.index),
        lignes,
        champ,
        signalements,
    )
    return pd.DataFrame({"lon": lon, "lat": lat}).where(pd.Series(usable, index=rows.index)), champ


def split_points(texts: pd.Series[str], axes: str) -> tuple[pd.Series[str], pd.Series[str]]:
    """Split points written in one column into latitudes and longitudes, still texts.

    WKT is longitude first, whatever ``axes``. What is no point is given as the latitude, where it
    will be told to be no number.
    """
    split: dict[str, tuple[str, str]] = {}
    for value in texts.unique():
        wkt = _WKT.fullmatch(value)
        pair = _PAIR.fullmatch(value.strip("[]() ")) if wkt is None else None
        if wkt:
            split[value] = (wkt[2], wkt[1])
        elif pair:
            first, second = pair[1], pair[2]
            split[value] = (first, second) if axes.startswith("lat") else (second, first)
        else:
            split[value] = (value, "")
    latitudes = texts.map({value: pair[0] for value, pair in split.items()}).astype("str")
    longitudes = texts.map({value: pair[1] for value, pair in split.items()}).astype("str")
    return latitudes, longitudes


def full_address(
    street: pd.Series[str], postcode: pd.Series[str], city: pd.Series[str]
) -> pd.Series[str]:
    """Write addresses on one line, with postcode and commune where the street lacks them."""
    line = (postcode + " " + city).str.strip()
    rows = zip(street, postcode, city, strict=True)
    said = [_says(start, code, name) for start, code, name in rows]
    joined = join_address(street, line.where(~pd.Series(said, index=street.index), ""))
    return joined.astype("object").where(joined != "", None)


def _says(street: str, postcode: str, city: str) -> bool:
    """Tell whether a street already says its postcode, or without one ends with its commune.

    A commune elsewhere in it says nothing: « Mairie de Pessac, place… ».
    """
    if postcode:
        return postcode in street
    return bool(city) and normalise(street).endswith(normalise(city))


def fingerprints(rows: pd.DataFrame) -> pd.Series[str]:
    """Make identifiers out of what places are, for files that have none: twelve hexadecimal digits.

    Parameters
    ----------
    rows : pandas.DataFrame of str
        What tells two places apart.
    """
    texts = ["\0".join(values) for values in rows.itertuples(index=False, name=None)]
    return pd.Series(
        [hashlib.blake2b(text.encode(), digest_size=6).hexdigest() for text in texts],
        index=rows.index,
        dtype="str",
    )
