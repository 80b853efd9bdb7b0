"""Addresses of pages, written in one way; those of others, trusted only when they are web pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from geo_service.french_sentences import a, de, pour_cent

#: Longest address of somebody else that is made a link.
_LONGEST: Final = 2000
#: Statuts and types of actions in words.
ACTION_STATUTS: Final = {
    "prevue": "prévue",
    "en_cours": "en cours",
    "terminee": "terminée",
    "abandonnee": "abandonnée",
}
ACTION_TYPES: Final = {"projet": "projet", "lieu": "lieu", "evenement": "événement"}


def place_of(niveau: str, code: str) -> str:
    """Give the address of the page of a territory."""
    return f"/{niveau}/{quote(code)}"


def item_of(kind: str, identifier: str) -> str:
    """Give the address of the page of a lieu or of an action.

    Parameters
    ----------
    kind
        ``lieu`` or ``action``.
    identifier
        Its id; whatever a source wrote in it.
    """
    return f"/{kind}/{quote(identifier, safe=':')}"


def asked_with(path: str, /, **parameters: object) -> str:
    """Add parameters to a path; those that are None or empty are left out.

    Examples
    --------
    >>> asked_with("/epci/1", service="a", cursor=None)
    '/epci/1?service=a'
    """
    kept = {name: value for name, value in parameters.items() if value not in {None, ""}}
    return f"{path}?{urlencode(kept)}" if kept else path


def web_page(address: str | None) -> str | None:
    """Give the address of a web page that a file holds; None for anything else.

    Parameters
    ----------
    address
        What the file says: perhaps no address at all, or one that a browser would run.

    Returns
    -------
    str or None
        An ``http`` or ``https`` address with a host.
    """
    text = (address or "").strip()
    # Browsers drop these from an address, and find there what was hidden by them.
    if not text or len(text) > _LONGEST or any(sign.isspace() or sign < " " for sign in text):
        return None
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    return text if parts.scheme in {"http", "https"} and host else None


def shortened(text: str, longest: int) -> str:
    """Cut a text that a file holds, at a space where there is one near."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    at = cut.rfind(" ", longest // 2)
    return f"{cut[:at] if at > 0 else cut}…"


#: What templates write addresses and texts of files with.
FILTERS: Final[dict[str, Callable[..., object]]] = {
    "page_lieu": partial(item_of, "lieu"),
    "page_action": partial(item_of, "action"),
    "page_du_web": web_page,
    "tronque": shortened,
    "pour_cent": pour_cent,
    "de_territoire": de,
    "a_territoire": a,
    "statut_action": ACTION_STATUTS.__getitem__,
    "type_action": ACTION_TYPES.__getitem__,
}
