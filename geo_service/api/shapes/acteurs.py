"""Organisations that take part in actions."""

from __future__ import annotations

from geo_service.api.shapes.common import Answer, Parent, Shape, Territory


class Acteur(Shape):
    """An organisation, with the number of actions it takes part in."""

    id: str
    nom: str
    siren: str | None
    actions: int
    services: list[str]


class Acteurs(Answer):
    """Answer of the search of organisations."""

    total: int
    acteurs: list[Acteur]


class NearAction(Shape):
    """The nearest action of an organisation."""

    id: str
    titre: str
    url: str | None
    porteur: Parent
    distance_km: float | None


class NearActeur(Acteur):
    """An organisation that works near a territory."""

    plus_proche: NearAction


class NearActeurs(Answer):
    """Answer of the organisations that work near a territory."""

    territoire: Territory
    rayon_km: float
    total: int
    acteurs: list[NearActeur]


class ActeurAction(Shape):
    """An action an organisation takes part in."""

    id: str
    titre: str
    url: str | None
    porteur: Parent
    services: list[str]
    statut: str | None
    date_debut: str | None
    date_fin: str | None


class ActeurDetail(Answer, Acteur):
    """Answer of an organisation's address."""

    liste: list[ActeurAction]
