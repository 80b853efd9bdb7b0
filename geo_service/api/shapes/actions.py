"""Actions of a territory."""

from __future__ import annotations

from geo_service.api.shapes.common import Answer, Parent, Shape


class Action(Shape):
    """An action."""

    id: str
    titre: str
    description: str | None
    url: str | None
    porteur: Parent
    services: list[str]
    type: str
    source: str


class Actions(Answer):
    """Answer of the actions."""

    total: int
    explication: str | None
    actions: list[Action]
    suivant: str | None
