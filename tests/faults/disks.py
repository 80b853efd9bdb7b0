"""Full disks: of the database, of the ETL, of the log."""

from __future__ import annotations

from tests.faults.playing import Fault, Play
from tests.faults.site import SmallDisk


def _load_on_a_full_disk(play: Play, disk: SmallDisk) -> None:
    """Run the ETL without room, then with room."""
    play.site.change_sources()
    before = play.site.topology.publication
    with disk.full():
        play.breaking()
        code, said = play.site.load()
        sentence = next((line for line in said.splitlines() if line.startswith("Erreur")), "")
        play.expect(right=code != 0, otherwise="le chargement aurait dû s'arrêter")
        play.expect(
            right="Traceback" not in said and bool(sentence),
            otherwise="le chargement n'a pas dit pourquoi il s'arrête",
        )
        play.hold(2)
        still = play.site.topology.primary
        if not still.is_running:
            play.remarks.append("PostgreSQL s'est arrêté, faute de place pour son journal.")
    play.mended()
    play.site.former_sources()
    if not play.site.topology.primary.is_running:
        play.site.topology.primary.start()
    play.expect(
        right=play.site.topology.publication == before,
        otherwise="la publication en ligne a changé",
    )
    play.remarks.append(f"Le chargement dit : « {sentence.removeprefix('Erreur : ')[:110]}… ».")


def database(play: Play) -> None:
    """Fill the disk of PostgreSQL while a run writes to it."""
    _load_on_a_full_disk(play, play.site.disks["primaire"])


def state(play: Play) -> None:
    """Fill the disk that tiles are built on."""
    _load_on_a_full_disk(play, play.site.disks["etat"])


def log(play: Play) -> None:
    """Fill the disk that the service writes its log on."""
    with play.site.disks["journaux"].full():
        play.breaking()
        play.hold()
    play.mended()


FAULTS = [
    Fault("disque-base", "disque de PostgreSQL plein pendant un chargement", database),
    Fault("disque-etat", "disque de l'ETL plein pendant un chargement", state),
    Fault("disque-journal", "disque du journal de l'API plein, 5 s", log),
]
