"""The référentiel: a versioned table thème → enjeu → service, read from a folder of CSV files.

A folder holds ``referentiel.toml`` (version, libelle, demarrage, note), ``themes.csv``,
``enjeux.csv``, ``services.csv`` and, in ``correspondances/``, tables that translate the vocabulary
of a source into services. ``vocabulaires/`` holds those that mappings name: a value may mean
several services, or none, written ``-``. ``depart/`` is the starter list shipped with the project.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

from boundaries.copying import copy_frame
from etl import tables
from etl.errors import EtlError

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_THEMES = ("code", "libelle")
_ENJEUX = ("code", "theme", "libelle")
_SERVICES = ("code", "enjeu", "libelle", "description")
_CROSSWALK = ("champ", "valeur", "service", "libelle")
_VOCABULARY = ("valeur", "service")
#: In a vocabulary, the service of a known value that means none.
NO_SERVICE = "-"


@dataclass(frozen=True)
class Crosswalk:
    """How the values of one column of a source translate into a service.

    Attributes
    ----------
    services, libelles : dict of str to str
        Code of the service and plain French wording, by value of the source.
    """

    services: dict[str, str]
    libelles: dict[str, str]


@dataclass(frozen=True)
class Referentiel:
    """A checked référentiel.

    Attributes
    ----------
    version, libelle, note : str
        What it is, in French.
    demarrage : bool
        True for a starter list meant to be replaced.
    themes, enjeux, services : pandas.DataFrame
        Columns of the tables of the same names; ``ordre`` counts from 1 in the order of the files.
    crosswalks : dict
        By (vocabulary, field): the name of the file without its suffix, the column it speaks of.
    vocabularies : dict
        By name of file without its suffix: the services of each value, none for some.
    """

    version: str
    libelle: str
    demarrage: bool
    note: str
    themes: pd.DataFrame
    enjeux: pd.DataFrame
    services: pd.DataFrame
    crosswalks: dict[tuple[str, str], Crosswalk] = field(default_factory=dict)
    vocabularies: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    @property
    def codes(self) -> frozenset[str]:
        """Codes of all services."""
        return frozenset(self.services["code"])

    def crosswalk(self, vocabulary: str, champ: str) -> Crosswalk:
        """Return the translation of one field of one vocabulary.

        Raises
        ------
        EtlError
            If the référentiel has none.
        """
        try:
            return self.crosswalks[vocabulary, champ]
        except KeyError:
            raise EtlError(
                f"Le référentiel « {self.version} » n'a pas de table de correspondance "
                f"« {vocabulary} » pour la colonne « {champ} ». Ajoutez-la dans "
                f"correspondances/{vocabulary}.csv."
            ) from None

    def vocabulary(self, name: str) -> dict[str, list[str]]:
        """Return the services of the values of a vocabulary.

        Raises
        ------
        EtlError
            If the référentiel has none of that name.
        """
        if name not in self.vocabularies:
            known = ", ".join(self.vocabularies) or "aucun"
            raise EtlError(
                f"Le référentiel « {self.version} » n'a pas de vocabulaire « {name} » (ceux qu'il "
                f"a : {known}). Ajoutez-le dans vocabulaires/{name}.csv, ou corrigez son nom."
            )
        return self.vocabularies[name]

    def require(self, codes: list[str], who: str) -> None:
        """Check that services exist.

        Parameters
        ----------
        codes : list of str
            Codes that are about to be used.
        who : str
            What uses them, for the message.

        Raises
        ------
        EtlError
            If some code is unknown.
        """
        unknown = sorted(set(codes) - self.codes)
        if unknown:
            raise EtlError(
                f"{who} parle de services inconnus du référentiel « {self.version} » : "
                f"{', '.join(unknown)}. Ajoutez-les à services.csv, ou corrigez leur code."
            )


def read(folder: Path) -> Referentiel:
    """Read and check a référentiel.

    Parameters
    ----------
    folder : pathlib.Path
        Folder described in the docstring of this module.

    Raises
    ------
    EtlError
        Naming file, line and column, for a missing file or column, an empty or badly formed value,
        a code given twice, an unknown thème, enjeu or service.
    """
    about = _read_about(folder / "referentiel.toml")
    themes = _read_table(folder / "themes.csv", _THEMES)
    enjeux = _read_table(folder / "enjeux.csv", _ENJEUX)
    services = _read_table(folder / "services.csv", _SERVICES)
    _check_parent(enjeux, "theme", themes, folder / "enjeux.csv")
    _check_parent(services, "enjeu", enjeux, folder / "services.csv")
    crosswalks: dict[tuple[str, str], Crosswalk] = {}
    for path in sorted((folder / "correspondances").glob("*.csv")):
        table = _read_table(path, _CROSSWALK, key=("champ", "valeur"))
        _check_parent(table, "service", services, path)
        for champ, rows in table.groupby("champ", sort=True):
            crosswalks[path.stem, str(champ)] = Crosswalk(
                services=dict(zip(rows["valeur"], rows["service"], strict=True)),
                libelles=dict(zip(rows["valeur"], rows["libelle"], strict=True)),
            )
    return Referentiel(
        **about,
        vocabularies={
            path.stem: _read_vocabulary(path, services)
            for path in sorted((folder / "vocabulaires").glob("*.csv"))
        },
        themes=_finish(themes, _THEMES),
        enjeux=_finish(enjeux, _ENJEUX),
        services=_finish(services, _SERVICES),
        crosswalks=crosswalks,
    )


def _read_vocabulary(path: Path, services: pd.DataFrame) -> dict[str, list[str]]:
    table = _read_table(path, _VOCABULARY, key=_VOCABULARY)
    _check_parent(table[table["service"] != NO_SERVICE], "service", services, path)
    known: dict[str, list[str]] = {}
    for value, service in zip(table["valeur"], table["service"], strict=True):
        known.setdefault(value, []).extend([] if service == NO_SERVICE else [service])
    return known


def copy_referentiel(conn: psycopg.Connection[Any], referentiel: Referentiel) -> None:
    """Write a référentiel into the tables of the current ``search_path``, by COPY.

    Parameters
    ----------
    conn : psycopg.Connection
        Open connection; nothing is committed.
    referentiel : Referentiel
        What to write.
    """
    conn.execute(
        "INSERT INTO referentiels (version, libelle, demarrage, note) VALUES (%s, %s, %s, %s)",
        [referentiel.version, referentiel.libelle, referentiel.demarrage, referentiel.note],
    )
    for table, frame, columns in (
        (tables.themes, referentiel.themes, _THEMES),
        (tables.enjeux, referentiel.enjeux, _ENJEUX),
        (tables.services, referentiel.services, _SERVICES),
    ):
        copy_frame(conn, table, frame[[*columns, "ordre"]])


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise EtlError(f"Le référentiel est incomplet : le fichier {path} n'existe pas.") from None
    except OSError as error:
        raise EtlError(f"Le fichier {path} ne peut pas être lu : {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise EtlError(
            f"{path}, ligne {line} : ce fichier n'est pas enregistré en UTF-8. "
            "Enregistrez-le de nouveau dans cet encodage."
        ) from None


def _read_about(path: Path) -> dict[str, Any]:
    try:
        about = tomllib.loads(_read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise EtlError(f"{path} n'est pas un fichier TOML correct : {error}.") from None
    expected = {"version": str, "libelle": str, "demarrage": bool, "note": str}
    for name, kind in expected.items():
        value = about.get(name)
        if not isinstance(value, kind) or (name in ("version", "libelle") and value == ""):
            wanted = "true ou false" if kind is bool else "un texte entre guillemets"
            raise EtlError(f"{path} : le réglage « {name} » doit être {wanted}.")
    unknown = sorted(set(about) - set(expected))
    if unknown:
        raise EtlError(f"{path} : réglages inconnus : {', '.join(unknown)}.")
    return about


def _read_table(
    path: Path, columns: tuple[str, ...], key: tuple[str, ...] = ("code",)
) -> pd.DataFrame:
    """Read a CSV table strictly; the column ``ligne`` added is the line in the file."""
    rows: list[dict[str, Any]] = []
    seen: dict[tuple[str, ...], int] = {}
    reader = csv.reader(io.StringIO(_read_text(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        missing = [name for name in columns if name not in header]
        if missing:
            raise EtlError(
                f"{path}, ligne 1 : il manque la colonne « {missing[0]} ». "
                f"Colonnes attendues : {', '.join(columns)}."
            )
        for values in reader:
            line = reader.line_num
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(header):
                raise EtlError(
                    f"{path}, ligne {line} : {len(values)} valeurs au lieu de {len(header)}. "
                    "Un texte qui contient une virgule doit être entre guillemets."
                )
            row = {n: v.strip() for n, v in zip(header, values, strict=True) if n in columns}
            for name in columns:
                if not row[name]:
                    raise EtlError(f"{path}, ligne {line}, colonne « {name} » : valeur vide.")
            if "code" in columns and not _CODE.fullmatch(row["code"]):
                raise EtlError(
                    f"{path}, ligne {line}, colonne « code » : « {row['code']} » n'est pas un code "
                    "correct (minuscules sans accent, chiffres et tirets)."
                )
            identity = tuple(row[name] for name in key)
            if identity in seen:
                raise EtlError(
                    f"{path}, ligne {line}, colonne « {key[-1]} » : « {identity[-1]} » figure déjà "
                    f"ligne {seen[identity]}."
                )
            seen[identity] = line
            rows.append({**row, "ligne": line})
    except csv.Error as error:
        raise EtlError(
            f"{path}, ligne {reader.line_num} : le fichier est mal formé ou coupé ({error})."
        ) from None
    if not rows:
        raise EtlError(f"{path} : le fichier ne contient aucune ligne.")
    return pd.DataFrame(rows)


def _check_parent(table: pd.DataFrame, column: str, parents: pd.DataFrame, path: Path) -> None:
    orphans = table[~table[column].isin(parents["code"])]
    if not orphans.empty:
        first = orphans.iloc[0]
        raise EtlError(
            f"{path}, ligne {first['ligne']}, colonne « {column} » : "
            f"« {first[column]} » n'existe pas dans le référentiel."
        )


def _finish(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Keep the columns of the database table, with the order of the file."""
    return table[list(columns)].assign(ordre=range(1, len(table) + 1))
