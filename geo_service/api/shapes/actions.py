"""Actions of a territory."""

from __future__ import annotations

from geo_service.api.shapes.common import Answer, Parent, Shape


class ActionActeur(Shape):
    """An organisation that takes part in an action."""

    id: str
    nom: str


class Action(Shape):
    """An action."""

    id: str
    titre: str
    description: str | None
    url: str | None
    porteur: Parent
    services: list[str]
    type: str
    statut: str | None
    date_debut: str | None
    date_fin: str | None
    date_maj: str | None
    acteurs: list[ActionActeur]
    points: list[tuple[float, float]]
    source: str


class Actions(Answer):
    """Answer of the actions."""

    total: int
    explication: str | None
    actions: list[Action]
    suivant: str | None


class ActionDetail(Answer, Action):
    """Answer of one action."""
