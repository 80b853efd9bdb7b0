"""Public libraries: the CSV of the Ministère de la Culture.

Coordinates come in three columns: geocoded from the address (``coordonnees_ban``), centre of the
commune of the time (``coordonnees_insee``), and the one the producer retained
(``coordonnees_finales``: the first, else the second). A retained point equal to the centre is no
precise point, and is told as such. Columns that hold names of people (``Localisation``,
``Libelle2``: « c/o Mme… ») are not read.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from boundaries.names import normalise
from etl.config import SourceConfig
from etl.location import locate
from etl.readers.base import (
    Context,
    Reading,
    check_services,
    everywhere,
    lieux_frame,
    refuse_repeated,
)
from etl.readers.cleaning import drop_persons, join_address
from etl.readers.tables import flag_unreadable, read_csv, to_numbers
from etl.signalements import Signalements

SERVICE = "bibliotheque-publique"

_COLUMNS = (
    "code_bib",
    "Libelle1",
    "voie",
    "CP",
    "Ville",
    "INSEE",
    "coordonnees_ban",
    "coordonnees_insee",
    "coordonnees_finales",
    "type_adresse",
    "amplitude_horaire",
)
_NOT_PUBLIC = "Adresse administrative"
_DEFAULT_NAME = "Bibliothèque"
#: Two coordinates are the same point under this difference, degrees (about one metre).
_SAME = 1e-5
#: Postcodes that stand for « unknown ».
_NO_POSTCODE = "00000"


def read(path: Path, source: SourceConfig, context: Context) -> Reading:
    """Read the public libraries.

    Parameters
    ----------
    path : pathlib.Path
        The CSV file.
    source, context
        The source, and the atlas it is read for.

    Raises
    ------
    EtlError
        If the file is cut, not the one expected, or too short.
    """
    check_services(source, context, [SERVICE])
    signalements = Signalements()
    rows, lues = read_csv(path, source, _COLUMNS, signalements)
    # Identifiers went through a spreadsheet that made them decimals: 8724.0.
    rows = rows.assign(id=rows["code_bib"].str.removesuffix(".0"), code=rows["INSEE"])
    rows = refuse_repeated(rows, "code_bib", signalements)
    rows = _refuse_offices(rows, signalements)
    rows = _points(rows, signalements)
    lignes = rows["ligne"]
    names = drop_persons(rows["Libelle1"], lignes, "Libelle1", signalements)
    signalements.add(
        "nom_absent",
        lignes[names == ""],
        "Libelle1",
        f"La ligne n'a pas de nom utilisable : « {_DEFAULT_NAME} » est mis à la place.",
    )
    rows = rows.assign(
        nom=names.where(names != "", _DEFAULT_NAME),
        voie=drop_persons(rows["voie"], lignes, "voie", signalements),
        code_postal=rows["CP"].where(rows["CP"] != _NO_POSTCODE, ""),
        commune_nom=rows["Ville"],
    )
    located = locate(
        _refuse_twins(rows, signalements).rename(columns={"voie": "adresse"}),
        communes=context.communes,
        resolver=context.resolver,
        signalements=signalements,
        champ_code="INSEE",
        champ_point="coordonnees_finales",
        champ_commune="CP, Ville",
        geocoder=context.geocoder,
    )
    rows = rows.loc[located.index]
    city = (rows["code_postal"] + " " + rows["Ville"]).str.strip()
    address = join_address(rows["voie"], city)
    lieux = lieux_frame(
        rows.assign(
            id=f"{source.id}:" + rows["id"],
            adresse=address.where(address != "", None),
            horaires=_hours(rows["amplitude_horaire"]),
        ),
        located,
    )
    return Reading.of_lieux(
        lieux,
        signalements,
        lues=lues,
        lieux_services=pd.DataFrame({"lieu": lieux["id"], "service": SERVICE}),
        exhaustivites=everywhere(source, context),
    )


def _refuse_offices(rows: pd.DataFrame, signalements: Signalements) -> pd.DataFrame:
    """Refuse the addresses where nobody is received; some are homes of volunteers."""
    offices = rows["type_adresse"] == _NOT_PUBLIC
    return signalements.refuse(
        rows,
        offices,
        "hors_du_public",
        "type_adresse",
        "C'est une adresse administrative, où le public n'est pas reçu.",
        column="type_adresse",
    )


def _pair(texts: pd.Series[str]) -> pd.DataFrame:
    """Split ``latitude, longitude`` into numbers."""
    parts = texts.str.extract(r"^\s*(?P<lat>[^,]+),(?P<lon>[^,]+)$")
    return pd.DataFrame({name: to_numbers(parts[name].str.strip()) for name in ("lat", "lon")})


def _points(rows: pd.DataFrame, signalements: Signalements) -> pd.DataFrame:
    """Choose a precise point and a centre to fall back on."""
    geocoded, centre, final = (
        _pair(rows[f"coordonnees_{name}"]) for name in ("ban", "insee", "finales")
    )
    flag_unreadable(
        rows["coordonnees_finales"],
        final.notna().all(axis=1),
        rows["ligne"],
        "coordonnees_finales",
        signalements,
    )
    chosen = final.where(final.notna().all(axis=1), geocoded)
    at_centre = ((chosen - centre).abs() < _SAME).all(axis=1)
    chosen = chosen.mask(at_centre)
    return rows.assign(
        lon=chosen["lon"], lat=chosen["lat"], repli_lon=centre["lon"], repli_lat=centre["lat"]
    )


def _refuse_twins(rows: pd.DataFrame, signalements: Signalements) -> pd.DataFrame:
    """Refuse a library of the same name, street, commune and point as one before.

    Without street nor point nothing tells two villages of one commune apart: none is refused.
    """
    key = pd.DataFrame(
        {
            "nom": rows["nom"].map(normalise),
            "voie": rows["voie"].map(normalise),
            "code": rows["code"],
            "lon": rows["lon"].round(5),
            "lat": rows["lat"].round(5),
        }
    )
    twins = key.duplicated() & ((key["voie"] != "") | key["lon"].notna())
    return signalements.refuse(
        rows,
        twins,
        "doublon",
        "Libelle1",
        "« {valeur} » figure déjà plus haut, à la même adresse.",
        column="nom",
    )


def _hours(texts: pd.Series[str]) -> pd.Series[str]:
    """Write the weekly opening time: « 13 h 30 par semaine ». Zero means unknown."""
    minutes = (to_numbers(texts) * 60).round()
    minutes = minutes.where((minutes > 0) & (minutes <= 7 * 24 * 60))
    hours: pd.Series[str] = minutes.dropna().astype("int64").map(_weekly)
    filled = hours.reindex(texts.index).astype("object")
    return filled.where(filled.notna(), None)


def _weekly(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours}\u00a0h" + (f"\u00a0{rest:02d}" if rest else "") + " par semaine"
