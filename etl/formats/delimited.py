"""CSV files of any separator: quoting faults and rows of the wrong width are refused one by one."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from etl.formats import encoding as encodings
from etl.formats import header as headers
from etl.formats.base import FormatError, FormatOptions, Limits, RawPart, RawTable, where
from etl.formats.gathering import Fault, gather

#: Separators of French files; where two are as likely, the first.
SEPARATORS = (";", ",", "\t", "|")
_SEPARATOR_NAMES = {"\t": "tabulation"}


def open_csv(path: Path, options: FormatOptions, limits: Limits) -> RawTable:
    """Open a CSV file.

    Raises
    ------
    FormatError
        If a line is too long, a byte is not of the encoding, or there are too many columns.
    """
    encoding = encodings.recognise(path, options.encodage)
    first = next(encodings.lines(path, encoding, limits), [])
    separator = options.separateur or _separator(first[: headers.SAMPLE])
    if len(separator) != 1:
        raise FormatError(
            "separateur_faux",
            f"Le séparateur « {separator} » demandé pour {path.name} doit être un seul caractère.",
        )
    for line in first[: headers.SAMPLE]:
        if (count := line.count(separator)) > limits.columns:
            raise headers.too_many_columns(path, count + 1, limits)
    sample = _sample(first, separator)
    header = headers.find(path, sample, options.ligne_entete, limits)
    skipped = header.line

    def read(rows: int) -> Iterator[RawPart]:
        records = _records(path, encoding, separator, limits, len(header.columns), skipped)
        return gather(records, header.columns, rows, limits)

    return RawTable(
        path,
        "csv",
        header.columns,
        {
            "encodage": encoding.shown,
            "separateur": _SEPARATOR_NAMES.get(separator, separator),
            "ligne_entete": str(header.line),
        },
        header.remarques,
        read=read,
    )


def _separator(sample: list[str]) -> str:
    """Find the separator that cuts the most lines into the same number of values."""
    best, best_score = ",", (0.0, 0)
    for candidate in SEPARATORS:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=candidate) if row)
        total = sum(widths.values())
        cut = {width: count for width, count in widths.items() if width > 1}
        if not cut:
            continue
        width, count = max(cut.items(), key=lambda item: (item[1], item[0]))
        if (count / total, width) > best_score:
            best, best_score = candidate, (count / total, width)
    return best


def _sample(lines: list[str], separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=separator):
            rows.append(row)
            if len(rows) == headers.SAMPLE:
                break
    except csv.Error:
        pass  # An open quote: the rows before it tell enough, and reading will refuse that one.
    return rows


class _Lines:
    """Lines of a file, that can go back to the start of the record being read."""

    def __init__(self, path: Path, encoding: encodings.Encoding, limits: Limits) -> None:
        self._blocks = encodings.lines(path, encoding, limits)
        self._lines: list[str] = []
        self._at = 0
        self._most = limits.line_chars
        self.start = 0
        self.null = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._at == len(self._lines):
            self._more()
        line = self._lines[self._at]
        self._at += 1
        return line

    def _more(self) -> None:
        block = next(self._blocks)
        self._lines = self._lines[self.start :] + block
        self._at -= self.start
        self.start = 0
        self.null = any("\0" in line for line in block)
        if self._at and sum(map(len, self._lines[: self._at])) > self._most:
            raise csv.Error("record too long")

    def mark(self) -> None:
        """Hold that a record is over: the next one starts here."""
        self.start = self._at

    def back(self) -> str:
        """Go back to the line after the first one of the record, which is given."""
        line = self._lines[self.start]
        self.start += 1
        self._at = self.start
        return line


def _records(  # noqa: PLR0917 (what was recognised of the file)
    path: Path,
    encoding: encodings.Encoding,
    separator: str,
    limits: Limits,
    width: int,
    skipped: int,
) -> Iterator[Sequence[str] | Fault]:
    """Give the rows after the titles; blank lines are none."""
    csv.field_size_limit(max(limits.line_chars, csv.field_size_limit()))
    lines = _Lines(path, encoding, limits)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = 0
    while True:
        try:
            for values in reader:
                lines.mark()
                number += 1
                if number <= skipped or not values:
                    continue
                if len(values) == width and not lines.null:
                    yield values
                else:
                    yield _checked(values, width, separator, null=lines.null)
        except csv.Error:
            number += 1
            line = lines.back()
            if number > skipped:
                yield Fault(
                    "guillemets_fautifs",
                    "Les guillemets de la ligne sont mal fermés ou mal placés : ses valeurs ne "
                    "peuvent pas être séparées avec certitude.",
                    line.strip(),
                )
            reader = csv.reader(lines, delimiter=separator, strict=True)
        else:
            return


def _checked(values: list[str], width: int, separator: str, *, null: bool) -> Sequence[str] | Fault:
    """Refuse a row of another width, or with null bytes; empty values in excess lose nothing."""
    if null and any("\0" in value for value in values):
        return Fault(
            "caractere_nul",
            "La ligne contient des octets nuls : le fichier est abîmé à cet endroit.",
            separator.join(values).replace("\0", ""),
        )
    if len(values) > width and not any(values[width:]):
        return values[:width]
    if len(values) == width:
        return values
    return Fault(
        "valeurs_en_trop_ou_manquantes",
        f"La ligne a {len(values)} valeurs au lieu de {width} : un séparateur est peut-être en "
        "trop, ou un guillemet manque.",
        separator.join(values),
    )


def unreadable(path: Path, error: OSError) -> FormatError:
    """Error for a file that the system does not give."""
    return FormatError(
        "illisible", f"{where(path)} ne peut pas être lu : {error.strerror or error}."
    )
