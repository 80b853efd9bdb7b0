"""Data made up for trials: marked in every row, and never published as if they were real."""

from __future__ import annotations

from typing import Any

import psycopg

from etl.errors import EtlError

#: End of the name of everything that was made up; the examples of the templates bear it too.
MARK = "(fictif)"

#: What is said of every source of an atlas of such data.
WARNING = (
    "Données synthétiques, inventées pour des essais : aucun de ces chiffres ne décrit un "
    "territoire réel."
)


def check(conn: psycopg.Connection[Any], *, declared: bool) -> None:
    """Refuse to mix made-up rows and real ones, or to publish made-up ones undeclared.

    Parameters
    ----------
    conn
        Its ``search_path`` is the publication being built, every source loaded.
    declared
        ``synthetique`` of the configuration.

    Raises
    ------
    EtlError
        Naming the sources at fault.
    """
    rows = conn.execute(
        """
        SELECT source, bool_or(fictif), bool_or(NOT fictif)
        FROM (
            SELECT source, right(rtrim(nom), length(%(mark)s)) = %(mark)s AS fictif FROM lieux
            UNION ALL
            SELECT source, right(rtrim(titre), length(%(mark)s)) = %(mark)s FROM actions
        ) noms
        GROUP BY source ORDER BY source
        """,
        {"mark": MARK},
    ).fetchall()
    made_up = ", ".join(source for source, fictional, _ in rows if fictional)
    real = ", ".join(source for source, _, other in rows if other)
    if made_up and not declared:
        raise EtlError(
            f"Des lignes sont fictives (leur nom finit par « {MARK} ») dans : {made_up}. Elles ne "
            "peuvent pas être publiées avec des données réelles : retirez-les. Pour un atlas "
            "d'essai, mettez « synthetique = true » sous [atlas] dans la configuration. L'atlas "
            "en place est inchangé."
        )
    if real and declared:
        raise EtlError(
            "La configuration déclare « synthetique = true », et des lignes ne sont pas marquées "
            f"« {MARK} » dans : {real}. Un atlas d'essai ne contient que des données fictives. "
            "L'atlas en place est inchangé."
        )
