"""INSEE's file of the changes of the communes since 1943 (``mvtcommune_AAAA.csv``).

One row a pair of commune before and commune after: a merger of three into one is three rows, one of
which may keep its code. The meaning of each column, and of the kinds of changes below, is that of
INSEE's description of the file (« Événements sur les communes », Code officiel géographique).
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from boundaries.errors import BoundariesError

#: What happened, by value of ``MOD``.
MODS = {
    "10": "changement de nom",
    "20": "création",
    "21": "rétablissement",
    "30": "suppression",
    "31": "fusion simple",
    "32": "création de commune nouvelle",
    "33": "fusion-association",
    "34": "fusion-association devenue fusion simple",
    "35": "suppression de commune déléguée",
    "41": "changement de code dû à un changement de département",
    "50": "changement de code dû à un transfert de chef-lieu",
    "70": "commune associée devenue déléguée",
    "71": "rétablissement de commune déléguée",
    "72": "création de commune déléguée",
}

#: Columns that are read, and what they are called here.
_COLUMNS = {
    "MOD": "mod",
    "DATE_EFF": "date_effet",
    "TYPECOM_AV": "type_av",
    "COM_AV": "code_av",
    "LIBELLE_AV": "nom_av",
    "TYPECOM_AP": "type_ap",
    "COM_AP": "code_ap",
    "LIBELLE_AP": "nom_ap",
}
COLUMNS = tuple(_COLUMNS.values())
#: Forms of the fields; before and after may be empty (a territory that joined or left the COG).
_FORMS = {
    "DATE_EFF": re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"),
    "COM_AV": re.compile(r"(\d[0-9AB]\d{3})?"),
    "COM_AP": re.compile(r"(\d[0-9AB]\d{3})?"),
}
_AGAIN = "Téléchargez-le de nouveau sur insee.fr, sans l’ouvrir dans un tableur."


def read(path: Path) -> pd.DataFrame:
    """Read the changes, in the order of the file.

    Parameters
    ----------
    path
        The CSV file as INSEE publishes it: UTF-8, commas.

    Returns
    -------
    DataFrame
        ``mod, date_effet, type_av, code_av, nom_av, type_ap, code_ap, nom_ap``, all text; dates are
        ISO; an empty text where there was nothing before, or is nothing after.

    Raises
    ------
    BoundariesError
        When the file is absent, empty, of another form or encoding, or went through a spreadsheet.
    """
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BoundariesError(f"Le fichier {path.name} est introuvable.") from error
    except UnicodeDecodeError as error:
        raise BoundariesError(
            f"Le fichier {path.name} n’est pas enregistré en UTF-8 (octet {error.start + 1}). "
            + _AGAIN
        ) from error
    except pd.errors.EmptyDataError as error:
        raise BoundariesError(f"Le fichier {path.name} est vide. {_AGAIN}") from error
    except pd.errors.ParserError as error:
        raise BoundariesError(
            f"Le fichier {path.name} est coupé ou mal formé ({error}). {_AGAIN}"
        ) from error
    if not isinstance(rows.index, pd.RangeIndex):
        raise BoundariesError(
            f"Le fichier {path.name} a plus de valeurs que de titres : il est mal formé. {_AGAIN}"
        )
    missing = [name for name in _COLUMNS if name not in rows.columns]
    if missing:
        raise BoundariesError(
            f"Le fichier {path.name} n’a pas la ou les colonnes {', '.join(missing)} : ce n’est "
            "pas le fichier des événements sur les communes de l’INSEE, ou sa forme a changé."
        )
    if rows.empty:
        raise BoundariesError(f"Le fichier {path.name} n’a aucune ligne. {_AGAIN}")
    _check(path, rows)
    return rows[list(_COLUMNS)].rename(columns=_COLUMNS)


def _check(path: Path, rows: pd.DataFrame) -> None:
    unknown = rows.loc[~rows["MOD"].isin(list(MODS)), "MOD"]
    if len(unknown):
        raise BoundariesError(
            f"Fichier {path.name}, ligne {unknown.index[0] + 2}, colonne MOD : l’événement "
            f"« {unknown.iloc[0]} » est inconnu. Événements connus : {', '.join(MODS)}."
        )
    for name, form in _FORMS.items():
        wrong = rows.loc[~rows[name].str.fullmatch(form.pattern), name]
        if wrong.empty:
            continue
        hint = (
            " Le zéro du début a été perdu par un tableur."
            if name != "DATE_EFF" and re.fullmatch(r"\d{4}", wrong.iloc[0])
            else ""
        )
        raise BoundariesError(
            f"Fichier {path.name}, ligne {wrong.index[0] + 2}, colonne {name} : "
            f"« {wrong.iloc[0]} » n’a pas la forme attendue.{hint} {_AGAIN}"
        )
