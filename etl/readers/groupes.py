"""Groupes: named sets of communes, from a CSV or a GeoJSON file.

Two shapes are recognised:

- rows (CSV) or properties (GeoJSON) ``groupe_code, groupe_nom, membre_code``, one for each member:
  a commune (INSEE code of any year), or an EPCI or EPT (SIREN) with all its communes;
- the ANCT's files of programmes: features with ``liste_geo``, such as ``Avon (77014);
  Fontainebleau (77186)``. The whole file is then one groupe, named as its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from boundaries.names import normalise
from etl.config import SourceConfig
from etl.errors import EtlError
from etl.location import resolve_codes
from etl.readers.base import Context, Reading, refuse_too_long
from etl.readers.cleaning import clean, clean_text
from etl.readers.tables import check_count, read_csv
from etl.signalements import Signalements

#: Name of this reader in ``atlas.toml``.
LECTEUR = "groupes"
#: Kind of a groupe made of one file of a programme.
PROGRAMME = "programme"

_COLUMNS = ("groupe_code", "groupe_nom", "membre_code")
_LIST = "liste_geo"
#: A member of a ``liste_geo``: its code closes the item.
_ITEM = re.compile(r"\(\s*([0-9][0-9A-Za-z][0-9]{3}|[0-9]{9})\s*\)$")
_SIREN = re.compile(r"[0-9]{9}")
#: Columns of what is read before it is checked.
_ROWS = ("ligne", "code", "nom", "membre")


@dataclass(frozen=True)
class Groupes:
    """What was found in a source of groupes.

    Attributes
    ----------
    groupes : pandas.DataFrame
        ``code, nom, nature``.
    membres : pandas.DataFrame
        ``groupe, commune``, current codes, each pair once.
    reading : Reading
        The accounting of the rows, without lieux nor actions.
    """

    groupes: pd.DataFrame
    membres: pd.DataFrame
    reading: Reading


def read(
    path: Path, source: SourceConfig, context: Context, appartenances: pd.DataFrame
) -> Groupes:
    """Read the groupes of a file.

    Parameters
    ----------
    path : pathlib.Path
        A ``.csv`` (UTF-8, commas or semicolons), ``.json`` or ``.geojson`` file.
    source, context
        The source, and the atlas it is read for.
    appartenances : pandas.DataFrame
        ``niveau, code, commune``: the communes of each EPCI and EPT.

    Raises
    ------
    EtlError
        If the file is cut, not of a known shape, or too short.
    """
    signalements = Signalements()
    nature = None
    if path.suffix.lower() == ".csv":
        rows, lues = _csv_rows(path, source, signalements)
    else:
        features = _features(path, source)
        lues = len(features)
        if any(_LIST in feature for feature in features):
            nature = PROGRAMME
            rows = _programme_rows(features, source, signalements)
        else:
            rows = _feature_rows(path, features, source)
    rows = _named(rows, signalements)
    membres = _communes(rows, context, appartenances, signalements)
    names = rows[rows["code"].isin(membres["groupe"])].drop_duplicates("code")
    return Groupes(
        groupes=names[["code", "nom"]].assign(nature=nature).reset_index(drop=True),
        membres=membres,
        reading=Reading(
            lignes_lues=lues,
            lignes_chargees=lues - signalements.rejetees,
            lignes_rejetees=signalements.rejetees,
            lignes_reparees=signalements.reparees,
            signalements=signalements.frame(),
        ),
    )


def gather(found: Iterable[tuple[SourceConfig, Groupes]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put the groupes of several sources together: ``code, nom, nature`` and ``groupe, commune``.

    Raises
    ------
    EtlError
        If two sources give the same code to a groupe.
    """
    owners: dict[str, str] = {}
    groupes = [pd.DataFrame(columns=["code", "nom", "nature"], dtype="object")]
    membres = [pd.DataFrame(columns=["groupe", "commune"], dtype="object")]
    for source, mine in found:
        for code in mine.groupes["code"]:
            if code in owners:
                raise EtlError(
                    f"Le groupe « {code} » est à la fois dans la source « {owners[code]} » et dans "
                    f"la source « {source.nom} ». Donnez un autre code à l'un des deux."
                )
            owners[code] = source.nom
        groupes.append(mine.groupes.astype("object"))
        membres.append(mine.membres.astype("object"))
    return pd.concat(groupes, ignore_index=True), pd.concat(membres, ignore_index=True)


def _csv_rows(
    path: Path, source: SourceConfig, signalements: Signalements
) -> tuple[pd.DataFrame, int]:
    with path.open("rb") as stream:
        header = stream.readline()
    delimiter = ";" if header.count(b";") > header.count(b",") else ","
    frame, count = read_csv(path, source, _COLUMNS, signalements, delimiter=delimiter)
    return frame.set_axis(list(_ROWS), axis=1), count


def _features(path: Path, source: SourceConfig) -> list[dict[str, Any]]:
    """Properties of the features of a GeoJSON file."""
    where = f"Le fichier {path} (source « {source.nom} »)"
    try:
        document = orjson.loads(path.read_bytes())
        features = document["features"]
        properties = [feature["properties"] or {} for feature in features]
    except OSError as error:
        raise EtlError(f"{where} ne peut pas être lu : {error.strerror}.") from None
    except orjson.JSONDecodeError as error:
        raise EtlError(
            f"{where} n'est pas un fichier GeoJSON correct (caractère {error.pos}), ou n'est pas "
            "enregistré en UTF-8. Un fichier CSV doit porter l'extension .csv."
        ) from None
    except (KeyError, TypeError):
        raise EtlError(
            f"{where} n'est pas un fichier GeoJSON : il y manque « features », ou les "
            "« properties » d'un objet."
        ) from None
    if not properties:
        raise EtlError(f"{where} est vide : sa liste « features » ne contient aucun objet.")
    check_count(source, len(properties))
    return properties


