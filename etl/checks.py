"""Checks that a publication passes before readers see it."""

from __future__ import annotations

import psycopg

from etl.errors import EtlError
from etl.sql import load

_SENTENCES = {
    "lieux_sans_commune": "lieux rattachés à une commune inconnue",
    "lieux_sans_service": "lieux sans aucun service",
    "actions_sans_porteur": "actions portées par un territoire inconnu",
    "actions_sans_service": "actions sans aucun service",
    "points_sans_commune": "points d'actions rattachés à une commune inconnue",
    "labels_sans_territoire": "labels d'un territoire inconnu",
    "exhaustivites_sans_commune": "listes exhaustives qui citent une commune inconnue",
    "communes_sans_departement": "communes sans département",
    "communes_sans_region": "communes sans région",
    "populations_sans_somme": "territoires dont la population n'est pas la somme des communes",
    "couverture_du_pays": "services dont le total national n'est pas la somme des communes",
    "lieux_perdus": "lieux absents du calcul de la couverture",
    "rejets_sans_motif": "sources dont une ligne refusée n'a pas de motif",
    "taux_hors_bornes": "taux de couverture hors de l'intervalle de 0 à 100 %",
}

_COUNTS = {
    "territoires": "SELECT niveau, count(*) FROM territoires GROUP BY niveau ORDER BY niveau",
    "lieux": "SELECT source, count(*) FROM lieux GROUP BY source ORDER BY source",
    "actions": "SELECT source, count(*) FROM actions GROUP BY source ORDER BY source",
    "services_documentes": "SELECT 'total', count(*) FROM services_documentes",
}


def check_publication(conn: psycopg.Connection) -> dict[str, dict[str, int]]:
    """Check the tables of the current schema against each other.

    Returns
    -------
    dict
        The figures kept with the publication: rows by level, source, and each check's count of
        discrepancies (all zero).

    Raises
    ------
    EtlError
        Naming every check that failed, in French.
    """
    found: dict[str, int] = dict(conn.execute(load("checks")).fetchall())
    failed = [f"{count} {_SENTENCES[name]}" for name, count in found.items() if count]
    if failed:
        raise EtlError(
            "La publication n'a pas passé les contrôles, l'atlas en place est inchangé : "
            + " ; ".join(failed)
            + "."
        )
    figures: dict[str, dict[str, int]] = {
        name: dict(conn.execute(statement.encode()).fetchall())
        for name, statement in _COUNTS.items()
    }
    return {**figures, "ecarts": {name: int(count) for name, count in found.items()}}
