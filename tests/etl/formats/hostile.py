"""Opens hostile files in a process whose memory is bounded; one line of JSON each.

Run by ``test_hostile.py``, and by hand for the table of the documentation:
``python -m tests.etl.formats.hostile FOLDER``.
"""

from __future__ import annotations

import gzip
import json
import resource
import struct
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

# Their libraries reserve much address space when they are loaded: before the bound is set.
import etl.formats.geopackage
import etl.formats.json_document
import etl.formats.ndjson
import etl.formats.workbook  # noqa: F401
from etl.formats import FormatError, Limits, open_table

#: Memory that opening may take beyond what the process has, bytes.
ALLOWED = 400_000_000
GIGABYTE = 1_000_000_000

XLSX_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlfor'
    'mats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relations'
    'hips"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relat'
    'ionships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
    'main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package'
    '/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocu'
    'ment/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "lol"}">' for i in range(10))


def xlsx(path: Path, sheet: str, prologue: str = "") -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in XLSX_PARTS.items():
            archive.writestr(name, content)
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<?xml version="1.0"?>{prologue}<worksheet xmlns="http://schemas.openxmlformats.org/'
            f'spreadsheetml/2006/main"><sheetData>{sheet}</sheetData></worksheet>',
        )


def ods(path: Path, body: str, prologue: str = "") -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?>{prologue}<office:document-content xmlns:office="o" '
            f'xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet><table:table '
            f'table:name="A">{body}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )


