"""One request under ``/ogc/`` and its answer: parameters, negotiation, links."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from starlette.types import ASGIApp, Scope

from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem, closest
from geo_service.etags import header_of
from geo_service.ogc.stamped import Stamped

JSON = "application/json"
GEOJSON = "application/geo+json"
SCHEMA_JSON = "application/schema+json"
HTML = "text/html"
#: RFC 9512 has no JSON form: the media type that OGC API – Features Part 1 (17-069r4 §9.2) names.
OPENAPI_JSON = "application/vnd.oai.openapi+json;version=3.0"

#: Names of the two representations every resource has, as given to ``f``.
REPRESENTATIONS = ("json", "html")

#: Bytes of a query beyond which it is not read.
LONGEST_QUERY = 50_000
#: Parameters read at most.
MOST_PARAMETERS = 100
#: Characters of a value shown back in a sentence.
_SHOWN = 60

#: Characters that links leave as they are.
_READABLE = ",:/"
_HOST = re.compile(r"[A-Za-z0-9._\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")

Link = dict[str, Any]


def shown(value: object) -> str:
    """Shorten a value that a sentence shows back."""
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def refused(name: str, reason: str) -> Problem:
    """Make the 400 of a parameter whose value is refused; ``reason`` ends the sentence."""
    return Problem(
        400,
        f"Le paramètre « {shown(name)} » est refusé : {reason}",
        {"parametres": [{"nom": shown(name), "motif": "valeur_refusee"}]},
    )


@dataclass(frozen=True)
class Exchange:
    """One request, read.

    Attributes
    ----------
    atlas
        The publication it is answered from.
    base
        Address of the landing page without its final slash: scheme, host and ``/ogc``.
    path
        What follows ``/ogc``, decoded.
    query
        Parameters that are not empty, each once, in the order given.
    accept
        Header ``Accept``.
    gzip
        Whether the answer may be compressed.
    variables
        Parts of the path that the route names.
    """

    atlas: PublishedAtlas
    base: str
    path: str
    query: Mapping[str, str]
    accept: str
    gzip: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Address of the resource asked, without its query."""
        return f"{self.base}{quote(self.path)}"

    def with_query(self, **changes: str | None) -> str:
        """Address asked, with some parameters changed; None takes one away."""
        names = {name.replace("_", "-"): value for name, value in changes.items()}
        written = [text for name, text in self._written.items() if name not in names]
        added = {name: value for name, value in names.items() if value is not None}
        if added:
            written.append(urlencode(added, safe=_READABLE))
        query = "&".join(written)
        return f"{self.address}?{query}" if query else self.address

    @cached_property
    def _written(self) -> dict[str, str]:
        """Each parameter as links write it: a filter may be long, and links are several."""
        return {
            name: urlencode({name: value}, safe=_READABLE) for name, value in self.query.items()
        }

    @property
    def canonical(self) -> str:
        """The parameters in one spelling, whatever their order."""
        return urlencode(sorted(self.query.items()))

    def check_names(self, allowed: Collection[str]) -> None:
        """Refuse parameters that the resource does not have.

        Raises
        ------
        Problem
            400, naming them and the ones that are likely meant.
        """
        unknown = [name for name in self.query if name not in allowed]
        if not unknown:
            return
        sentences, more = [], []
        for name in unknown[:5]:
            suggestion = closest(name, sorted(allowed))
            guess = f" : vouliez-vous dire « {suggestion} » ?" if suggestion else "."
            sentences.append(f"Le paramètre « {shown(name)} » n’existe pas ici{guess}")
            more.append(
                {"nom": shown(name), "motif": "parametre_inconnu", "suggestion": suggestion}
            )
        sentences.append(f"Paramètres possibles : {', '.join(sorted(allowed))}.")
        raise Problem(400, " ".join(sentences), {"parametres": more})

    def representation(self, others: Sequence[str] = ()) -> str:
        """Choose the representation: ``f`` decides, else ``Accept``, else JSON.

        Parameters
        ----------
        others
            Further values that ``f`` may have here.

        Raises
        ------
        Problem
            400 for an unknown ``f``.
        """
        known = (*REPRESENTATIONS, *others)
        asked = self.query.get("f")
        if asked is None:
            return "html" if prefers_html(self.accept) else "json"
        if asked not in known:
            raise refused("f", f"les formes possibles ici sont {', '.join(known)}.")
        return asked


