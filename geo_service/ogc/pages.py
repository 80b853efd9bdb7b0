"""The pages: what the JSON documents say, for people, written on the server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from jinja2 import Environment

from etl.french import figure
from geo_service.ogc.collections import Collection
from geo_service.ogc.exchange import HTML, Answer, Exchange
from geo_service.ogc.selection import Selection, sortable
from geo_service.templating import templates_of

_TYPE = f"{HTML}; charset=utf-8"


@cache
def environment() -> Environment:
    """Give the environment of the templates of the OGC pages."""
    found = templates_of("geo_service.ogc")
    found.filters["nombre"] = figure
    found.filters["valeur"] = _value
    return found


def _value(value: Any) -> str:
    """Write a value as people read it."""
    if value is None or value == []:
        return "–"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}".replace(".", ",")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def render(
    exchange: Exchange,
    template: str,
    title: str,
    *,
    trail: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> Answer:
    """Write a page.

    Parameters
    ----------
    exchange
        The request.
    template
        Name of the file in ``templates``, without its ending.
    title
        Title of the page.
    trail
        Addresses of the pages above it, by name.
    headers
        Further headers.
    content
        What the template reads.
    """
    text = (
        environment()
        .get_template(f"{template}.html")
        .render(
            base=exchange.base,
            title=title,
            trail=trail or {},
            json_address=exchange.with_query(f="json"),
            publication=exchange.atlas.id,
            millesime=exchange.atlas.metadata.millesime,
            **content,
        )
    )
    return Answer(text.encode(), _TYPE, headers or {})


def _home(exchange: Exchange) -> dict[str, str]:
    return {"Accueil": f"{exchange.base}/?f=html"}


def _list(exchange: Exchange) -> dict[str, str]:
    return {**_home(exchange), "Collections": f"{exchange.base}/collections?f=html"}


def _one(exchange: Exchange, collection: Collection) -> dict[str, str]:
    address = f"{exchange.base}/collections/{collection.id}?f=html"
    return {**_list(exchange), collection.title: address}


def landing(exchange: Exchange, content: Mapping[str, Any]) -> Answer:
    """Write the landing page."""
    return render(exchange, "accueil", content["title"], content=content)


def conformance(exchange: Exchange, content: Mapping[str, Any]) -> Answer:
    """Write the page of the conformance classes."""
    return render(
        exchange, "conformite", "Classes de conformité", trail=_home(exchange), content=content
    )


def api(exchange: Exchange, content: Mapping[str, Any]) -> Answer:
    """Write the documentation."""
    return render(
        exchange, "api", "Documentation de l’OGC API", trail=_home(exchange), content=content
    )


def collections(exchange: Exchange, content: Mapping[str, Any]) -> Answer:
    """Write the list of collections."""
    return render(exchange, "collections", "Collections", trail=_home(exchange), content=content)


def collection(exchange: Exchange, content: Mapping[str, Any]) -> Answer:
    """Write the description of a collection."""
    return render(exchange, "collection", content["title"], trail=_list(exchange), content=content)


def schema(exchange: Exchange, found: Collection, content: Mapping[str, Any]) -> Answer:
    """Write the page of the queryables or of the sortables."""
    return render(
        exchange, "schema", content["title"], trail=_one(exchange, found), content=content
    )


def items(
    exchange: Exchange, selection: Selection, page: Mapping[str, Any], headers: Mapping[str, str]
) -> Answer:
    """Write a page of features as a table."""
    found = selection.collection
    following = [one["href"] for one in page["links"] if one["rel"] == "next"]
    return render(
        exchange,
        "entites",
        f"{found.title} : entités",
        trail=_one(exchange, found),
        headers=headers,
        collection=found,
        fields=selection.fields,
        sortables=list(sortable(found)),
        page=page,
        following=following[0] if following else None,
        query=exchange.query,
    )


def item(
    exchange: Exchange, found: Collection, content: Mapping[str, Any], headers: Mapping[str, str]
) -> Answer:
    """Write the page of a feature."""
    geometry = content["geometry"]
    return render(
        exchange,
        "entite",
        f"{found.title} : {content['id']}",
        trail={
            **_one(exchange, found),
            "Entités": f"{exchange.base}/collections/{found.id}/items?f=html",
        },
        headers=headers,
        fields=found.fields,
        content=content,
        geometry=None if geometry is None else geometry_text(content),
    )


def geometry_text(content: Mapping[str, Any]) -> str:
    """Give the GeoJSON text of the geometry of a feature."""
    return orjson.dumps(content["geometry"]).decode()
