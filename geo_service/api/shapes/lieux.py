"""Lieux of a territory."""

from __future__ import annotations

from geo_service.api.shapes.common import Answer, Shape


class Place(Shape):
    """A lieu."""

    id: str
    nom: str
    commune: str
    commune_nom: str
    adresse: str | None
    horaires: str | None
    site_web: str | None
    services: list[str]
    point: tuple[float, float]
    source: str
    localisation: str


class Places(Answer):
    """Answer of the lieux."""

    total: int
    explication: str | None
    lieux: list[Place]
    suivant: str | None
