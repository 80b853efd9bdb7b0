"""The places labelled France services: the CSV of the ANCT.

The comments of the file, where e-mails are written, are not read.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from etl.config import SourceConfig
from etl.location import locate, points_of
from etl.readers.base import (
    Context,
    Reading,
    check_services,
    everywhere,
    lieux_frame,
    refuse_repeated,
)
from etl.readers.cleaning import drop_persons, join_address
from etl.readers.opening_hours import Slot, format_days
from etl.readers.tables import flag_unreadable, read_csv, to_numbers
from etl.signalements import Signalements

SERVICE = "france-services"

_HOURS = ("h_lundi", "h_mardi", "h_mercredi", "h_jeudi", "h_vendredi", "h_samedi")
_COLUMNS = (
    "id_fs",
    "lib_fs",
    "adresse",
    "complement_adresse",
    "insee_com",
    "code_postal",
    "lib_com",
    "latitude",
    "longitude",
    *_HOURS,
    "prise_rdv",
)
_CLOSED = "00:00 - 00:00"
_SLOT = re.compile(r"(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})")


def read(path: Path, source: SourceConfig, context: Context) -> Reading:
    """Read the places labelled France services.

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
    rows = refuse_repeated(rows.rename(columns={"id_fs": "id"}), "id_fs", signalements)
    rows = rows.assign(
        code=rows["insee_com"],
        commune_nom=rows["lib_com"],
        lon=to_numbers(rows["longitude"]),
        lat=to_numbers(rows["latitude"]),
    )
    _, usable = points_of(rows["lon"].to_numpy(), rows["lat"].to_numpy())
    flag_unreadable(
        (rows["latitude"] + " " + rows["longitude"]).str.strip(),
        pd.Series(usable, index=rows.index),
        rows["ligne"],
        "latitude, longitude",
        signalements,
    )
    located = locate(
        rows,
        communes=context.communes,
        resolver=context.resolver,
        signalements=signalements,
        champ_code="insee_com",
        champ_point="latitude, longitude",
        champ_commune="code_postal, lib_com",
        geocoder=context.geocoder,
    )
    rows = rows.loc[located.index]
    lignes = rows["ligne"]
    city = (rows["code_postal"] + " " + rows["lib_com"]).str.strip()
    complement = drop_persons(
        rows["complement_adresse"], lignes, "complement_adresse", signalements
    )
    address = join_address(complement, rows["adresse"], city)
    names = drop_persons(rows["lib_fs"], lignes, "lib_fs", signalements)
    lieux = lieux_frame(
        rows.assign(
            id=f"{source.id}:" + rows["id"],
            nom=names.where(names != "", "France services"),
            adresse=address.where(address != "", None),
            horaires=_hours(rows, signalements),
        ),
        located,
    )
    return Reading(
        lignes_lues=lues,
        lignes_chargees=len(lieux),
        lignes_rejetees=signalements.rejetees,
        lignes_reparees=signalements.reparees,
        signalements=signalements.frame(),
        lieux=lieux,
        lieux_services=pd.DataFrame({"lieu": lieux["id"], "service": SERVICE}),
        exhaustivites=everywhere(source, context),
    )


def _slots(value: str) -> tuple[Slot, ...]:
    """Read ``09:00 - 12:00 / 14:00 - 17:00``; ``00:00 - 00:00`` stands for closed."""
    slots = []
    for part in value.split("/"):
        match = _SLOT.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"no slot: {part!r}")
        if part.strip() != _CLOSED:
            slots.append((match[1], match[2]))
    return tuple(slots)


def _hours(rows: pd.DataFrame, signalements: Signalements) -> list[str | None]:
    hours: list[str | None] = []
    wrong: list[tuple[int, str]] = []
    columns = [rows[name] for name in _HOURS]
    for ligne, rendez_vous, *days in zip(rows["ligne"], rows["prise_rdv"], *columns, strict=True):
        try:
            text = format_days([_slots(day) if day else () for day in days])
        except ValueError:
            wrong.append((int(ligne), " | ".join(days)))
            text = None
        if rendez_vous == "Oui":
            text = f"{text} ; rendez-vous possible" if text else "Rendez-vous possible"
        hours.append(text)
    signalements.add(
        "horaires_illisibles",
        [ligne for ligne, _ in wrong],
        "h_lundi à h_samedi",
        "Ces horaires ne se lisent pas, ils ne sont pas repris : {valeur}",
        [value for _, value in wrong],
    )
    return hours
