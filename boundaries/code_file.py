"""A CSV file of codes of communes of any year, given back with what each means today."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from boundaries.errors import BoundariesError
from boundaries.history import History
from boundaries.names import normalise
from boundaries.resolution import Resolution

#: Columns added to each row.
COLUMNS = (
    "cog_code",
    "cog_nom",
    "cog_statut",
    "cog_candidats",
    "cog_motif",
    "cog_avertissement",
)
_SEPARATORS = ",;\t|"
#: Headers of the columns of codes, as files name them, the surest first (normalised).
_HEADERS = (
    *("code insee", "codeinsee", "insee", "insee com", "codgeo", "depcom", "code insee commune"),
    *("code commune insee", "code commune", "commune code", "com insee", "citycode", "com", "code"),
)
#: A postcode looks like a code of commune, and is none.
_POSTAL = re.compile(r"\b(cp|postal|postaux|postcode|zip)\b")
_CODE = re.compile(r"\d[0-9AB]\d{3}", re.IGNORECASE)
#: Rows looked at to find the column of codes, and the least share of them that must be codes.
_SAMPLE, _SHARE = 1000, 0.5
#: Values a separator gives at least, when it is one.
_SEVERAL = 2


@dataclass
class Summary:
    """What was found in a file.

    Attributes
    ----------
    colonne
        Header of the column of codes.
    lignes
        Rows of data.
    statuts
        Rows by :attr:`boundaries.resolution.Resolution.statut`.
    inconnus, partages
        Rows by code, as the file writes it.
    avertissements
        Rows with a warning.
    """

    colonne: str
    lignes: int = 0
    statuts: Counter[str] = field(default_factory=Counter)
    inconnus: Counter[str] = field(default_factory=Counter)
    partages: Counter[str] = field(default_factory=Counter)
    avertissements: int = 0


def resolve_file(
    source: Path,
    target: TextIO,
    history: History,
    *,
    column: str | None = None,
    date: str | None = None,
    encoding: str = "utf-8",
) -> Summary:
    """Copy a CSV file, adding to each row what its code means.

    Parameters
    ----------
    source
        Any separator among comma, semicolon, tab and bar; with headers, or codes from the start.
    target
        Receives the same file, same separator, with :data:`COLUMNS` added.
    history
        Resolves.
    column
        Header of the column of codes; guessed by its name, else by its content.
    date
        ISO date of the data; see :meth:`boundaries.history.History.resolve`.
    encoding
        Of the source.

    Raises
    ------
    BoundariesError
        When the file cannot be read, or its column of codes cannot be told.
    """
    separator = _separator(_check_encoding(source, encoding))
    with source.open(encoding=_without_mark(encoding), newline="") as stream:
        rows = _rows(source, stream, separator)
        header, names, rows = _header(source, rows, separator)
        sample = list(islice(rows, _SAMPLE))
        position = _position(source, header, [row for row, _ in sample], history, column)
        summary = Summary(header[position])
        # A code is resolved and spelt as CSV once, whatever the number of its rows.
        answers = _Answers(history, date, separator)
        counts: dict[str, int] = defaultdict(int)

        def written() -> Iterator[str]:
            for row, raw in chain(sample, rows):
                code = row[position]
                counts[code] += 1
                yield raw + answers[code]

        target.write(names + answers.line(COLUMNS))
        target.writelines(written())
    for code, count in counts.items():
        found = answers.found[code]
        summary.lignes += count
        summary.statuts[found.statut] += count
        summary.avertissements += count * bool(found.avertissements)
        if found.statut == "inconnu":
            summary.inconnus[code] += count
        elif found.statut == "partage":
            summary.partages[code] += count
    return summary


def _cells(found: Resolution) -> tuple[str, ...]:
    commune = found.commune
    return (
        commune.code if commune else "",
        commune.nom if commune else "",
        found.statut,
        " / ".join(f"{one.code} {one.nom}" for one in found.candidats)
        if found.statut == "partage"
        else "",
        " ".join([*found.chemin, *([found.choix] if found.choix else [])]),
        " ".join(found.avertissements),
    )


def _without_mark(encoding: str) -> str:
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def _check_encoding(path: Path, encoding: str) -> str:
    """Check that the whole file can be decoded, before anything is written; give its first line.

    Raises
    ------
    BoundariesError
        Naming the first line, and the column, that cannot.
    """
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise BoundariesError(
            f"L’encodage « {encoding} » n’existe pas : essayez utf-8 ou cp1252."
        ) from error
    try:
        with path.open("rb") as stream:
            first = b""
            for number, line in enumerate(stream, 1):
                if number == 1:
                    first = line
                    _check_first(path, line)
                try:
                    line.decode(encoding)
                except UnicodeDecodeError as error:
                    raise _undecodable(path, number, first, line, error) from error
    except OSError as error:
        raise BoundariesError(
            f"Le fichier {path} ne peut pas être lu : {error.strerror or error}."
        ) from error
    if not first:
        raise BoundariesError(f"Le fichier {path} est vide.")
    return first.decode(_without_mark(encoding))


def _check_first(path: Path, line: bytes) -> None:
    if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in line:
        raise BoundariesError(
            f"Le fichier {path} n’est pas un fichier CSV en texte simple (classeur, archive ou "
            "UTF-16). Enregistrez-le en « CSV UTF-8 », puis relancez."
        )


def _undecodable(
    path: Path, number: int, first: bytes, line: bytes, error: UnicodeDecodeError
) -> BoundariesError:
    header = first.decode("utf-8-sig", errors="replace").rstrip("\r\n")
    separator = _separator(header)
    names = next(csv.reader([header], delimiter=separator))
    before = line[: error.start].decode("latin-1")
    position = len(next(csv.reader([before], delimiter=separator), [""])) - 1
    where = f", colonne « {names[position]} »" if 0 <= position < len(names) else ""
    return BoundariesError(
        f"Fichier {path}, ligne {number}{where} : ces caractères ne sont pas de l’encodage "
        f"{error.encoding}. Enregistrez le fichier en « CSV UTF-8 », ou donnez son encodage, par "
        "exemple --encodage cp1252."
    )


def _separator(line: str) -> str:
    """Find the separator that makes the most values of a line; a comma when none makes several."""
    counts = {
        mark: len(next(csv.reader([line.rstrip("\r\n")], delimiter=mark), []))
        for mark in _SEPARATORS
    }
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] >= _SEVERAL else ","


class _Answers(dict[str, str]):
    """What is added to the row of each code: the separator, the values, the end of the line."""

    def __init__(self, history: History, date: str | None, separator: str) -> None:
        super().__init__()
        self.found: dict[str, Resolution] = {}
        self._history, self._date, self._separator = history, date, separator

    def __missing__(self, code: str) -> str:
        self.found[code] = self._history.resolve(code, self._date)
        self[code] = self.line(_cells(self.found[code]))
        return self[code]

    def line(self, cells: Sequence[str]) -> str:
        """Spell values to be added to a row."""
        text = io.StringIO()
        csv.writer(text, delimiter=self._separator, lineterminator="\n").writerow(cells)
        return self._separator + text.getvalue()


Row = tuple[list[str], str]


def _rows(path: Path, stream: TextIO, separator: str) -> Iterator[Row]:
    """Rows of one and the same width, with their text as it is; empty lines left out.

    Raises
    ------
    BoundariesError
        When a row has more values than the first, or a quote is not closed.
    """
    held: list[str] = []

    def lines() -> Iterator[str]:
        for line in stream:
            held.append(line)
            yield line

    width = 0
    reader = csv.reader(lines(), delimiter=separator, strict=True)
    try:
        for row in reader:
            raw = "".join(held).rstrip("\r\n")
            held.clear()
            if not row:
                continue
            width = width or len(row)
            if len(row) > width:
                raise BoundariesError(
                    f"Fichier {path}, ligne {reader.line_num} : {len(row)} valeurs, alors que la "
                    f"première ligne en a {width}. Un texte qui contient le séparateur doit être "
                    "entre guillemets."
                )
            if len(row) < width:
                raw += separator * (width - len(row))
                row.extend([""] * (width - len(row)))
            yield row, raw
    except csv.Error as error:
        raise BoundariesError(
            f"Le fichier {path} est coupé ou mal formé, ligne {reader.line_num} : {error}."
        ) from error


def _header(
    path: Path, rows: Iterator[Row], separator: str
) -> tuple[list[str], str, Iterator[Row]]:
    """Give the headers, their line, and the rows of data."""
    first = next(rows, None)
    if first is None:
        raise BoundariesError(f"Le fichier {path} est vide.")
    header, raw = first
    if any(_CODE.fullmatch(cell.strip()) for cell in header):
        names = ["code"] if len(header) == 1 else [f"colonne_{i + 1}" for i in range(len(header))]
        return names, separator.join(names), chain([first], rows)
    taken = [name for name in COLUMNS if name in header]
    if taken:
        raise BoundariesError(
            f"Le fichier {path} a déjà la ou les colonnes {', '.join(taken)} : renommez-les."
        )
    return header, raw, rows


def _position(
    path: Path,
    header: Sequence[str],
    sample: Sequence[Sequence[str]],
    history: History,
    asked: str | None,
) -> int:
    """Find the column of codes."""
    if asked is not None:
        if asked in header:
            return header.index(asked)
        raise BoundariesError(
            f"Le fichier {path} n’a pas de colonne « {asked} ». Ses colonnes : {_names(header)}."
        )
    plain = [normalise(name.replace("_", " ")) for name in header]
    for name in _HEADERS:
        if plain.count(name) == 1:
            return plain.index(name)
    shares = sorted(
        (
            (_share([row[i] for row in sample], history), -i)
            for i, name in enumerate(plain)
            if not _POSTAL.search(name)
        ),
        reverse=True,
    )
    if shares and shares[0][0] >= _SHARE and (len(shares) == 1 or shares[1][0] < shares[0][0]):
        return -shares[0][1]
    raise BoundariesError(
        f"Dans le fichier {path}, on ne reconnaît pas la colonne des codes de commune : nommez-la "
        f"avec --colonne. Ses colonnes : {_names(header)}."
    )


def _share(values: Sequence[str], history: History) -> float:
    """Share of the values that are codes of communes."""
    given = [value for value in values if value.strip()]
    known = sum(history.resolve(value).statut != "inconnu" for value in given)
    return known / len(given) if given else 0.0


def _names(header: Sequence[str]) -> str:
    return ", ".join(f"« {name} »" for name in header)
