"""From the tree of a CQL2 filter to a condition in SQL.

Only the names of :class:`~geo_service.ogc.collections.Field` become text of the query; literals are
bound. Types are checked here, so that the database is never asked a question it would refuse.

References
----------
OGC 21-065r2, Common Query Language (CQL2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, LiteralString

from geo_service.errors import Problem, closest
from geo_service.ogc.binding import Binder
from geo_service.ogc.collections import Collection
from geo_service.ogc.crs import Crs
from geo_service.ogc.exchange import refused, shown
from geo_service.ogc.instants import Instant, read_instant
from geo_service.ogc.literals import is_mixed, read_geometry

Kind = Literal["text", "number", "time", "boolean", "texts", "geometry", "null"]

#: Name of the geometry in filters, as in GeoJSON.
GEOMETRY: Final = "geometry"

_NAMES: Final[Mapping[Kind, str]] = {
    "text": "un texte",
    "number": "un nombre",
    "time": "une date",
    "boolean": "vrai ou faux",
    "texts": "une liste de textes",
    "geometry": "une géométrie",
    "null": "rien",
}


@dataclass(frozen=True)
class Term:
    """An operand: its SQL, and what it is.

    ``text`` is the literal itself when it is one, so that a text may stand for a date.
    """

    sql: LiteralString
    kind: Kind
    text: str | None = None


@dataclass(frozen=True)
class Span:
    """First and last instants of a temporal operand."""

    start: LiteralString
    end: LiteralString


_COMPARISONS: Final[Mapping[str, LiteralString]] = {
    "=": "=",
    "<>": "<>",
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
}

#: §7.10 of the standard, on DE-9IM.
_SPATIAL: Final[Mapping[str, LiteralString]] = {
    "s_intersects": "ST_Intersects",
    "s_contains": "ST_Contains",
    "s_crosses": "ST_Crosses",
    "s_disjoint": "ST_Disjoint",
    "s_equals": "ST_Equals",
    "s_overlaps": "ST_Overlaps",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
}

#: Those that PostGIS answers for collections of points, lines and polygons together.
_OF_COLLECTIONS: Final = ("s_intersects", "s_disjoint")

#: §7.11 of the standard (after Allen 1983), on the first and last instants of ``a`` and ``b``.
_TEMPORAL: Final[Mapping[str, Callable[[Span, Span], LiteralString]]] = {
    "t_after": lambda a, b: f"{a.start} > {b.end}",
    "t_before": lambda a, b: f"{a.end} < {b.start}",
    "t_contains": lambda a, b: f"{a.start} < {b.start} AND {a.end} > {b.end}",
    "t_disjoint": lambda a, b: f"{a.end} < {b.start} OR {a.start} > {b.end}",
    "t_during": lambda a, b: f"{a.start} > {b.start} AND {a.end} < {b.end}",
    "t_equals": lambda a, b: f"{a.start} = {b.start} AND {a.end} = {b.end}",
    "t_finishedby": lambda a, b: f"{a.start} < {b.start} AND {a.end} = {b.end}",
    "t_finishes": lambda a, b: f"{a.start} > {b.start} AND {a.end} = {b.end}",
    "t_intersects": lambda a, b: f"NOT ({a.end} < {b.start} OR {a.start} > {b.end})",
    "t_meets": lambda a, b: f"{a.end} = {b.start}",
    "t_metby": lambda a, b: f"{a.start} = {b.end}",
    "t_overlappedby": lambda a, b: (
        f"{a.start} > {b.start} AND {a.start} < {b.end} AND {a.end} > {b.end}"
    ),
    "t_overlaps": lambda a, b: (
        f"{a.start} < {b.start} AND {a.end} > {b.start} AND {a.end} < {b.end}"
    ),
    "t_startedby": lambda a, b: f"{a.start} = {b.start} AND {a.end} > {b.end}",
    "t_starts": lambda a, b: f"{a.start} = {b.start} AND {a.end} < {b.end}",
}

#: §7.13 of the standard: arrays are taken as sets.
_ARRAYS: Final[Mapping[str, Callable[[LiteralString, LiteralString], LiteralString]]] = {
    "a_equals": lambda a, b: f"{a} @> {b} AND {a} <@ {b}",
    "a_contains": lambda a, b: f"{a} @> {b}",
    "a_containedby": lambda a, b: f"{a} <@ {b}",
    "a_overlaps": lambda a, b: f"{a} && {b}",
}

#: A divisor of zero gives null, hence no match, and not an error of the database.
_ARITHMETIC: Final[Mapping[str, Callable[[LiteralString, LiteralString], LiteralString]]] = {
    "+": lambda a, b: f"({a} + {b})",
    "-": lambda a, b: f"({a} - {b})",
    "*": lambda a, b: f"({a} * {b})",
    "/": lambda a, b: f"({a} / nullif({b}, 0))",
    "div": lambda a, b: f"trunc({a} / nullif({b}, 0))",
    "%": lambda a, b: f"({a} - {b} * trunc({a} / nullif({b}, 0)))",
    "^": lambda a, b: f"power({a}, {b})",
}

#: Unicode case folding and decomposition (§7.7 and §7.8 of the standard).
_FOLDINGS: Final[Mapping[str, Callable[[LiteralString], LiteralString]]] = {
    "casei": lambda a: f"lower({a})",
    "accenti": lambda a: f"regexp_replace(normalize({a}, NFD), '[\u0300-\u036f]', '', 'g')",
}

_FUNCTIONS = (*_SPATIAL, *_TEMPORAL, *_ARRAYS, *_FOLDINGS)


class Translator:
    """Writes the conditions of one query.

    Parameters
    ----------
    collection
        What is filtered.
    binder
        Keeps the literals, and the joins that properties want.
    crs
        CRS of the coordinates in the filter.
    """

    def __init__(self, collection: Collection, binder: Binder, crs: Crs) -> None:
        self._collection = collection
        self._binder = binder
        self._crs = crs
        self._conditions: dict[str, Callable[[str, list[Any]], LiteralString]] = {
            **dict.fromkeys(("and", "or"), self._junction),
            "not": self._negation,
            "isNull": self._nullity,
            **dict.fromkeys(_COMPARISONS, self._order),
            "between": self._between,
            "in": self._membership,
            "like": self._likeness,
            **dict.fromkeys(_SPATIAL, self._spatial),
            **dict.fromkeys(_TEMPORAL, self._temporal),
            **dict.fromkeys(_ARRAYS, self._array),
        }

    def condition(self, node: Any) -> LiteralString:
        """Translate a node that is true or false.

        Raises
        ------
        Problem
            400, saying what in the filter does not hold.
        """
        if isinstance(node, bool):
            return "TRUE" if node else "FALSE"
        op, args = self._operation(node)
        if op in self._conditions:
            return self._conditions[op](op, args)
        if op in _ARITHMETIC or op in _FOLDINGS:
            raise _wrong(f"« {op} » ne donne ni vrai ni faux : une comparaison manque.")
        raise _unknown_function(op)

    def term(self, node: Any) -> Term:
        """Translate a node that is a value; see :meth:`condition`."""
        literal = self._literal(node)
        if literal is not None:
            return literal
        op, args = self._operation(node)
        if op in _ARITHMETIC:
            left, right = (self.term(one) for one in self._exactly(op, args, 2))
            self._expect(f"« {op} »", "number", left, right)
            return Term(_ARITHMETIC[op](left.sql, right.sql), "number")
        if op in _FOLDINGS:
            (one,) = self._exactly(op, args, 1)
            value = self.term(one)
            self._expect(op.upper(), "text", value)
            return Term(_FOLDINGS[op](value.sql), "text")
        return Term(f"({self.condition(node)})", "boolean")

    def _literal(self, node: Any) -> Term | None:
        """Translate a literal or a property; None for an operation."""
        if isinstance(node, bool):
            return Term("TRUE" if node else "FALSE", "boolean")
        if isinstance(node, int | float):
            if not math.isfinite(node):
                raise _wrong("un nombre y est trop grand.")
            return Term(f"{self._binder.bind(float(node))}::float8", "number")
        if isinstance(node, str):
            return Term(f"{self._binder.bind(node)}::text", "text", node)
        if isinstance(node, list):
            return Term(self._list(node, "la comparaison"), "texts")
        return self._member(node) if isinstance(node, dict) else None

    def _member(self, node: dict[str, Any]) -> Term | None:
        if "property" in node:
            return self._property(node["property"])
        if "date" in node or "timestamp" in node:
            return self._instant(read_instant(node.get("date") or node["timestamp"]))
        if "type" in node or "bbox" in node:
            return Term(self._place(node, "la comparaison"), "geometry")
        if "interval" in node:
            raise _wrong("INTERVAL ne se compare que par les fonctions T_… du CQL2.")
        return None

    # Each takes the operator and its operands.

    def _junction(self, op: str, args: list[Any]) -> LiteralString:
        if not args:
            raise _wrong(f"« {op.upper()} » est vide.")
        joint: LiteralString = " AND " if op == "and" else " OR "
        return joint.join(f"({self.condition(one)})" for one in args)

    def _negation(self, op: str, args: list[Any]) -> LiteralString:
        (one,) = self._exactly(op, args, 1)
        return f"NOT ({self.condition(one)})"

    def _nullity(self, op: str, args: list[Any]) -> LiteralString:
        (one,) = self._exactly(op, args, 1)
        return f"{self.term(one).sql} IS NULL"

    def _order(self, op: str, args: list[Any]) -> LiteralString:
        left, right = self._exactly(op, args, 2)
        return self._comparison(op, left, right)

    def _between(self, op: str, args: list[Any]) -> LiteralString:
        value, low, high = self._exactly(op, args, 3)
        first = self._comparison(">=", value, low)
        return f"({first}) AND ({self._comparison('<=', value, high)})"

    def _membership(self, op: str, args: list[Any]) -> LiteralString:
        value, members = self._exactly(op, args, 2)
        if not isinstance(members, list) or not members:
            raise _wrong("IN attend une liste de valeurs.")
        return " OR ".join(f"({self._comparison('=', value, one)})" for one in members)

    def _likeness(self, op: str, args: list[Any]) -> LiteralString:
        value, pattern = (self.term(one) for one in self._exactly(op, args, 2))
        self._expect("LIKE", "text", value, pattern)
        escapes = len(pattern.text or "") - len((pattern.text or "").rstrip("\\"))
        if escapes % 2:
            raise _wrong("le motif de LIKE se termine par « \\ », qui n’y protège rien.")
        return f"{value.sql} LIKE {pattern.sql}"

    def _spatial(self, op: str, args: list[Any]) -> LiteralString:
        first, second = self._exactly(op, args, 2)
        if op not in _OF_COLLECTIONS and any(map(is_mixed, args)):
            raise _wrong(
                f"{op.upper()} ne compare pas une GEOMETRYCOLLECTION de points, lignes et "
                "surfaces à la fois : seuls S_INTERSECTS et S_DISJOINT le font."
            )
        return f"{_SPATIAL[op]}({self._place(first, op)}, {self._place(second, op)})"

    def _temporal(self, op: str, args: list[Any]) -> LiteralString:
        one, other = (self._span(one, op) for one in self._exactly(op, args, 2))
        return _TEMPORAL[op](one, other)

    def _array(self, op: str, args: list[Any]) -> LiteralString:
        left, right = (self._list(one, op) for one in self._exactly(op, args, 2))
        return _ARRAYS[op](left, right)

    def _property(self, name: Any) -> Term:
        if name == GEOMETRY:
            self._binder.joins.update(self._collection.geometry_joins)
            return Term(self._collection.geometry, "geometry")
        field = self._collection.by_name.get(str(name))
        if field is None:
            names = [*self._collection.by_name, GEOMETRY]
            suggestion = closest(str(name), names)
            guess = f" Vouliez-vous dire « {suggestion} » ?" if suggestion else ""
            raise refused(
                "filter",
                f"la propriété « {shown(name)} » n’existe pas dans « {self._collection.id} »."
                f"{guess} Propriétés : {', '.join(names)}.",
            )
        self._binder.joins.update(field.joins)
        if field.kind in {"integer", "number"}:
            return Term(f"({field.sql})::float8", "number")
        if field.kind == "date":
            return Term(f"({field.sql})::timestamp", "time")
        return Term(f"({field.sql})", "texts" if field.kind == "texts" else "text")

    def _comparison(self, op: str, left: Any, right: Any) -> LiteralString:
        one, other = self.term(left), self.term(right)
        # A date written as a text, as most people do.
        if one.kind == "time" and other.text is not None:
            other = self._instant(read_instant(other.text))
        elif other.kind == "time" and one.text is not None:
            one = self._instant(read_instant(one.text))
        if one.kind != other.kind:
            raise _wrong(f"« {op} » y compare {_NAMES[one.kind]} et {_NAMES[other.kind]}.")
        if one.kind in {"geometry", "texts"}:
            raise _wrong(
                "une géométrie se compare par les fonctions S_…, une liste par les A_… du CQL2."
            )
        return f"{one.sql} {_COMPARISONS[op]} {other.sql}"

    def _instant(self, instant: Instant) -> Term:
        return Term(f"{self._binder.bind(instant.start)}::timestamp", "time")

    def _place(self, node: Any, op: str) -> LiteralString:
        """Translate a geometry: that of the features, or one written in the filter."""
        if isinstance(node, dict) and "property" in node:
            term = self._property(node["property"])
            self._expect(op.upper(), "geometry", term)
            return term.sql
        if isinstance(node, dict) and ("type" in node or "bbox" in node):
            wkb = read_geometry(node, self._crs)
            return f"ST_GeomFromWKB({self._binder.bind(wkb)}::bytea, 4326)"
        raise _wrong(f"{op.upper()} attend une géométrie.")

    def _span(self, node: Any, op: str) -> Span:
        """Translate an instant or an interval."""
        if isinstance(node, dict) and "interval" in node:
            ends = node["interval"]
            if not isinstance(ends, list) or len(ends) != 2:  # noqa: PLR2004 (its two ends)
                raise _wrong("INTERVAL attend un début et une fin.")
            return Span(
                self._end(ends[0], op, "'-infinity'::timestamp"),
                self._end(ends[1], op, "'infinity'::timestamp"),
            )
        term = self._end(node, op, None)
        return Span(term, term)

    def _end(self, node: Any, op: str, unbounded: LiteralString | None) -> LiteralString:
        if node == ".." and unbounded is not None:
            return unbounded
        if isinstance(node, str):
            return self._instant(read_instant(node)).sql
        term = self.term(node)
        self._expect(op.upper(), "time", term)
        return term.sql

    def _list(self, node: Any, op: str) -> LiteralString:
        if isinstance(node, list):
            terms = [self.term(one) for one in node]
            self._expect(op.upper(), "text", *terms)
            return f"ARRAY[{', '.join(term.sql for term in terms)}]::text[]"
        term = self.term(node)
        self._expect(op.upper(), "texts", term)
        return term.sql

    def _expect(self, what: str, kind: Kind, *terms: Term) -> None:
        for term in terms:
            if term.kind != kind:
                raise _wrong(f"{what} y attend {_NAMES[kind]} et trouve {_NAMES[term.kind]}.")

    @staticmethod
    def _operation(node: Any) -> tuple[str, list[Any]]:
        if isinstance(node, dict) and "property" in node:
            raise _wrong(f"« {shown(node['property'])} » seul n’est ni vrai ni faux : comparez-le.")
        if not isinstance(node, dict) or not isinstance(node.get("op"), str):
            raise _wrong(f"« {shown(node)} » n’est ni vrai ni faux.")
        args = node.get("args", [])
        name = node["op"]
        # The standard writes t_finishedBy and a_containedBy; isNull alone is told by its capital.
        return name if name == "isNull" else name.lower(), args if isinstance(args, list) else [
            args
        ]

    @staticmethod
    def _exactly(op: str, args: list[Any], count: int) -> list[Any]:
        if len(args) != count:
            raise _wrong(f"« {op.upper()} » attend {count} opérande(s) et en trouve {len(args)}.")
        return args


def _wrong(reason: str) -> Problem:
    return refused("filter", reason)


def _unknown_function(name: str) -> Problem:
    suggestion = closest(name, list(_FUNCTIONS))
    guess = f" Vouliez-vous dire « {suggestion.upper()} » ?" if suggestion else ""
    return refused("filter", f"la fonction « {shown(name)} » n’existe pas.{guess}")
