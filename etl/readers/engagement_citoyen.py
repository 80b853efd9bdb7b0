"""Territories that the ANCT helps to involve inhabitants: actions of any niveau."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from pathlib import Path

import pandas as pd

from etl.config import SourceConfig
from etl.readers.base import ACTIONS, Context, Reading, check_services, everywhere, refuse_repeated
from etl.readers.carriers import Fields, carriers
from etl.readers.cleaning import normalise_urls
from etl.readers.tables import read_csv
from etl.signalements import Signalements

VOCABULARY = "engagement-citoyen"

_TERRITORY = Fields("echelon", "codgeo", "libgeo")
_COLUMNS = (
    "id_engcit",
    "codgeo",
    "libgeo",
    "echelon",
    "dispositif",
    "periode",
    "ingredients",
    "url",
)
#: « Sep. 2021-Dec.2022 », « 2021-2025 ».
_PERIOD = re.compile(r"(?:([a-zéû]+)\.?\s*)?(\d{4})\s*-\s*(?:([a-zéû]+)\.?\s*)?(\d{4})")
_MONTHS = (
    ("jan", 1),
    ("fe", 2),
    ("fé", 2),
    ("mar", 3),
    ("av", 4),
    ("ap", 4),
    ("mai", 5),
    ("may", 5),
    ("jun", 6),
    ("juin", 6),
    ("jul", 7),
    ("juil", 7),
    ("ao", 8),
    ("au", 8),
    ("sep", 9),
    ("oct", 10),
    ("nov", 11),
    ("dec", 12),
    ("déc", 12),
)


def read(path: Path, source: SourceConfig, context: Context) -> Reading:
    """Read the actions.

    Parameters
    ----------
    path : pathlib.Path
        The CSV file.
    source, context
        The source, and the atlas it is read for; the référentiel holds the correspondence
        ``engagement-citoyen``.

    Raises
    ------
    EtlError
        If the file is cut, not the one expected, or too short.
    """
    devices = context.referentiel.crosswalk(VOCABULARY, "dispositif")
    subjects = context.referentiel.crosswalk(VOCABULARY, "ingredients")
    spoken = sorted({*devices.services.values(), *subjects.services.values()})
    check_services(source, context, spoken)
    signalements = Signalements()
    rows, lues = read_csv(path, source, _COLUMNS, signalements)
    rows = refuse_repeated(rows.rename(columns={"id_engcit": "id"}), "id_engcit", signalements)
    rows = _refuse_broken(rows, signalements)
    known = rows["dispositif"].isin(devices.services)
    signalements.add(
        "vocabulaire_inconnu",
        rows.loc[~known, "ligne"],
        "dispositif",
        "Le dispositif « {valeur} » n'a pas de service correspondant. Ajoutez-le dans "
        f"correspondances/{VOCABULARY}.csv.",
        rows.loc[~known, "dispositif"],
    )
    rows = rows[known]
    carried = carriers(rows, _TERRITORY, context, signalements)
    rows = rows.loc[carried.index]
    lignes = rows["ligne"]
    unknown = (rows["ingredients"] != "") & ~rows["ingredients"].isin(subjects.services)
    signalements.add(
        "theme_inconnu",
        lignes[unknown],
        "ingredients",
        "Le thème « {valeur} » n'a pas de service correspondant. Ajoutez-le dans "
        f"correspondances/{VOCABULARY}.csv.",
        rows.loc[unknown, "ingredients"],
    )
    dates = _dates(rows, signalements)
    ids = f"{source.id}:" + rows["id"]
    subject = rows["ingredients"].map(subjects.libelles).astype("object")
    actions = pd.DataFrame(
        {
            "id": ids,
            "titre": rows["dispositif"].map(devices.libelles),
            "description": ("Thème : " + subject + ".").where(subject.notna(), None),
            "url": normalise_urls(rows["url"], lignes, "url", signalements),
            "porteur_niveau": carried["niveau"],
            "porteur_code": carried["code"],
            "type": "projet",
            "date_debut": [start for start, _ in dates],
            "date_fin": [end for _, end in dates],
        },
        columns=list(ACTIONS),
    ).reset_index(drop=True)
    services = pd.concat(
        [
            pd.DataFrame({"action": ids, "service": rows["dispositif"].map(devices.services)}),
            pd.DataFrame({"action": ids, "service": rows["ingredients"].map(subjects.services)}),
        ]
    ).dropna()
    return Reading(
        lignes_lues=lues,
        lignes_chargees=len(actions),
        lignes_rejetees=signalements.rejetees,
        lignes_reparees=signalements.reparees,
        signalements=signalements.frame(),
        actions=actions,
        actions_services=services.drop_duplicates().reset_index(drop=True),
        exhaustivites=everywhere(source, context),
    )


def _refuse_broken(rows: pd.DataFrame, signalements: Signalements) -> pd.DataFrame:
    """Refuse broken references of spreadsheets."""
    broken = rows["codgeo"].str.startswith("#") | rows["echelon"].str.startswith("#")
    return signalements.refuse(
        rows,
        broken,
        "reference_invalide",
        "codgeo",
        "« {valeur} » est une référence cassée du tableur d'origine : le territoire est inconnu.",
        column="codgeo",
    )


def _month(text: str | None, default: int) -> int:
    """Return the number of a month from its French or English beginning."""
    if text is None:
        return default
    for beginning, month in _MONTHS:
        if text.startswith(beginning):
            return month
    raise ValueError(f"no month: {text!r}")


def read_period(text: str) -> tuple[dt.date, dt.date]:
    """Read a period, from the first day of its beginning to the last day of its end.

    Raises
    ------
    ValueError
        If it is no period.
    """
    match = _PERIOD.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"no period: {text!r}")
    start = dt.date(int(match[2]), _month(match[1], 1), 1)
    year, month = int(match[4]), _month(match[3], 12)
    end = dt.date(year, month, calendar.monthrange(year, month)[1])
    if end < start:
        raise ValueError(f"a period ends before it starts: {text!r}")
    return start, end


def _dates(
    rows: pd.DataFrame, signalements: Signalements
) -> list[tuple[dt.date | None, dt.date | None]]:
    dates: list[tuple[dt.date | None, dt.date | None]] = []
    wrong: list[tuple[int, str]] = []
    for ligne, text in zip(rows["ligne"], rows["periode"], strict=True):
        try:
            dates.append(read_period(text) if text else (None, None))
        except ValueError:
            dates.append((None, None))
            wrong.append((int(ligne), text))
    signalements.add(
        "periode_illisible",
        [ligne for ligne, _ in wrong],
        "periode",
        "La période « {valeur} » ne se lit pas : les dates sont laissées vides.",
        [text for _, text in wrong],
    )
    return dates
