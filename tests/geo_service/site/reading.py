"""Reads a page as a browser or a screen reader would."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from lxml import html


class Read:
    """A page, parsed.

    Parameters
    ----------
    text
        The document.
    """

    def __init__(self, text: str) -> None:
        self.root = html.document_fromstring(text)

    @property
    def title(self) -> str:
        return str(self.root.findtext(".//title"))

    def meta(self, name: str) -> str:
        """Content of a ``meta``, by its name or property."""
        found = self.root.xpath("//meta[@name=$name or @property=$name]/@content", name=name)
        assert len(found) == 1, name
        return str(found[0])

    def texts(self, path: str) -> list[str]:
        """Texts of the elements of an XPath, their white space made plain."""
        return [" ".join(found.text_content().split()) for found in self.root.xpath(path)]

    def links(self) -> dict[str, str]:
        """Addresses of the links, by text."""
        return {" ".join(a.text_content().split()): a.get("href") for a in self.root.iter("a")}

    def faults(self) -> list[str]:
        """What no page may have: ids given twice, inline code, labels that lead nowhere."""
        found = [
            f"id en double : {name}"
            for name, count in Counter(self.root.xpath("//@id")).items()
            if count > 1
        ]
        found += [f"script dans la page : {s.text}" for s in self.root.xpath("//script[not(@src)]")]
        found += [f"style= : {e.tag}" for e in self.root.xpath("//*[@style]")]
        found += [
            f"{name}= : {element.tag}"
            for element in self.root.iter()
            if isinstance(element.tag, str)
            for name in element.keys()  # noqa: SIM118 (an element is no mapping)
            if name.startswith("on")
        ]
        ids = set(self.root.xpath("//@id"))
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            for value in self.root.xpath(f"//@{name}"):
                found += [f"{name} sans cible : {one}" for one in value.split() if one not in ids]
        for target in self.root.xpath("//a[starts-with(@href, '#')]/@href"):
            if target[1:] not in ids:
                found.append(f"lien sans cible : {target}")
        levels = [int(e.tag[1]) for e in self.root.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
        if levels.count(1) != 1:
            found.append(f"titres de niveau 1 : {levels.count(1)}")
        found += [f"titre h{a} suivi de h{b}" for a, b in pairwise(levels) if b > a + 1]
        return found
