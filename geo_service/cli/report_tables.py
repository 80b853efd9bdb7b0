"""The report of a publication as tables of the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from etl.french import figure, percentage
from etl.report import ROWS_FILE, SourceReport

__all__ = ["ROWS_FILE", "summary"]

_GRAVITES = {"rejet": "rejetée", "reparation": "réparée", "alerte": "signalée"}


def summary(found: Sequence[SourceReport], *, examples: bool = False) -> Iterator[Table]:
    """Make a table of the sources, then one of the reasons.

    Parameters
    ----------
    found
        What became of the rows of each source.
    examples
        Whether to show rows under each reason.
    """
    sources = Table("source", title="Lignes par source")
    for name in ("lues", "chargées", "réparées", "rejetées", "part rejetée"):
        sources.add_column(name, justify="right")
    for mine in found:
        if mine.lignes_lues is None:
            continue
        counts = (mine.lignes_lues, mine.lignes_chargees, mine.lignes_reparees)
        sources.add_row(
            Text(mine.id),
            *(figure(count or 0) for count in counts),
            figure(mine.lignes_rejetees or 0),
            "–" if mine.part_rejetee is None else percentage(mine.part_rejetee),
        )
    yield sources
    if not any(mine.motifs for mine in found):
        return
    reasons = Table("source", "ligne", "motif", title="Lignes refusées, réparées ou signalées")
    reasons.add_column("nombre", justify="right")
    reasons.add_column("part", justify="right")
    for mine in found:
        for reason in mine.motifs:
            reasons.add_row(
                Text(mine.id),
                _GRAVITES[reason.gravite],
                Text(reason.libelle),
                figure(reason.nombre),
                "–" if reason.part is None else percentage(reason.part),
            )
            for example in reason.exemples if examples else ():
                number = "" if example.ligne is None else f"ligne {figure(example.ligne)} : "
                reasons.add_row("", "", Text(f"  {number}{example.phrase}", style="dim"))
    yield reasons