def padded(path: Path, start: bytes, block: bytes, size: int) -> None:
    """A file of a block repeated."""
    with path.open("wb") as stream:
        stream.write(start)
        for _ in range(size // len(block)):
            stream.write(block)


def zeros(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(GIGABYTE)


def zeros_after_a_table(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(b"nom;code\nA;1\n")
        stream.truncate(GIGABYTE)


def endless_line(path: Path) -> None:
    padded(path, b"", b"x" * 1_000_000, GIGABYTE)


def endless_line_later(path: Path) -> None:
    padded(path, b"nom;code\nA;1\n", b"x" * 1_000_000, GIGABYTE // 10)


def endless_record(path: Path) -> None:
    """A quote that is never closed, and lines without end."""
    padded(path, b'nom;code\n"A;1\n', b"B;2\n" * 250_000, GIGABYTE // 100)


def many_columns(path: Path) -> None:
    path.write_bytes(b"c;" * 10_000_000 + b"\n" + b"1;" * 10_000_000 + b"\n")


def many_values(path: Path) -> None:
    """Records of few characters a line, and of values without end."""
    padded(path, b"nom;code\nA;1\n", b'"\n";' * 250_000, GIGABYTE // 20)


def zip_bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("lieux.csv", "w", force_zip64=True) as stream,
    ):
        for _ in range(300):
            stream.write(b"0" * 1_000_000)


def gzip_bomb(path: Path) -> None:
    with gzip.open(path, "wb") as stream:
        for _ in range(300):
            stream.write(b"0" * 1_000_000)


def nested_zip(path: Path) -> None:
    inner = path.with_suffix(".inner")
    zip_bomb(inner)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "lieux.csv")
    inner.unlink()


def climbing_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../etc/cron.d/lieux.csv", "a;b\n")


def absolute_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("/etc/cron.d/lieux.csv", "a;b\n")


def linking_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("lieux.csv")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")


def crowded_zip(path: Path) -> None:
    """The end of an archive that announces a directory of 60 MB."""
    path.write_bytes(
        b"PK\x03\x04" + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 60_000_000, 0, 0)
    )


def deep_json(path: Path) -> None:
    path.write_bytes(b"[" * 100_000_000)


def deep_item(path: Path) -> None:
    path.write_bytes(b'[{"a":' + b'{"a":' * 10_000_000)


def endless_text(path: Path) -> None:
    padded(path, b'[{"a":"', b"x" * 1_000_000, GIGABYTE // 5)


def wide_item(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(b'[{"a":1')
        for number in range(3_000_000):
            stream.write(b',"k%d":1' % number)


def many_keys(path: Path) -> None:
    path.write_text("[" + ",".join(f'{{"k{number}":1}}' for number in range(100_000)) + "]")


def far_cells(path: Path) -> None:
    xlsx(
        path,
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>'
        "</row>",
    )


def rows_without_reference(path: Path) -> None:
    xlsx(path, '<row r="1048576"><c/></row>' + "<row>" + "<c/>" * 3_000 + "</row>")


def overflowing_reference(path: Path) -> None:
    """A row of more digits than calamine counts with: another row for it."""
    xlsx(path, '<row r="1"><c r="A999999999999999999991"><v>1</v></c><c r="B1"><v>1</v></c></row>')


def overflowing_row(path: Path) -> None:
    xlsx(path, '<row r="99999999999999999999"><c><v>1</v></c></row>')


def last_row(path: Path) -> None:
    """A million empty rows, then two cells."""
    xlsx(path, '<row r="1048575"><c r="A1048575"><v>1</v></c></row><row><c><v>2</v></c></row>')


def xlsx_laughs(path: Path) -> None:
    xlsx(
        path,
        '<row r="1"><c r="A1" t="str"><v>&l9;</v></c></row>',
        f"<!DOCTYPE worksheet [{LAUGHS}]>",
    )


def ods_laughs(path: Path) -> None:
    ods(
        path,
        "<table:table-row><table:table-cell><text:p>&l9;</text:p></table:table-cell>"
        "</table:table-row>",
        f"<!DOCTYPE d [{LAUGHS}]>",
    )


def repeated_ods(path: Path) -> None:
    ods(
        path,
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="1024" office:value-type="float" office:value="1">'
        "<text:p>1</text:p></table:table-cell></table:table-row>",
    )


def xlsx_bomb(path: Path) -> None:
    xlsx(path, '<row r="1"><c r="A1"><v>1</v></c></row>' + " " * 200_000_000)


def parquet_bomb(path: Path) -> None:
    """One value of 900 kB, two hundred thousand times: the file is small."""
    column = pa.array(["x" * 900_000] + ["x" * 900_000] * 199).dictionary_encode()
    whole = pa.chunked_array([column] * 100)
    pq.write_table(pa.table({"a": whole}), path, use_dictionary=True, compression="zstd")


#: Hostile file: how it is made, and the code of its refusal; None for one that is read in bounds.
FILES: dict[str, tuple[Callable[[Path], None], str | None]] = {
    "1 Go de zéros": (zeros, "format_inconnu"),
    "un tableau, puis 1 Go de zéros": (zeros_after_a_table, "format_inconnu"),
    "une ligne de 1 Go": (endless_line, "ligne_trop_longue"),
    "une ligne de 100 Mo après un tableau": (endless_line_later, "ligne_trop_longue"),
    "un guillemet jamais fermé (10 Mo)": (endless_record, None),
    "10 millions de colonnes": (many_columns, "trop_de_colonnes"),
    "un enregistrement de 12 millions de valeurs": (many_values, "trop_de_colonnes"),
    "bombe zip": (zip_bomb, "archive_piegee"),
    "bombe gzip": (gzip_bomb, "archive_piegee"),
    "zip dans un zip": (nested_zip, "archive_emboitee"),
    "zip avec ..": (climbing_zip, "archive_piegee"),
    "zip avec chemin absolu": (absolute_zip, "archive_piegee"),
    "zip avec lien": (linking_zip, "archive_piegee"),
    "zip au répertoire de 60 Mo": (crowded_zip, "archive_trop_grande"),
    "JSON de 100 millions de niveaux": (deep_json, "json_trop_profond"),
    "élément JSON de 10 millions de niveaux": (deep_item, "json_trop_profond"),
    "texte JSON de 200 Mo": (endless_text, "element_trop_grand"),
    "objet JSON de 3 millions de clés": (wide_item, "element_trop_grand"),
    "100 000 clés JSON différentes": (many_keys, "trop_de_colonnes"),
    "XLSX de 17 milliards de cellules": (far_cells, "feuille_trop_grande"),
    "XLSX sans références": (rows_without_reference, "feuille_trop_grande"),
    "XLSX d’une place qui déborde": (overflowing_reference, "cellule_sans_place"),
    "XLSX d’une ligne qui déborde": (overflowing_row, "cellule_sans_place"),
    "XLSX dont le tableau est tout en bas": (last_row, None),
    "XLSX « billion laughs »": (xlsx_laughs, "xml_piege"),
    "ODS « billion laughs »": (ods_laughs, "xml_piege"),
    "ODS de 1 milliard de cellules": (repeated_ods, "feuille_trop_grande"),
    "XLSX de 200 Mo de blancs": (xlsx_bomb, "archive_piegee"),
    "Parquet de 18 Go en 1 Mo": (parquet_bomb, None),
}


def memory(field: str) -> int:
    """A figure of the process, bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if field in line) * 1024


def main() -> None:
    """Open every file under the bound; the parts of those that are read are dropped at once."""
    folder = Path(sys.argv[1])
    write = sys.stdout.write
    for name, (make, _) in FILES.items():
        path = folder / "hostile.bin"
        make(path)
        before = memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        bound = memory("VmSize") + ALLOWED
        resource.setrlimit(resource.RLIMIT_AS, (bound, resource.RLIM_INFINITY))
        started = time.monotonic()
        code = None
        rows = 0
        try:
            for number, part in enumerate(open_table(path, limits=Limits()).parts()):
                rows += len(part.rows) + len(part.refused)
                if number == 1:
                    break
        except FormatError as error:
            code = error.code
        seconds = time.monotonic() - started
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        peak = memory("VmHWM") - before
        path.unlink()
        write(
            json.dumps(
                {
                    "fichier": name,
                    "code": code,
                    "lignes": rows,
                    "secondes": round(seconds, 2),
                    "memoire_mo": round(peak / 1e6),
                },
                ensure_ascii=False,
            )
            + "\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
