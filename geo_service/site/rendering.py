"""The one way to answer a page: template, validators, compression, headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import bytes_reply, fleeting_response
from geo_service.atlas import PublishedAtlas
from geo_service.errors import RETRY_AFTER
from geo_service.ogc.exchange import origin_of
from geo_service.security import page_policy
from geo_service.site import addresses
from geo_service.site.assets import Assets, Entry
from geo_service.site.typography import FrenchSpaces
from geo_service.site.words import FILTERS, STATUTS, settled
from geo_service.templating import templates_of

SITE: Final = "Atlas de l’internet citoyen"
_TYPE: Final = "text/html; charset=utf-8"


@cache
def environment() -> Environment:
    """Give the environment of the pages' templates: every value is escaped."""
    found = templates_of("geo_service.site", finalize=settled, extensions=[FrenchSpaces])
    found.filters.update(FILTERS)
    found.globals.update(site=SITE, statuts=STATUTS)
    found.filters.update(addresses.FILTERS)
    return found


@dataclass(frozen=True)
class Page:
    """What a template is given, and what the page says of itself to machines.

    Attributes
    ----------
    template
        Name of the file in ``templates``, without its ending.
    title
        Title, without the name of the site.
    description
        A sentence or two, for search engines and previews.
    content
        What the template reads.
    path
        Canonical address of the page, from the root, with its query.
    image
        Address of the preview, from the root; None for a page without one.
    embed
        Address of the page itself if oEmbed turns it into a widget.
    """

    template: str
    title: str
    description: str
    content: Mapping[str, Any]
    path: str
    image: str | None = None
    embed: bool = False


def write(page: Page, *, origin: str, entry: Entry, atlas: PublishedAtlas | None) -> bytes:
    """Write a page.

    Parameters
    ----------
    page
        The page.
    origin
        Scheme and host of its own address.
    entry
        Script and stylesheet of the build that it uses.
    atlas
        The publication it tells of, if any.

    Returns
    -------
    bytes
        HTML in UTF-8.
    """
    text = (
        environment()
        .get_template(f"{page.template}.html")
        .render(
            page=page,
            origin=origin,
            entry=entry,
            starter=atlas is not None and bool(atlas.metadata.referentiel["demarrage"]),
            publication=None if atlas is None else atlas.id,
            millesime=None if atlas is None else atlas.metadata.millesime,
            **page.content,
        )
    )
    return text.encode()


async def page_reply(
    request: Request,
    assets: Assets,
    atlas: PublishedAtlas,
    canonical: Mapping[str, Any],
    make: Callable[[], Awaitable[Page]],
    *,
    entry: str = "site",
    frame_src: str = "",
) -> Response:
    """Answer with a page, from one publication.

    Parameters
    ----------
    request
        The request.
    assets
        The build.
    atlas
        The publication it is answered from.
    canonical
        Its parameters in one spelling, for the ETag.
    make
        Makes the page.
    entry
        Entry of the build that the page uses.
    frame_src
        What the page shows in frames, if anything.

    Returns
    -------
    Response
        200 or 304, with the security headers of a page.

    Raises
    ------
    NotBuiltError
        If the scripts and stylesheets are not built.
    """
    origin = origin_of(request.scope)
    built = assets.entry(entry)
    key = (
        *(assets.version, origin, request.url.path),
        *(urlencode(sorted(canonical.items())), entry),
    )

    async def body() -> bytes:
        return write(await make(), origin=origin, entry=built, atlas=atlas)

    policy = page_policy(built.style_hash, frame_src=frame_src)
    return await bytes_reply(
        request,
        atlas,
        key,
        body,
        _TYPE,
        headers={"Content-Security-Policy": policy},
        built=True,
    )


def message_page(
    request: Request,
    assets: Assets,
    status: int,
    title: str,
    text: str,
    *,
    links: Mapping[str, str] | None = None,
) -> Response:
    """Answer a page that says what went wrong and where to go from there.

    Parameters
    ----------
    request
        The request.
    assets
        The build.
    status
        HTTP status.
    title
        What went wrong, in a few words.
    text
        What to do, in a sentence or two.
    links
        Addresses by label.

    Returns
    -------
    Response
        Never stored; with ``Retry-After`` if it is to be asked again.
    """
    built = assets.entry("site")
    page = Page(
        "message", title, text, {"text": text, "links": dict(links or {})}, request.url.path
    )
    headers = {"Content-Security-Policy": page_policy(built.style_hash)}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER)
    body = write(page, origin=origin_of(request.scope), entry=built, atlas=None)
    return fleeting_response(request, body, status, _TYPE, headers)
