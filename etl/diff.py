"""What changed from one publication to another: sources, services, territories, places, rates.

The two may be of other inputs, another référentiel or another version of the code: columns that
only one of them has are left out, and what only one of them knows (a commune, a service) is told as
such rather than as a change of everything about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from boundaries.tables import NIVEAUX
from etl.publication import Publication
from etl.schemas import schema_of
from etl.sql import load

#: Kinds of things that change, in the order in which they are told.
OBJETS = (
    "source",
    "service",
    "territoire",
    "appartenance",
    "lieu",
    "action",
    "statut",
    "taux",
)

#: What changes from one publication to the next without meaning anything.
_IGNORED = {"id", "source"}


class Change(NamedTuple):
    """One thing that changed.

    Attributes
    ----------
    objet
        One of :data:`OBJETS`; ``statut`` is that of a service in a commune, ``appartenance`` a
        commune in a larger territory.
    nature
        ``ajout``, ``retrait`` or ``changement``.
    source
        Of a lieu or an action.
    niveau, code, nom
        Which one: a territory, or the identifier of a source, a service, a lieu, an action.
    champ
        What changed of it: the service for a statut; None for a lieu or action that came or went.
    avant, apres
        Values, as text; None where there was or is none.
    """

    objet: str
    nature: str
    source: str | None
    niveau: str | None
    code: str
    nom: str | None
    champ: str | None
    avant: str | None
    apres: str | None


@dataclass(frozen=True)
class Diff:
    """What changed from publication `a` to publication `b`.

    Attributes
    ----------
    causes
        What of their inputs differs: ``sources``, ``referentiel``, ``code``, ``moteurs``, ``atlas``
        (title, year).
    changes
        Every change, in the order of :data:`OBJETS`.
    """

    a: Publication
    b: Publication
    causes: list[str]
    changes: list[Change]

    def counts(self, key: Callable[[Change], Any], *objets: str) -> dict[Any, int]:
        """Count the changes of some kinds by a key, in the order found."""
        return dict(Counter(key(change) for change in self.changes if change.objet in objets))

    def rates(self) -> dict[str, tuple[int, int, int]]:
        """By niveau: rates that rose, that fell, that became or ceased to be known."""
        found = {}
        for niveau in NIVEAUX:
            mine = [c for c in self.changes if c.objet == "taux" and c.niveau == niveau]
            known = [(float(c.avant), float(c.apres)) for c in mine if c.avant and c.apres]
            rose = sum(after > before for before, after in known)
            fell = sum(after < before for before, after in known)
            if mine:
                found[niveau] = (rose, fell, len(mine) - len(known))
        return found

    def sources(self) -> dict[str, dict[str, int]]:
        """By source: lieux and actions that came, went, changed, as ``lieu_ajout`` and so on."""
        found: dict[str, dict[str, int]] = {}
        seen = set()
        for change in self.changes:
            # A lieu that changed in two fields is one lieu.
            if change.objet in {"lieu", "action"} and (change.objet, change.code) not in seen:
                seen.add((change.objet, change.code))
                mine = found.setdefault(change.source or "", Counter())
                mine[f"{change.objet}_{change.nature}"] += 1
        return found

    def archives(self) -> dict[str, bool]:
        """By tileset: whether the archives of both are the same to the byte."""
        names = sorted(set(self.a.archives) | set(self.b.archives))
        checksums = [
            [known.archives.get(name, {}).get("sha256") for known in (self.a, self.b)]
            for name in names
        ]
        return {name: one == other for name, (one, other) in zip(names, checksums, strict=True)}

    def summary(self) -> dict[str, Any]:
        """Count the changes: by kind, source, service, niveau."""
        statuts: dict[str, dict[str, int]] = {}
        for (service, before, after), count in self.counts(
            lambda c: (c.champ, c.avant, c.apres), "statut"
        ).items():
            statuts.setdefault(service, {})[f"{before} → {after}"] = count
        territories: dict[str, dict[str, int]] = {}
        for (niveau, nature, field), count in self.counts(
            lambda c: (c.niveau, c.nature, c.champ), "territoire", "appartenance"
        ).items():
            what = field if nature == "changement" or field == "commune" else nature
            mine = territories.setdefault(niveau, {})
            # One that came is told by each of its fields: its name stands for them all.
            if nature == "changement" or field in {"nom", "commune"}:
                name = f"{field}_{nature}" if field == "commune" else what
                mine[name] = mine.get(name, 0) + count
        return {
            "objets": self.counts(lambda c: c.objet, *OBJETS),
            "archives": self.archives(),
            "sources": self.sources(),
            "statuts": statuts,
            "territoires": territories,
            "taux": {
                niveau: {"hausses": rose, "baisses": fell, "autres": other}
                for niveau, (rose, fell, other) in self.rates().items()
            },
        }


def compare(conn: psycopg.Connection[Any], a: Publication, b: Publication) -> Diff:
    """Compare two publications of the catalogue.

    Parameters
    ----------
    conn
        Can read both; its ``search_path`` finds PostGIS.
    a, b
        The one of before, the one of after.
    """
    keys = sorted(set(a.entrees) | set(b.entrees))
    causes = [key for key in keys if a.entrees.get(key) != b.entrees.get(key)]
    schemas = {
        "a": sql.Identifier(schema_of(a.id)),
        "b": sql.Identifier(schema_of(b.id)),
    }
    changes: list[Change] = []
    for query in _queries(conn, a, b, schemas):
        changes += [Change(*row) for row in conn.execute(query)]
    return Diff(a, b, causes, changes)


def _queries(
    conn: psycopg.Connection[Any],
    a: Publication,
    b: Publication,
    schemas: dict[str, sql.Identifier],
) -> Iterator[sql.Composed]:
    for name in ("sources", "referentiel", "territoires"):
        yield sql.SQL(load(f"diff_{name}")).format(**schemas)
    for objet, table, name in (("lieu", "lieux", "nom"), ("action", "actions", "titre")):
        fields = _common_fields(conn, a, b, table)
        yield sql.SQL(load("diff_objets")).format(
            **schemas,
            objet=sql.Literal(objet),
            name=sql.Identifier(name),
            table=sql.Identifier(table),
            links=sql.Identifier(f"{table}_services"),
            key=sql.Identifier(objet),
            fields=sql.SQL(", ").join(
                sql.SQL("({}, {}, {})").format(
                    sql.Literal(field), _text("a", field, kind), _text("b", field, kind)
                )
                for field, kind in fields.items()
            ),
            a_fields=_row("a", fields),
            b_fields=_row("b", fields),
        )
    for name in ("statuts", "taux"):
        yield sql.SQL(load(f"diff_{name}")).format(**schemas)


def _common_fields(
    conn: psycopg.Connection[Any], a: Publication, b: Publication, table: str
) -> dict[str, str]:
    """Columns that a table has in both publications, with their types; and its services."""
    rows = conn.execute(
        """
        SELECT column_name, min(udt_name)
        FROM information_schema.columns
        WHERE table_schema IN (%s, %s) AND table_name = %s
        GROUP BY column_name
        HAVING count(*) = 2 OR %s = %s
        ORDER BY column_name
        """,
        [schema_of(a.id), schema_of(b.id), table, a.id, b.id],
    ).fetchall()
    return {name: kind for name, kind in rows if name not in _IGNORED} | {"services": "text"}


def _text(side: str, field: str, kind: str) -> sql.Composed:
    column = sql.Identifier(side, field)
    if kind == "geometry":
        return sql.SQL("ST_AsText({}, 6)").format(column)
    return sql.SQL("{}::text").format(column)


def _row(side: str, fields: dict[str, str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(side, field) for field in fields)
