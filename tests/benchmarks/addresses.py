"""Addresses of the API under load: a line each, asked for many different territories.

A new address is one entry of :data:`OF_TERRITORIES` or :data:`OF_THE_COUNTRY`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.load import etags_of, get_json, load
from tests.benchmarks.wrk import ask_in_turn

#: Niveaux asked, each with its own row of the table.
NIVEAUX = ("commune", "epci", "departement", "region", "groupe", "pays")

#: Ends of the addresses of a territory, after ``/api/territoires/{niveau}/{code}``.
#: ``{service}`` and ``{enjeu}`` are drawn among those that are documented.
OF_TERRITORIES: dict[str, str] = {
    "territoire": "",
    "couverture": "/couverture",
    "couverture d’un enjeu": "/couverture?enjeu={enjeu}",
    "lacunes": "/lacunes",
    "lacunes d’un service": "/lacunes?service={service}",
    "lacunes loin d’un service": "/lacunes?service={service}&distance_km={km}&population_min=500",
    "accessibilité": "/accessibilite",
    "accessibilité, autre distance": "/accessibilite?seuils_km={km}",
    "lieux": "/lieux",
    "lieux d’un service": "/lieux?service={service}",
    "actions": "/actions",
    "actions d’un service": "/actions?service={service}",
    "comparables": "/comparables",
    "recommandations": "/recommandations",
    "mutualisation": "/mutualisation",
    "diagnostic": "/diagnostic",
}

#: Whole addresses that depend on no territory.
OF_THE_COUNTRY: dict[str, str] = {
    "recherche": "/api/territoires?q={text}",
    "communes d’un EPCI": "/api/territoires?parent=epci/{epci}",
    "indicateurs communes, un service": "/api/indicateurs/commune?service={service}",
    "indicateurs EPCI, un enjeu": "/api/indicateurs/epci?enjeu={enjeu}",
    "indicateurs départements": "/api/indicateurs/departement?service={service}",
}

#: How ``If-None-Match`` is asked: without pause; or as browsers do, each of which has other things
#: to do between two questions.
NOT_MODIFIED: dict[str, dict[str, Any]] = {
    "1 client": {"connections": 1},
    "16 clients": {"connections": 16},
    "16 clients qui font des pauses": {"connections": 16, "pause": (1, 9), "seconds": 12},
}

#: Most different addresses asked in one measure.
VARIETY = 2_000


@dataclass(frozen=True)
class Choices:
    """What addresses are drawn from: the codes of each niveau, and the documented axes."""

    codes: dict[str, Sequence[str]]
    names: Sequence[str]
    services: Sequence[str]
    enjeux: Sequence[str]


def choices(port: int) -> Choices:
    """Ask the service for its territories and its documented services."""
    referentiel = get_json(port, "/api/referentiel")
    services = [
        (service["code"], enjeu["code"])
        for theme in referentiel["themes"]
        for enjeu in theme["enjeux"]
        for service in enjeu["services"]
        if service["documente"]
    ]
    codes = {
        niveau: get_json(port, f"/api/indicateurs/{niveau}?indicateur=population")["codes"]
        for niveau in NIVEAUX
    }
    found = get_json(port, "/api/territoires?niveau=commune&limit=100")["territoires"]
    return Choices(
        {niveau: known for niveau, known in codes.items() if known},
        [territory["nom"].lower().replace(" ", "+") for territory in found],
        [service for service, _ in services],
        sorted({enjeu for _, enjeu in services}),
    )


def _filled(template: str, drawn: random.Random, among: Choices) -> str:
    return template.format(
        service=drawn.choice(among.services),
        enjeu=drawn.choice(among.enjeux),
        epci=drawn.choice(among.codes["epci"]),
        km=drawn.randint(2, 30),
        text=drawn.choice(among.names)[: drawn.randint(3, 12)],
    )


def paths_of(template: str, niveau: str | None, among: Choices) -> list[str]:
    """Draw different addresses, always the same ones for the same atlas."""
    drawn = random.Random(0)
    if niveau is None:
        return sorted({_filled(template, drawn, among) for _ in range(VARIETY)})
    codes = drawn.choices(among.codes[niveau], k=VARIETY)
    paths = {f"/api/territoires/{niveau}/{code}{_filled(template, drawn, among)}" for code in codes}
    shuffled = sorted(paths)
    drawn.shuffle(shuffled)
    return shuffled


def bench_addresses(
    port: int, watched: Sequence[int] = (), *, connections: int = 16, seconds: float = 3
) -> dict[str, Any]:
    """Measure every address at every niveau, then one with ``If-None-Match``.

    Parameters
    ----------
    watched
        Processes of the service and of its database.
    """
    among = choices(port)
    found: dict[str, Any] = {}

    def measure(name: str, paths: list[str]) -> None:
        found[name] = vars(
            load(port, paths, connections=connections, seconds=seconds, watched=watched)
        )

    for name, template in OF_TERRITORIES.items():
        for niveau in among.codes:
            measure(f"{name} | {niveau}", paths_of(template, niveau, among))
    for name, template in OF_THE_COUNTRY.items():
        measure(name, paths_of(template, None, among))
    paths = paths_of("/couverture", "commune", among)[:200]
    known = etags_of(port, paths)
    for name, options in NOT_MODIFIED.items():
        asked = ask_in_turn(port, paths, known=known, expected=304, watched=watched, **options)
        found[f"If-None-Match, {name}"] = vars(asked)
    return found
