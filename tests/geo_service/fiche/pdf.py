"""Reading the PDF of a fiche as a reader of screens does."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

#: Points of an A4 page.
A4 = (595.28, 841.89)


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def plain(text: str) -> str:
    """Text with plain spaces, whatever the lines and the no-break spaces."""
    return " ".join(text.replace("\u200b", "").split())


def words(reader: PdfReader) -> str:
    """All the text of a document, in reading order."""
    return plain(" ".join(page.extract_text() for page in reader.pages))


def squeezed(text: str) -> str:
    """Text without any space: lines of a narrow column break words where they like."""
    return re.sub(r"\s", "", text.replace("\u200b", ""))


def elements(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Elements of the structure of a document, in reading order."""

    def below(node: Any) -> Iterator[DictionaryObject]:
        node = node.get_object()
        if isinstance(node, ArrayObject):
            for item in node:
                yield from below(item)
        elif isinstance(node, DictionaryObject):
            if "/S" in node:
                yield node
            if "/K" in node:
                yield from below(node["/K"])

    yield from below(reader.trailer["/Root"]["/StructTreeRoot"])


def figures(reader: PdfReader) -> list[str]:
    """Alternative texts of the figures; that of one without is empty."""
    return [str(item.get("/Alt", "")) for item in elements(reader) if item["/S"] == "/Figure"]


def links(reader: PdfReader) -> list[str]:
    return [
        str(note.get_object()["/A"]["/URI"])
        for page in reader.pages
        for note in page.get("/Annots", [])
        if note.get_object().get("/Subtype") == "/Link"
    ]


def check_form(content: bytes) -> PdfReader:
    """Hold a fiche against what every fiche must be; give it to look further."""
    assert len(content) < 400_000
    reader = read(content)
    assert len(reader.pages) == 2
    for page in reader.pages:
        assert abs(float(page.mediabox.width) - A4[0]) < 0.1
        assert abs(float(page.mediabox.height) - A4[1]) < 0.1
    root = reader.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert str(root["/Lang"]).lower().startswith("fr")
    assert reader.metadata is not None
    assert reader.metadata.title
    assert all(figures(reader))
    return reader