def prefers_html(accept: str) -> bool:
    """Tell whether ``Accept`` ranks HTML above JSON (RFC 9110 §12.5.1).

    Parameters
    ----------
    accept
        Value of the header, empty when absent.

    Returns
    -------
    bool
        False on equal ranks: programs that accept anything get JSON.
    """
    if "html" not in accept:
        return False
    html = json = 0.0
    everything = 0.0
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        if name in {HTML, "application/xhtml+xml"}:
            html = max(html, weight)
        elif name.startswith("application/") and name.endswith("json"):
            json = max(json, weight)
        elif name in {"*/*", "application/*"}:
            everything = max(everything, weight)
    return html > max(json, everything)


def read_query(scope: Scope) -> dict[str, str]:
    """Read the parameters of a request.

    Raises
    ------
    Problem
        400 if one is given twice, or if there is too much to read.
    """
    raw = scope["query_string"]
    if not raw:
        return {}
    if len(raw) > LONGEST_QUERY:
        raise Problem(
            400, f"L’adresse est trop longue : {LONGEST_QUERY} octets de paramètres au plus."
        )
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except (UnicodeDecodeError, ValueError):
        raise Problem(
            400,
            "Les paramètres de l’adresse ne se lisent pas : ils doivent être de l’UTF-8 encodé "
            f"par des « % », {MOST_PARAMETERS} au plus.",
        ) from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Problem(400, f"Le paramètre « {shown(name)} » est donné plusieurs fois.")
        if "\0" in value or "\0" in name:
            raise refused(name, "un caractère nul n’est pas permis.")
        found[name] = value
    return {name: value for name, value in found.items() if value != ""}


def origin_of(scope: Scope) -> str:
    """Scheme and host the client used.

    Raises
    ------
    Problem
        400 for a host that is no host.
    """
    host = header_of(scope, b"host").decode("latin-1")
    if not host and scope.get("server"):
        name, port = scope["server"]
        host = f"{name}:{port}"
    if not _HOST.fullmatch(host):
        raise Problem(400, "Le nom d’hôte de la demande n’est pas valable.")
    return f"{scope.get('scheme', 'http')}://{host}"


@dataclass(frozen=True)
class Answer:
    """What is sent back.

    Attributes
    ----------
    body
        Bytes, not compressed unless ``gzipped``.
    media_type
        ``Content-Type``.
    headers
        Further headers.
    gzipped
        Whether the body is compressed already: only where the client takes gzip.
    download
        Makes, of the headers, what sends a file instead of the body; ``gzipped`` then tells that
        it is not to be compressed.
    page
        The same body but for the instant it was written at, which may be kept.
    """

    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    gzipped: bool = False
    download: Callable[[Mapping[str, str]], ASGIApp] | None = None
    page: Stamped | None = None


def as_json(
    content: Any, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Answer:
    """Answer a JSON document."""
    return Answer(orjson.dumps(content), media_type, headers or {})


def link(href: str, rel: str, media_type: str | None, title: str, **more: Any) -> Link:
    """Make a link as OGC API documents hold them."""
    found: Link = {"href": href, "rel": rel}
    if media_type is not None:
        found["type"] = media_type
    return {**found, "title": title, **more}


def own_links(
    exchange: Exchange, kind: str, title: str, media_types: Mapping[str, str]
) -> list[Link]:
    """Link a document to itself and to its other representations.

    Parameters
    ----------
    kind
        The representation being written.
    title
        What the document is.
    media_types
        Media type of each representation, by value of ``f``.
    """
    links = [
        link(
            exchange.with_query() if "f" in exchange.query else exchange.with_query(f=kind),
            "self",
            media_types[kind],
            f"{title} (ce document)",
        )
    ]
    links += [
        link(exchange.with_query(f=other), "alternate", media_type, f"{title} ({other})")
        for other, media_type in media_types.items()
        if other != kind
    ]
    return links
