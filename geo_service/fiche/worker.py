"""Compiles one fiche, in a process of its own: ``python -m geo_service.fiche.worker``.

Reads a :class:`Job` as JSON on its standard input, writes the PDF on its standard output.

The compiler keeps what it laid out to go faster next time: some 50 MB a document, up to 700 MB,
that nothing can make it give back. A process that ends gives back everything.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any, Final, TypedDict

from geo_service.fiche.fonts import BUILT

TEMPLATE: Final = Path(__file__).parent / "fiche.typ"
#: Tagged for screen readers (PDF/UA-1), and for archives (PDF/A-2a): what a council keeps.
STANDARDS: Final = ("ua-1", "a-2a")


class Job(TypedDict):
    """What to compile.

    Attributes
    ----------
    fiche
        Data of the template, see :func:`geo_service.fiche.content.document`.
    carte, qr
        SVG drawings; empty for none.
    date
        Day of the publication, ISO 8601: the same publication gives the same bytes.
    """

    fiche: dict[str, Any]
    carte: str
    qr: str
    date: str


def compile_pdf(job: Job) -> bytes:
    """Compile a fiche.

    Parameters
    ----------
    job
        What to compile.

    Returns
    -------
    bytes
        PDF 1.7, of two pages.

    Raises
    ------
    typst.TypstError
        If the compiler refuses the data or the standards are not met.
    """
    # Only here: the process that serves never has the compiler in its memory.
    import typst  # noqa: PLC0415

    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(BUILT)]
    )
    pdf: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        font_paths=fonts,
        ignore_system_fonts=True,
        # Texts are data: none is ever put in the markup.
        sys_inputs={
            "fiche": json.dumps(job["fiche"], ensure_ascii=False),
            "carte": job["carte"],
            "qr": job["qr"],
        },
        pdf_standards=list(STANDARDS),
        timestamp=dt.datetime.fromisoformat(job["date"]).replace(tzinfo=dt.UTC),
    )
    return pdf


if __name__ == "__main__":
    sys.stdout.buffer.write(compile_pdf(json.load(sys.stdin.buffer)))
