"""What stops a run: a source that loses too many of its rows, or has far fewer than before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import psycopg

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.french import figure, percentage, plural
from etl.report import wording

#: Reasons named in the message.
TOP = 3


class LossesError(EtlError):
    """Sources lose more of their rows than they may.

    Parameters
    ----------
    faults
        French sentence for each source, by its identifier; one may have two.
    """

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        options = " ".join(f"--accepter {name}" for name in dict.fromkeys(n for n, _ in faults))
        super().__init__(
            f"{' '.join(sentence for _, sentence in faults)} L'atlas en place est inchangé. "
            "Comparez le fichier à celui du producteur et corrigez-le. S'il est bon tel quel, "
            f"relancez avec « {options} », qui ne vaut que pour cette fois."
        )


def check_accepted(sources: Sequence[SourceConfig], accepted: Collection[str]) -> None:
    """Refuse an identifier that no source bears, before hours are spent on a run.

    Raises
    ------
    EtlError
        Naming it, and those that exist.
    """
    known = [source.id for source in sources]
    for name in sorted(set(accepted) - set(known)):
        raise EtlError(
            f"« --accepter {name} » : aucune source ne s'appelle ainsi. "
            f"Sources connues : {', '.join(known)}."
        )


def check(
    conn: psycopg.Connection[Any],
    sources: Sequence[SourceConfig],
    previous: Mapping[str, int],
    accepted: Collection[str] = (),
) -> None:
    """Compare what the sources of the current schema gave with what they may lose.

    Parameters
    ----------
    conn
        Its ``search_path`` is the publication being built, every source loaded.
    sources
        With their ``rejets_maximum`` and ``baisse_maximum``.
    previous
        Rows each gave to the publication that readers see now.
    accepted
        Sources whose losses are accepted this time.

    Raises
    ------
    LossesError
        Naming every source that loses too much: the figures, the main reasons, what to do.
    """
    counts = {
        name: (read or 0, loaded or 0, refused or 0, status)
        for name, read, loaded, refused, status in conn.execute(
            "SELECT id, lignes_lues, lignes_chargees, lignes_rejetees, statut FROM sources"
        )
    }
    faults = []
    for source in sources:
        if source.id in accepted or source.id not in counts:
            continue
        read, loaded, refused, status = counts[source.id]
        if refused > source.rejets_maximum * read:
            faults.append((source.id, _refused(conn, source, read, refused)))
        before = previous.get(source.id, 0)
        if loaded < before * (1 - source.baisse_maximum):
            absent = status == "absente"
            faults.append((source.id, _shrunk(source, before, loaded, absent=absent)))
    if faults:
        raise LossesError(faults)


def _refused(conn: psycopg.Connection[Any], source: SourceConfig, read: int, refused: int) -> str:
    reasons = conn.execute(
        "SELECT motif, count(*) FROM signalements WHERE source = %s AND gravite = 'rejet' "
        "GROUP BY motif ORDER BY count(*) DESC, motif LIMIT %s",
        [source.id, TOP],
    )
    told = " ; ".join(f"{wording(motif)} ({figure(count)})" for motif, count in reasons)
    return (
        f"La source « {source.nom} » ({source.id}) perd {plural(refused, 'ligne', 'lignes')} sur "
        f"{figure(read)}, soit {percentage(refused / read)} ; au plus "
        f"{percentage(source.rejets_maximum)} sont admis (« rejets_maximum »). "
        f"Principaux motifs : {told}."
    )


def _shrunk(source: SourceConfig, before: int, loaded: int, *, absent: bool) -> str:
    start = f"La source « {source.nom} » ({source.id})"
    if absent:
        return (
            f"{start} a donné {plural(before, 'ligne', 'lignes')} à l'atlas publié, et son fichier "
            "n'est plus là."
        )
    return (
        f"{start} ne donne plus que {plural(loaded, 'ligne', 'lignes')}, contre {figure(before)} "
        f"dans l'atlas publié, soit {percentage(1 - loaded / before)} de moins ; au plus "
        f"{percentage(source.baisse_maximum)} sont admis (« baisse_maximum »)."
    )
