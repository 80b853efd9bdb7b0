"""Values as cells of CSV and of workbooks: nothing in them is run."""

from __future__ import annotations

from geo_service.exports.model import Value

#: First characters that make a spreadsheet take a text for a formula (OWASP, CSV injection), their
#: full-width forms among them.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Between the items of a list in one cell.
LIST_SEPARATOR = "|"


def joined(value: Value) -> str | int | float | bool | None:
    """Give a value a single cell can hold: a list as one text, a date in ISO 8601."""
    if isinstance(value, list):
        return LIST_SEPARATOR.join(value)
    return value if value is None or isinstance(value, str | int | float) else value.isoformat()


def neutral(value: Value) -> Value:
    """Make a cell's value safe to open in a spreadsheet.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    Value
        Lists joined in one text; an apostrophe put before text that would be run as a formula.
    """
    text = LIST_SEPARATOR.join(value) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text
