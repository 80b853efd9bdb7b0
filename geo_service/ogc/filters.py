"""Reading a filter: its language, its bounds, its tree as CQL2 JSON.

The grammar and the JSON schema are those of the library ``cql2``. Its parser calls itself at each
level of nesting, so that a text nested some thousand times would overflow the stack of the process:
what nests is counted before the text is given to it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import cql2
import orjson

from geo_service.ogc.exchange import refused, shown

#: Languages of ``filter-lang``; the first is meant when none is given.
LANGUAGES = ("cql2-text", "cql2-json")

#: Characters of a filter.
LONGEST = 30_000
#: Levels of nesting of a filter, whether written or in its tree.
DEEPEST = 60
#: Nodes of the tree, coordinates left out.
MOST_NODES = 2_000

#: Operators before an operand, put one after the other, nest as brackets do; so do powers.
_PREFIXES = re.compile(r"(?:(?:\bnot\b|[-+])\s*){8}", re.IGNORECASE)
_MOST_POWERS = 30
#: Characters of a text, times two for each level of its brackets: its parser tries one choice after
#: the other and keeps nothing of them, so that an error inside n brackets is told after 2ⁿ readings
#: of all that is there. So many take 0.4 s of processor.
_MOST_READ = 1_000_000
_QUOTED = re.compile(r"'(?:''|[^'])*'")


def _depth(text: str, opening: str, closing: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in opening:
            depth += 1
            deepest = max(deepest, depth)
        elif character in closing:
            depth -= 1
    return deepest


def read_filter(text: str, language: str | None) -> Any:
    """Read a filter.

    Parameters
    ----------
    text
        Value of ``filter``.
    language
        Value of ``filter-lang``; None for CQL2 text.

    Returns
    -------
    object
        Tree of OGC 21-065r2, as its JSON encoding.

    Raises
    ------
    Problem
        400 if the language is unknown, the text too long or too nested, or not of the language.
    """
    chosen = language or LANGUAGES[0]
    if chosen not in LANGUAGES:
        raise refused("filter-lang", f"les langages possibles sont {', '.join(LANGUAGES)}.")
    if len(text) > LONGEST:
        raise refused("filter", f"il a {len(text)} caractères ; {LONGEST} au plus sont lus.")
    tree = _read_json(text) if chosen == "cql2-json" else _read_text(text)
    _check_size(tree)
    return tree


@lru_cache(maxsize=256)
def _read_text(text: str) -> Any:
    bare = _QUOTED.sub("''", text)
    depth = _depth(bare, "(", ")")
    if depth > DEEPEST or _PREFIXES.search(bare) or bare.count("^") > _MOST_POWERS:
        raise _too_deep()
    if len(text) * 2**depth > _MOST_READ:
        raise refused(
            "filter",
            f"ses parenthèses sont imbriquées sur {depth} niveaux, trop pour sa longueur ; "
            "écrivez-le en CQL2 JSON (filter-lang=cql2-json).",
        )
    try:
        return cql2.parse_text(text).to_json()
    except Exception as error:  # noqa: BLE001 (what the library raises for a number it cannot read)
        raise refused("filter", f"ce n’est pas du CQL2 en texte{_where(str(error))}.") from None


@lru_cache(maxsize=256)
def _read_json(text: str) -> Any:
    if _depth(text, "[{", "]}") > 2 * DEEPEST:
        raise _too_deep()
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise refused(
            "filter", f"ce n’est pas du JSON (caractère {error.pos + 1}) ; CQL2 JSON est attendu."
        ) from None
    try:
        cql2.parse_json(orjson.dumps(content).decode()).validate()
    except Exception:  # noqa: BLE001 (see above)
        raise refused("filter", "ce n’est pas du CQL2 JSON (schéma de l’OGC 21-065r2).") from None
    # As it was read here: the library rounds coordinates when it writes them.
    return content


def _where(message: str) -> str:
    """Say where the parser stopped: it writes « --> line:column » first."""
    found = re.search(r"--> (\d+):(\d+)", message)
    return f" à partir du caractère {found[2]}, ligne {found[1]}" if found else ""


def _too_deep() -> Exception:
    return refused("filter", f"il est trop imbriqué : {DEEPEST} niveaux au plus sont lus.")


def _check_size(tree: Any) -> None:
    nodes = 0
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        nodes += 1
        if depth > DEEPEST:
            raise _too_deep()
        if nodes > MOST_NODES:
            raise refused("filter", f"il a trop d’éléments : {MOST_NODES} au plus sont lus.")
        if isinstance(node, dict):
            if "op" not in node:
                continue  # a literal, or a property: bounded by the length of the text
            stack += [(child, depth + 1) for child in node.get("args", ())]
        elif isinstance(node, list):
            stack += [(child, depth + 1) for child in node]
        elif not isinstance(node, str | int | float | bool | None):
            raise refused("filter", f"l’élément « {shown(node)} » n’est pas compris.")
