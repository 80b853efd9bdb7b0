"""Actions of councils, in the atlas's own format (:data:`etl.templates.ACTIONS`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from stdnum.fr import siren as siren_number

from boundaries import crs
from boundaries.names import normalise
from etl.config import SourceConfig
from etl.errors import EtlError
from etl.identifiers import LONGEST_ROW_ID
from etl.location import points_of
from etl.readers.base import (
    ACTEURS,
    ACTIONS,
    ACTIONS_ACTEURS,
    ACTIONS_POINTS,
    Context,
    Reading,
    everywhere,
    refuse_repeated,
)
from etl.readers.carriers import Fields, carriers
from etl.readers.cleaning import drop_persons, normalise_urls
from etl.readers.identifiers import Seen
from etl.readers.own_format import Part, read_dates, read_parts, split_cells
from etl.signalements import Signalements
from etl.templates import ACTIONS as TEMPLATE

TYPES = ("projet", "lieu", "evenement")
STATUTS = ("prevue", "en_cours", "terminee", "abandonnee")

_TERRITORY = Fields("porteur_niveau", "porteur_code")
_SIREN = re.compile(r"^(?P<nom>.*?)\s*\(\s*(?P<siren>\d{3}\s?\d{3}\s?\d{3})\s*\)$")
#: Characters kept of a key that is too long.
_START = 200
_POINT = r"^(?P<lat>[+-]?\d+(?:\.\d+)?)\s*[,;\s]\s*(?P<lon>[+-]?\d+(?:\.\d+)?)$"


def read(path: Path, source: SourceConfig, context: Context) -> Iterator[Reading]:
    """Read the actions, part by part.

    Parameters
    ----------
    path : pathlib.Path
        The file, of any format of :mod:`etl.formats`.
    source, context
        The source, and the atlas it is read for.

    Raises
    ------
    EtlError
        If the file is not of this format, is cut or too short.
    """
    wrong = sorted(set(source.exhaustive) - set(context.referentiel.codes))
    if wrong:
        raise EtlError(
            f"La source « {source.nom} » est déclarée exhaustive pour {', '.join(wrong)}, qui "
            "n'est pas un service du référentiel. Corrigez « exhaustive » dans la configuration."
        )
    seen = Seen()
    listed = everywhere(source, context)
    for part in read_parts(path, source, TEMPLATE):
        yield _reading(part, source, context, seen, listed)
        listed = listed.iloc[:0]


def _reading(
    part: Part,
    source: SourceConfig,
    context: Context,
    seen: Seen,
    listed: pd.DataFrame,
) -> Reading:
    signalements = part.signalements
    rows = refuse_repeated(part.rows, "id", signalements, seen)
    services = _services(rows, context, signalements)
    rows = rows[rows.index.isin(services.index)]
    carried = carriers(rows, _TERRITORY, context, signalements)
    rows = rows.loc[carried.index]
    services = services[services.index.isin(rows.index)]
    lignes = rows["ligne"]
    ids = f"{source.id}:" + rows["id"]
    debut, fin = _period(rows, signalements)
    description = drop_persons(rows["description"], lignes, "description", signalements)
    titre = drop_persons(rows["titre"], lignes, "titre", signalements)
    actions = pd.DataFrame(
        {
            "id": ids,
            "titre": titre.where(titre != "", "Action"),
            "description": description.where(description != ""),
            "url": normalise_urls(rows["url"], lignes, "url", signalements),
            "porteur_niveau": carried["niveau"],
            "porteur_code": carried["code"],
            "type": _word(rows, "type", TYPES, signalements).fillna("projet"),
            "statut": _word(rows, "statut", STATUTS, signalements),
            "date_debut": debut,
            "date_fin": fin,
            "date_maj": read_dates(rows["date_maj"], lignes, "date_maj", signalements),
        },
        columns=list(ACTIONS),
    ).reset_index(drop=True)
    takers = _acteurs(rows, signalements)
    points = _points(rows, ids, context, signalements)
    return Reading(
        lignes_lues=part.lues,
        lignes_chargees=len(actions),
        lignes_rejetees=signalements.rejetees,
        lignes_reparees=signalements.reparees,
        signalements=signalements.frame(),
        actions=actions,
        actions_services=pd.DataFrame(
            {"action": ids.loc[services.index], "service": services}
        ).drop_duplicates(ignore_index=True),
        actions_points=points,
        acteurs=takers[list(ACTEURS)].drop_duplicates("id", ignore_index=True),
        actions_acteurs=pd.DataFrame(
            {"action": ids.loc[takers.index], "acteur": takers["id"]}, columns=list(ACTIONS_ACTEURS)
        ).drop_duplicates(ignore_index=True),
        exhaustivites=listed,
    )


def _services(rows: pd.DataFrame, context: Context, signalements: Signalements) -> pd.Series[str]:
    """Services of each row, one by item; rows without any known one are refused."""
    items = split_cells(rows["services"]).str.lower()
    known = items.isin(context.referentiel.codes)
    kept = items[known]
    rescued = rows.index.isin(kept.index)
    strange = items[~known]
    beside = strange[strange.index.isin(kept.index)]
    signalements.add(
        "service_inconnu",
        rows["ligne"].loc[beside.index],
        "services",
        "« {valeur} » n'est pas un service du référentiel : l'action est gardée pour ses autres "
        "services.",
        beside,
    )
    lost = rows[~rescued]
    signalements.add(
        "vocabulaire_inconnu",
        lost["ligne"],
        "services",
        "« {valeur} » : aucun de ces services n'est dans le référentiel. Les codes sont à "
        "/api/referentiel.",
        lost["services"],
    )
    return kept


def _word(
    rows: pd.DataFrame, champ: str, known: tuple[str, ...], signalements: Signalements
) -> pd.Series[str]:
    """Read a cell that must hold one word of a list; missing where empty or another, flagged."""
    spellings = {normalise(word.replace("_", " ")): word for word in known}
    texts = rows[champ]
    words = texts.map(
        {text: spellings.get(normalise(text.replace("_", " "))) for text in texts.unique()}
    ).astype("object")
    wrong = (texts != "") & words.isna()
    signalements.add(
        "valeur_inconnue",
        rows.loc[wrong, "ligne"],
        champ,
        f"« {{valeur}} » n'est pas l'un de : {', '.join(known)}. La valeur est laissée vide.",
        texts[wrong],
    )
    return words


def _period(rows: pd.DataFrame, signalements: Signalements) -> tuple[pd.Series, pd.Series]:
    """First and last day; put in order where the last comes before the first."""
    debut, fin = (
        read_dates(rows[champ], rows["ligne"], champ, signalements)
        for champ in ("date_debut", "date_fin")
    )
    crossed = (debut > fin).fillna(value=False)
    signalements.add(
        "dates_inversees",
        rows.loc[crossed, "ligne"],
        "date_fin",
        "L'action finit (« {valeur} ») avant de commencer : les deux dates ont été échangées.",
        rows.loc[crossed, "date_fin"],
    )
    return debut.where(~crossed, fin), fin.where(~crossed, debut)


def _acteurs(rows: pd.DataFrame, signalements: Signalements) -> pd.DataFrame:
    """Organisations of each row: columns of table ``acteurs``; the index repeats that of the row.

    An organisation is known by its SIREN (its key checked by Luhn's formula), else by its
    normalised name.
    """
    items = split_cells(rows["acteurs"])
    split = items.str.extract(_SIREN)
    names = split["nom"].where(split["nom"].notna(), items).astype("str")
    sirens = split["siren"].str.replace(r"\s", "", regex=True)
    wrong = sirens.map(
        lambda siren: isinstance(siren, str) and not siren_number.is_valid(siren)
    ).astype("bool")
    signalements.add(
        "siren_invalide",
        rows["ligne"].loc[items.index[wrong]],
        "acteurs",
        "Le numéro SIREN de « {valeur} » est faux : l'organisation est gardée sans lui.",
        items[wrong],
    )
    sirens = sirens.where(~wrong)
    named = drop_persons(names, rows["ligne"].loc[items.index], "acteurs", signalements)
    search = named.map({name: normalise(name) for name in named.unique()}).astype("str")
    found = pd.DataFrame(
        {
            "id": sirens.where(sirens.notna(), _keys(search)),
            "nom": named,
            "siren": sirens,
            "recherche": search,
        },
        columns=list(ACTEURS),
    )
    return found[(search != "").to_numpy()]


def _keys(names: pd.Series[str]) -> pd.Series[str]:
    """Make the identifiers of organisations from their normalised names."""
    keys = names.str.replace(" ", "-")
    long = keys.str.len() > LONGEST_ROW_ID
    short = {key: f"{key[:_START]}-{sha256(key.encode()).hexdigest()[:16]}" for key in keys[long]}
    return keys.where(~long, keys.map(short))


def _points(
    rows: pd.DataFrame, ids: pd.Series[str], context: Context, signalements: Signalements
) -> gpd.GeoDataFrame:
    """Points of each action and the commune each lies in; the others are flagged and dropped."""
    items = split_cells(rows["points"])
    pairs = items.str.extract(_POINT).astype("float64")
    points, usable = points_of(pairs["lon"].to_numpy(), pairs["lat"].to_numpy())
    where = np.where(usable, context.communes.at(points), -1)
    lost = where < 0
    signalements.add(
        "point_invalide",
        rows["ligne"].loc[items.index[lost]],
        "points",
        "« {valeur} » n'est pas un point d'une commune de l'atlas (latitude,longitude en degrés) : "
        "l'action est gardée sans lui.",
        items[lost],
    )
    kept = items.index[~lost]
    return gpd.GeoDataFrame(
        {
            "action": ids.loc[kept].to_numpy(dtype="object"),
            "rang": pd.Series(1, index=kept).groupby(level=0).cumsum().to_numpy(),
            "commune": context.communes.codes.to_numpy(dtype="object")[where[~lost]],
            "geom": points[~lost],
        },
        columns=list(ACTIONS_POINTS),
        geometry="geom",
        crs=crs.GEOGRAPHIC,
    )
