"""SQL put together from the project's own text, with every value of a request bound apart."""

from __future__ import annotations

from typing import Any, LiteralString


class Binder:
    """Keeps the values of a query and names their places.

    Attributes
    ----------
    values
        Value of each place.
    joins
        Names of the joins that the text written so far reads.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.joins: set[str] = set()

    def bind(self, value: Any) -> LiteralString:
        """Keep a value; give the text of its place."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"


def conjunction(conditions: list[LiteralString]) -> LiteralString:
    """Join conditions that must all hold."""
    return " AND ".join(f"({condition})" for condition in conditions) if conditions else "TRUE"
