"""SQL of the ETL, in ``.sql`` files; tables are found through the connection's search path."""

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def load(name: str) -> LiteralString:
    """Read one script.

    Parameters
    ----------
    name
        Path of the file in this folder, without ``.sql``: ``rates``, ``deduplication/fusion``.

    Returns
    -------
    LiteralString
        Its text: files of this package are as trusted as its code.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    return (files(__name__) / f"{name}.sql").read_text(encoding="utf-8")
