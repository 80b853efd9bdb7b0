"""Lieux of a territory."""

from __future__ import annotations

from geo_service.api.shapes.common import Answer, Shape


class PlaceProvenance(Shape):
    """A row of a source that made a lieu."""

    source: str
    identifiant: str
    nom: str


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
    precision_m: float | None
    provenances: list[PlaceProvenance]


class Places(Answer):
    """Answer of the lieux."""

    total: int
    explication: str | None
    lieux: list[Place]
    suivant: str | None


class PlaceDetail(Answer, Place):
    """Answer of one lieu."""

    accessibilite: str | None
    telephone: str | None
    date_maj: str | None
