"""``/metrics`` for Prometheus: the counts of all processes, in the words of prometheus-client.

Served by the process that started the others, on an address of its own (``GEO_METRICS``): what
the public can reach knows nothing of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from itertools import accumulate
from typing import Any, Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from geo_service.operations.counts import BOUNDS
from geo_service.operations.gathering import Gathering
from geo_service.operations.merging import total
from geo_service.replication import Motive

#: What processes tell, those that are gone, and how many do not answer.
Asked = Callable[[], tuple[Mapping[int, Mapping[str, Any]], Mapping[str, Any], int]]

_LIMITS: Final = [*(str(bound) for bound in BOUNDS), "+Inf"]
_CACHES: Final = ("reponses", "validateurs")


class AtlasCollector(Collector):
    """Writes what processes tell as metrics.

    Parameters
    ----------
    ask
        Gives it.
    """

    def __init__(self, ask: Asked) -> None:
        self._ask = ask

    def describe(self) -> Iterator[Metric]:
        """Say nothing in advance: asking takes as long as answering."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        """Ask, and give every metric."""
        processes, departed, mute = self._ask()
        counts = total([departed, *(told["counts"] for told in processes.values())])
        yield InfoMetricFamily(
            "atlas", "Version du service.", {"version": version("atlas-internet-citoyen")}
        )
        yield GaugeMetricFamily("atlas_processus", "Processus qui répondent.", len(processes))
        yield GaugeMetricFamily(
            "atlas_processus_muets", "Processus qui ne disent pas leurs mesures.", mute
        )
        yield from _requests(counts.get("routes", {}))
        yield _refused(counts.get("refused", {}))
        yield from _database(counts.get("pool", {}))
        yield _cached(counts.get("caches", {}))
        yield from _shared(counts.get("servers", {}))
        now = {n: told["now"] for n, told in processes.items()}
        yield from _servers(now)
        yield from _processes(now)
        yield from _publication([told["publication"] for told in processes.values()])


def _requests(routes: Mapping[str, Any]) -> Iterator[Metric]:
    answers = CounterMetricFamily(
        "atlas_requetes", "Réponses commencées.", labels=["route", "methode", "statut"]
    )
    octets = CounterMetricFamily(
        "atlas_reponses_octets", "Octets de corps envoyés.", labels=["route"]
    )
    durations = HistogramMetricFamily(
        "atlas_requete_duree_seconds", "De la requête au dernier octet.", labels=["route"]
    )
    for route, counts in sorted(routes.items()):
        for method, statuses in counts["statuses"].items():
            for status, n in statuses.items():
                answers.add_metric([route, method, status], n)
        octets.add_metric([route], counts["octets"])
        buckets = list(zip(_LIMITS, accumulate(counts["classes"]), strict=True))
        durations.add_metric([route], buckets, counts["seconds"])
    yield from (answers, octets, durations)


def _refused(refused: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(
        "atlas_refus", "Requêtes refusées par une limite.", labels=["motif"]
    )
    # Those of which there are none yet, too: an increase from nothing is seen only from 0.
    motives = ("debit", "saturation", "adresse", "parametres", "entetes", "corps", "arret")
    for motive in {**dict.fromkeys(motives, 0), **refused}:
        family.add_metric([motive], refused.get(motive, 0))
    return family


def _database(pool: Mapping[str, float]) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "atlas_base_demandes", "Connexions demandées à la réserve.", pool.get("asked", 0)
    )
    yield CounterMetricFamily(
        "atlas_base_attentes", "Demandes qui ont attendu une connexion.", pool.get("queued", 0)
    )
    yield CounterMetricFamily(
        "atlas_base_attente_seconds", "Temps passé à attendre.", pool.get("seconds", 0)
    )
    yield CounterMetricFamily(
        "atlas_base_refus", "Demandes restées sans connexion.", pool.get("refused", 0)
    )


def _shared(servers: Mapping[str, Mapping[str, int]]) -> Iterator[Metric]:
    asked = CounterMetricFamily(
        "atlas_serveur_demandes", "Requêtes SQL confiées à un serveur.", labels=["serveur"]
    )
    moved = CounterMetricFamily(
        "atlas_serveur_reprises", "Celles qu’un autre a dû reprendre.", labels=["serveur"]
    )
    for server, counts in servers.items():
        asked.add_metric([server], counts["asked"])
        moved.add_metric([server], counts["moved"])
    yield from (asked, moved)


#: Of the pool that a process has on a server: metric, its meaning, its name in what is told.
_SERVER_POOL: Final = (
    ("atlas_serveur_connexions", "Connexions ouvertes.", "open"),
    ("atlas_serveur_connexions_prises", "Connexions prises.", "used"),
    ("atlas_serveur_en_attente", "Requêtes qui attendent une connexion.", "waiting"),
)


def _servers(now: Mapping[int, Mapping[str, Any]]) -> Iterator[Metric]:
    """Tell how each process sees each database server: they look at them each for itself."""
    labels = ["processus", "serveur"]
    used = GaugeMetricFamily("atlas_serveur_utilise", "1 s’il sert.", labels=labels)
    left_out = GaugeMetricFamily(
        "atlas_serveur_ecarte", "1 pour le motif qui l’écarte.", labels=[*labels, "motif"]
    )
    seconds = GaugeMetricFamily("atlas_serveur_retard_seconds", "Retard.", labels=labels)
    octets = GaugeMetricFamily("atlas_serveur_retard_bytes", "Journal à rejouer.", labels=labels)
    pools = [
        (name, GaugeMetricFamily(metric, meaning, labels=labels))
        for metric, meaning, name in _SERVER_POOL
    ]
    for slot, told in sorted(now.items()):
        for server, one in told["servers"].items():
            key = [str(slot), server]
            used.add_metric(key, float(one["motive"] is None))
            for motive in Motive:
                left_out.add_metric([*key, motive], float(one["motive"] == motive))
            if one["lag"] is not None:
                seconds.add_metric(key, one["lag"]["seconds"])
                octets.add_metric(key, one["lag"]["octets"])
            for name, family in pools:
                family.add_metric(key, one["pool"][name])
    yield from (used, left_out, seconds, octets, *(family for _, family in pools))


def _cached(caches: Mapping[str, Any]) -> Metric:
    family = CounterMetricFamily(
        "atlas_cache_demandes", "Demandes à un cache.", labels=["cache", "resultat"]
    )
    for name in _CACHES:
        found = caches.get(name, {})
        family.add_metric([name, "trouve"], found.get("found", 0))
        family.add_metric([name, "manque"], found.get("missed", 0))
    return family


#: Of each process: metric, its meaning, and how to find it in what the process tells.
_NOW: Final[tuple[tuple[str, str, Callable[[Mapping[str, Any]], float]], ...]] = (
    ("atlas_memoire_bytes", "Mémoire résidente.", lambda now: now["memory"]),
    ("atlas_boucle_retard_seconds", "Pire retard depuis la lecture d’avant.", lambda n: n["lag"]),
    ("atlas_requetes_en_cours", "Requêtes en cours, tuiles à part.", lambda now: now["busy"]),
    ("atlas_base_presente", "1 si la base répond.", lambda now: now["database"]),
    ("atlas_pret", "1 si des réponses peuvent être données.", lambda now: now["ready"]),
    ("atlas_base_connexions", "Connexions ouvertes.", lambda n: n["pool"].get("open", 0)),
    ("atlas_base_connexions_prises", "Connexions prises.", lambda n: n["pool"].get("used", 0)),
    ("atlas_base_connexions_max", "Connexions permises.", lambda n: n["pool"].get("most", 0)),
    ("atlas_base_en_attente", "Requêtes qui attendent.", lambda n: n["pool"].get("waiting", 0)),
    ("atlas_cache_bytes", "Réponses gardées.", lambda n: n["caches"].get("octets", 0)),
    ("atlas_cache_entrees", "Validateurs gardés.", lambda n: n["caches"].get("validateurs", 0)),
)


def _processes(now: Mapping[int, Mapping[str, Any]]) -> Iterator[Metric]:
    for name, meaning, find in _NOW:
        family = GaugeMetricFamily(name, meaning, labels=["processus"])
        for slot, told in sorted(now.items()):
            family.add_metric([str(slot)], float(find(told)))
        yield family
    used = CounterMetricFamily("atlas_processeur_seconds", "Processeur.", labels=["processus"])
    for slot, told in sorted(now.items()):
        used.add_metric([str(slot)], told["processor"])
    yield used


def _publication(told: list[Mapping[str, Any] | None]) -> Iterator[Metric]:
    served = {one["id"]: one for one in told if one is not None}
    info = GaugeMetricFamily(
        "atlas_publication", "Processus qui la servent.", labels=["publication", "millesime"]
    )
    made = GaugeMetricFamily("atlas_publication_date_seconds", "Quand elle a été faite (Unix).")
    confirmed = GaugeMetricFamily(
        "atlas_publication_confirmee_seconds",
        "Quand un chargement s’est terminé bien pour la dernière fois (Unix).",
    )
    tiles = GaugeMetricFamily("atlas_tuiles_ouvertes", "1 si l’archive se lit.", labels=["jeu"])
    rows = GaugeMetricFamily("atlas_lignes_lues", "Lignes lues.", labels=["source"])
    refused = GaugeMetricFamily("atlas_lignes_rejetees", "Lignes rejetées.", labels=["source"])
    for name, one in served.items():
        n = sum(1 for other in told if other is not None and other["id"] == name)
        info.add_metric([name, str(one["millesime"])], n)
    if served:
        newest = max(served.values(), key=lambda one: one["created"])
        made.add_metric([], newest["created"])
        confirmed.add_metric([], newest["confirmed"])
        for tileset, is_open in newest["tiles"].items():
            tiles.add_metric([tileset], float(is_open))
        for source, lines in newest["sources"].items():
            rows.add_metric([source], lines["lues"])
            refused.add_metric([source], lines["rejetees"])
    yield from (info, made, confirmed, tiles, rows, refused)


def registry_of(ask: Asked) -> CollectorRegistry:
    """Make the registry of the service alone: nothing of the process that writes it."""
    registry = CollectorRegistry()
    registry.register(AtlasCollector(ask))
    return registry


def serve_metrics(gathering: Gathering, host: str, port: int) -> Callable[[], None]:
    """Serve ``/metrics`` in a thread.

    Parameters
    ----------
    gathering
        Asks the processes.
    host, port
        Where to listen.

    Returns
    -------
    callable
        Stops it.

    Raises
    ------
    OSError
        If nothing can listen there.
    """
    server, thread = start_http_server(port, host, registry_of(gathering.ask))
    # What is forked from this process does not listen there.
    os.register_at_fork(after_in_child=server.server_close)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
