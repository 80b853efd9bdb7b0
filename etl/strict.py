"""Settings read from TOML by people: strict models, and errors in the words of their files."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic_core import ErrorDetails, PydanticCustomError

#: French wording of the pydantic errors a data manager can meet, by error type.
_WORDINGS = {
    "missing": "ce réglage obligatoire manque",
    "extra_forbidden": "ce réglage est inconnu ; vérifiez son orthographe",
    "string_type": "un texte entre guillemets est attendu",
    "string_too_short": "ce texte ne peut pas être vide",
    "string_pattern_mismatch": "la forme de ce texte n'est pas celle attendue ({pattern})",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "float_type": "un nombre est attendu",
    "float_parsing": "un nombre est attendu",
    "finite_number": "un nombre fini est attendu",
    "greater_than": "la valeur doit être supérieure à {gt}",
    "bool_type": "true ou false est attendu",
    "bool_parsing": "true ou false est attendu",
    "list_type": "une liste entre crochets est attendue",
    "model_type": "un tableau de réglages est attendu",
    "greater_than_equal": "la valeur doit être au moins {ge}",
    "less_than_equal": "la valeur doit être au plus {le}",
    "literal_error": "les valeurs possibles sont {expected}",
    "too_short": "il en faut au moins {min_length}",
}


def sentence(error: ErrorDetails) -> str:
    """French sentence for one validation error, in the words of the configuration file."""
    where = "".join(
        f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in error["loc"]
    ).lstrip(".")
    kind = error["type"]
    if kind.startswith("date_"):
        wording = "une date est attendue, par exemple 2026-01-31"
    elif kind in _WORDINGS:
        wording = _WORDINGS[kind].format(**error.get("ctx", {}))
    else:
        wording = error["msg"]
    return f"{where or 'fichier'} : {wording}"


def french_error(text: str) -> PydanticCustomError:
    """Make the error a validator raises, with its French wording."""
    return PydanticCustomError("atlas", "{texte}", {"texte": text})


class Strict(BaseModel):
    """Base of the configuration models: unknown settings are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
