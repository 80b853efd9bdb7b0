"""Makes the PDF of a fiche from its data."""

from __future__ import annotations

import datetime as dt
import io
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import segno

from geo_service.fiche.fonts import BUILT

TEMPLATE = Path(__file__).parent / "fiche.typ"
#: Tagged for screen readers (PDF/UA-1), and for archives (PDF/A-2a): what a council keeps.
STANDARDS = ["ua-1", "a-2a"]


@cache
def _compiler() -> Any:
    import typst  # noqa: PLC0415

    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(BUILT)]
    )
    return typst.Compiler(TEMPLATE.read_bytes(), font_paths=fonts, ignore_system_fonts=True)


def qr_code(address: str) -> str:
    """Draw an address as a QR code, in SVG."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=0, xmldecl=False, svgns=True, dark="#10262d", omitsize=True
    )
    return out.getvalue().decode()


def print_pdf(data: dict[str, Any], drawing: str, date: dt.date) -> bytes:
    made = dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC)
    pdf: bytes = _compiler().compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={
            "fiche": orjson.dumps(data).decode(),
            "carte": drawing,
            "qr": qr_code(data["page"]),
        },
        pdf_standards=STANDARDS,
        timestamp=made,
    )
    return pdf
