"""How far a long job is, told on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from etl.french import figure
from geo_service.steps import Steps


class _Rows:
    """A line for each source while its rows are read, gone once the step has ended.

    A log file, or the output of cron, receives nothing of it.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def show(self, source: str, rows: int) -> None:
        """Tell how many rows of a source have been read so far."""
        if not self._console.is_terminal:
            return
        if self._progress is None:
            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                TextColumn("{task.fields[lignes]}"),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._progress.start()
        if source not in self._tasks:
            for done in self._tasks.values():
                self._progress.stop_task(done)
            self._tasks[source] = self._progress.add_task(f"    {source}", total=None, lignes="")
        task = self._tasks[source]
        seconds = self._progress.tasks[task].elapsed
        pace = f", {figure(round(rows / seconds))}/s" if seconds else ""
        self._progress.update(task, lignes=f"{figure(rows)} lignes{pace}")

    def stop(self) -> None:
        """Remove the lines."""
        if self._progress is not None:
            self._progress.stop()
            self._progress, self._tasks = None, {}


def console_steps(total: int, console: Console) -> Steps:
    """Make steps that tell the terminal what is being done, how far, how long each took.

    Parameters
    ----------
    total
        Number of steps foreseen.
    console
        Where to write.
    """
    rows = _Rows(console)

    def end(number: int, title: str, seconds: float) -> None:
        rows.stop()
        console.print(f"[{number}/{total}] {title} : {seconds:.1f} s", markup=False)

    return Steps(
        total,
        on_start=lambda number, title: console.print(f"[{number}/{total}] {title}…", markup=False),
        on_end=end,
        on_failure=rows.stop,
        on_rows=rows.show,
    )
