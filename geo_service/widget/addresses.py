"""Addresses of the atlas as other sites write them, and the codes these sites paste."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from starlette.types import Scope

from geo_service.api.parameters import NIVEAUX, moved_code, unknown_territory
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.maps.text import clean
from geo_service.ogc.exchange import origin_of
from geo_service.territories import Territory
from geo_service.widget.options import HEIGHT, Options, check_subject, read_options

#: First part of the path of widgets.
PREFIX: Final = "widget"
#: Longest address read, characters.
LONGEST: Final = 2000
#: What the frame may do: run our script, with our origin so that the map's own worker starts, and
#: open the atlas in another window. Not: navigate the town's page, send forms, open dialogs.
SANDBOX: Final = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"

_PORTS: Final = {"http": 80, "https": 443}


def public_origin(scope: Scope) -> str:
    """Scheme and host that other sites reach us by.

    Behind a proxy that ends TLS we are spoken to over HTTP; a code that said ``http:`` would be
    refused by every town's page, as mixed content. What the proxy says of it was read at the door,
    where the settings say that there is one: believed here, anybody's header would be written in
    codes that a cache then gives to others.
    """
    return origin_of(scope)


@dataclass(frozen=True)
class Place:
    """A territory and a subject, as an address names them.

    Attributes
    ----------
    territory
        The territory, of today's code.
    options
        The rest of the widget.
    """

    territory: Territory
    options: Options

    def page(self, origin: str = "") -> str:
        """Address of the page of the atlas about it."""
        subject = "".join(
            f"?{name}={quote(code, safe='')}" for name, code in self.options.subject().items()
        )
        return f"{origin}{territory_path(self.territory)}{subject}"

    def widget(self, origin: str = "") -> str:
        """Address of its widget."""
        return f"{origin}/{PREFIX}{territory_path(self.territory)}?{self.options.query()}"


def territory_path(territory: Territory) -> str:
    """Path of the page of a territory."""
    return f"/{territory.niveau}/{quote(territory.code, safe='')}"


def resolve(atlas: PublishedAtlas, niveau: str, code: str) -> Territory:
    """Find the territory of a niveau and a code of any year, whose services are counted.

    Parameters
    ----------
    atlas
        The publication.
    niveau, code
        Of any address.

    Returns
    -------
    Territory
        That of today's code; the city of an arrondissement municipal, since services are known by
        commune.

    Raises
    ------
    Problem
        404, with the territories that may be meant.
    """
    if niveau not in NIVEAUX:
        raise Problem(
            404,
            f"Le niveau « {niveau[:20]} » n’existe pas. Niveaux possibles : {', '.join(NIVEAUX)}.",
        )
    known = atlas.metadata.territories
    territory = known.by_key.get((niveau, code))
    if territory is None:
        moved = moved_code(atlas, niveau, code)
        if moved is None:
            raise unknown_territory(atlas, niveau, code)
        territory = known.by_key[niveau, moved]
    if niveau == "arrondissement":
        return known.by_key["commune", known.anciens[territory.code]]
    return territory


def place_of(atlas: PublishedAtlas, origin: str, address: str) -> Place:
    """Read an address of a page or of a widget of this atlas.

    Parameters
    ----------
    atlas
        The publication.
    origin
        Scheme and host of this atlas.
    address
        Absolute address, as somebody pasted it.

    Raises
    ------
    Problem
        404 if it is not an address of ours that has a widget: another host, another page, an
        unknown territory or subject.
    """
    path, query = _own(origin, address)
    parts = [unquote(part) for part in path.strip("/").split("/")]
    framed = parts[0] == PREFIX
    niveau_and_code = parts[1:] if framed else parts
    if len(niveau_and_code) != 2 or niveau_and_code[0] not in NIVEAUX:  # noqa: PLR2004
        raise Problem(
            404,
            "Seules les pages des territoires s’intègrent : /commune/35238, "
            "/epci/243500139?enjeu=education…",
        )
    territory = resolve(atlas, *niveau_and_code)
    try:
        options = read_options(parse_qsl(query))
        if not framed:
            # A page has parameters of its own, which are not those of a widget.
            options = Options(axis=options.axis, code=options.code)
        check_subject(atlas, options)
    except Problem as problem:
        raise Problem(404, problem.detail, problem.more) from None
    return Place(territory, options)


def _own(origin: str, address: str) -> tuple[str, str]:
    """Path and query of an address of this atlas; 404 for any other."""
    other = Problem(404, "Cette adresse n’est pas une page de cet atlas.")
    if len(address) > LONGEST:
        raise other
    try:
        asked, own = urlsplit(address), urlsplit(origin)
        # Whole hosts are compared: an end that is alike is somebody else's.
        hosts = [(parts.hostname, parts.port or _PORTS.get(parts.scheme)) for parts in (asked, own)]
    except ValueError:
        raise other from None
    if asked.scheme not in _PORTS or asked.username is not None or asked.password is not None:
        raise other
    if asked.scheme != own.scheme and asked.port is None and own.port is None:
        # The same site, by HTTP and by HTTPS.
        hosts = [(asked.hostname, None), (own.hostname, None)]
    if hosts[0] != hosts[1]:
        raise other
    return asked.path, asked.query


def frame_title(territory: Territory, options: Options) -> str:
    """Name the frame for those who hear it: its title, or what it shows."""
    if options.titre is not None:
        return clean(options.titre)
    if options.langue == "en":
        return f"Map of digital public services: {clean(territory.nom)}"
    return f"Carte des services numériques : {clean(territory.nom)}"


def iframe_code(place: Place, origin: str, width: str = "100%", height: int | None = None) -> str:
    """Write the ``<iframe>`` to paste.

    Parameters
    ----------
    place
        What it shows.
    origin
        Scheme and host of this atlas.
    width
        Attribute ``width``: pixels or a percentage.
    height
        Pixels; that of the options by default.
    """
    title = escape(frame_title(place.territory, place.options))
    return (
        f'<iframe src="{escape(place.widget(origin))}" title="{title}" width="{width}" '
        f'height="{height or place.options.hauteur}" loading="lazy" '
        f'referrerpolicy="no-referrer" sandbox="{SANDBOX}" style="border:0"></iframe>'
    )


def component_code(place: Place, origin: str) -> str:
    """Write the script and the ``<carte-citoyenne>`` to paste, a link in it for want of script."""
    territory, options = place.territory, place.options
    attributes = {"niveau": territory.niveau, "code": territory.code, **options.parameters()}
    attributes.setdefault("hauteur", str(HEIGHT))
    written = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    title = escape(frame_title(territory, options))
    return (
        f'<script type="module" src="{origin}/widget.js"></script>\n'
        f'<carte-citoyenne {written}><a href="{escape(place.page(origin))}">{title}</a>'
        "</carte-citoyenne>"
    )


def fitted(place: Place, hauteur: int) -> Place:
    """Give the same widget, made for another height."""
    return Place(place.territory, replace(place.options, hauteur=hauteur))
