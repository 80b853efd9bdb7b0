"""The ETL killed at each of its steps."""

from __future__ import annotations

import os
import re
import signal
from functools import partial

from tests.faults.playing import Fault, Play

#: Steps of a run, by the words that announce them (``geo_service/pipeline.py``), in their order.
STEPS = (
    "Fichiers des sources",
    "Territoires du COG",
    "Lecture des groupes",
    "Chargement des territoires",
    "Lecture et chargement des lieux",
    "Lieux que plusieurs sources",
    "Couverture par commune",
    "Distances",
    "Contours généralisés",
    "Contrôles",
    "Statistiques des tables",
    "Archives de tuiles",
    "Tuiles en brotli",
    "Entités prêtes",
)
_ANNOUNCED = re.compile(r"\[\d+/\d+\] (.*)…$")


def killed(play: Play, step: str) -> None:
    """Kill a run when it announces a step, then run it again to its end."""
    play.site.change_sources()
    online = play.site.topology.publication
    play.breaking()
    reached = False
    with play.site.etl() as process:
        assert process.stderr is not None
        for line in process.stderr:
            told = _ANNOUNCED.match(line.strip())
            if told and told[1].startswith(step):
                os.killpg(process.pid, signal.SIGKILL)
                reached = True
                break
    play.site.former_sources()
    play.expect(right=reached, otherwise=f"l'étape « {step} » n'a pas été atteinte")
    play.expect(
        right=play.site.topology.publication == online,
        otherwise="la publication en ligne a changé",
    )
    play.hold(1)


def completed(play: Play) -> None:
    """Run to the end what was killed so often."""
    ask = play.site.topology.primary.ask
    play.site.change_sources()
    code, said = play.site.load()
    play.breaking()
    play.mended()
    play.may_change = True
    play.expect(right=code == 0, otherwise=f"le chargement d'après a échoué : {said[-300:]}")
    left = ask(
        "SELECT nspname FROM pg_namespace WHERE nspname ~ '^pub_[0-9a-f]{12}$' "
        "AND substr(nspname, 5) NOT IN (SELECT id FROM atlas.publications)"
    )
    play.expect(right=not left, otherwise=f"des restes dans la base : {left}")
    known = {str(name) for (name,) in ask("SELECT id FROM atlas.publications")}
    folders = {path.name for path in (play.site.topology.state / "publications").iterdir()}
    play.expect(right=folders <= known, otherwise=f"des restes sur le disque : {folders - known}")
    play.remarks.append("Les restes des chargements tués sont supprimés, rien d'autre.")


FAULTS = [
    *(
        Fault(f"etl-{number}", f"ETL tué à l'étape {number} : {step}", partial(killed, step=step))
        for number, step in enumerate(STEPS, 1)
    ),
    Fault("etl-apres", "le chargement d'après, mené à son terme", completed),
]
