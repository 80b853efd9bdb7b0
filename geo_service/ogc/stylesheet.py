"""``/ogc/apparence.css``: the one style sheet of the pages, served from here."""

from __future__ import annotations

from importlib.resources import files

from geo_service.ogc.exchange import Answer, Exchange


async def stylesheet(exchange: Exchange) -> Answer:
    """Answer the style sheet."""
    exchange.check_names(())
    body = (files("geo_service.ogc") / "templates" / "apparence.css").read_bytes()
    return Answer(body, "text/css; charset=utf-8")