def _feature_rows(path: Path, features: list[dict[str, Any]], source: SourceConfig) -> pd.DataFrame:
    known = {name for feature in features for name in feature}
    missing = [name for name in _COLUMNS if name not in known]
    if missing:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») n'a ni le champ « {_LIST} », ni le ou "
            f"les champs {', '.join(missing)}. Champs trouvés : "
            f"{', '.join(sorted(known))[:300] or 'aucun'}."
        )
    rows = [
        (number, *(_text(feature.get(name)) for name in _COLUMNS))
        for number, feature in enumerate(features, 1)
    ]
    return pd.DataFrame(rows, columns=list(_ROWS))


def _programme_rows(
    features: list[dict[str, Any]], source: SourceConfig, signalements: Signalements
) -> pd.DataFrame:
    rows: list[tuple[int, str, str, str]] = []
    unreadable: list[tuple[int, str]] = []
    partly: list[tuple[int, str]] = []
    for number, feature in enumerate(features, 1):
        text = _text(feature.get(_LIST))
        items = [item.strip() for item in text.split(";") if item.strip()]
        codes = [match[1] for item in items if (match := _ITEM.search(item))]
        rows += [(number, source.id, source.nom, code.upper()) for code in codes]
        if not codes:
            unreadable.append((number, text))
        elif len(codes) < len(items):
            partly.append((number, text))
    for motif, wrong in (("membre_inconnu", unreadable), ("membre_ignore", partly)):
        signalements.add(
            motif,
            [number for number, _ in wrong],
            _LIST,
            "« {valeur} » n'est pas une liste de « Nom (code) » séparés par des points-virgules.",
            [text for _, text in wrong],
        )
    return pd.DataFrame(rows, columns=list(_ROWS))


def _text(value: object) -> str:
    return "" if value is None else clean_text(str(value))


def _named(rows: pd.DataFrame, signalements: Signalements) -> pd.DataFrame:
    """Give each groupe a code fit for an address and one name; refuse the rows without code."""
    codes = clean(rows["code"].astype("str")).map(lambda code: normalise(code).replace(" ", "-"))
    absent = codes == ""
    signalements.add(
        "identifiant_absent",
        rows.loc[absent, "ligne"],
        "groupe_code",
        "La ligne ne dit pas de quel groupe elle parle.",
    )
    rows = rows.assign(code=codes)[~absent]
    rows = refuse_too_long(rows, "code", "groupe_code", signalements)
    names = rows[rows["nom"] != ""].drop_duplicates("code").set_index("code")["nom"]
    chosen = rows["code"].map(names).astype("object")
    other = (rows["nom"] != "") & (rows["nom"] != chosen)
    signalements.add(
        "groupe_renomme",
        rows.loc[other, "ligne"],
        "groupe_nom",
        "Le groupe est nommé « {valeur} » ici, et « {retenu} » plus haut : ce nom-là est gardé.",
        rows.loc[other, "nom"],
        retenu=chosen[other],
    )
    nameless = rows.drop_duplicates("code")[lambda first: ~first["code"].isin(names.index)]
    signalements.add(
        "nom_absent",
        nameless["ligne"],
        "groupe_nom",
        "Le groupe « {valeur} » n'a pas de nom : son code en tient lieu.",
        nameless["code"],
    )
    return rows.assign(nom=chosen.where(chosen.notna(), rows["code"]))


def _communes(
    rows: pd.DataFrame,
    context: Context,
    appartenances: pd.DataFrame,
    signalements: Signalements,
) -> pd.DataFrame:
    """Pairs ``groupe, commune``; the rows whose members nobody knows are refused."""
    codes = rows["membre"].str.upper().str.replace(r"\s", "", regex=True)
    is_siren = codes.str.fullmatch(_SIREN)
    current = codes.isin(context.codes["commune"])
    resolved = pd.Series(None, index=rows.index, dtype="object")
    resolved[current] = codes[current]
    other = ~current & ~is_siren
    resolved[other] = resolve_codes(
        context.resolver, codes[other], rows.loc[other, "ligne"], "membre_code", signalements
    ).astype("object")
    larger = appartenances[appartenances["niveau"].isin(["epci", "ept"])]
    by_siren = rows.assign(siren=codes)[is_siren].merge(
        larger[["code", "commune"]].rename(columns={"code": "siren"}), on="siren"
    )
    lost = rows[resolved.isna() & ~codes.isin(larger["code"])]
    _report_lost(rows, lost, signalements)
    found = resolved.notna()
    pairs = pd.concat(
        [
            pd.DataFrame({"groupe": rows.loc[found, "code"], "commune": resolved[found]}),
            pd.DataFrame({"groupe": by_siren["code"], "commune": by_siren["commune"]}),
        ]
    )
    return pairs.drop_duplicates().sort_values(["groupe", "commune"], ignore_index=True)


def _report_lost(rows: pd.DataFrame, lost: pd.DataFrame, signalements: Signalements) -> None:
    """Refuse the rows all of whose members are unknown; only flag the others."""
    kept = set(rows.loc[~rows.index.isin(lost.index), "ligne"])
    texts = lost.groupby("ligne")["membre"].agg(", ".join)
    some = texts.index.isin(list(kept))
    for motif, mine in (("membre_inconnu", texts[~some]), ("membre_ignore", texts[some])):
        signalements.add(
            motif,
            mine.index.tolist(),
            "membre_code",
            "« {valeur} » n'est ni une commune, ni une intercommunalité de l'atlas.",
            mine,
        )
