"""Runs of the pipeline that die, or stop, in the middle of a step: a helper process of the tests.

It imports everything once, then forks a run for each line of JSON it is given, and answers with a
line: how the run ended, and how many calls each step made. ``{"step": …, "share": …, "signal": …}``
sends a signal to the run itself once it has made that share of the calls of that step.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from etl.config import AtlasConfig
from geo_service import pipeline
from geo_service.steps import Steps

#: The switch of readers to the new atlas is no step of its own: it follows the last one.
SWITCH = "bascule"


class Watched(Steps):
    """Steps whose calls are counted, in the thread that makes them."""

    def __init__(self) -> None:
        super().__init__(pipeline.STEPS)
        self.calls: dict[str, int] = {}
        self.now = ""
        self.target: tuple[str, int, int] | None = None

    def count(self, _frame: FrameType, event: str, _arg: object) -> None:
        """Count one call, and send the signal if it is the one."""
        if event not in {"call", "c_call"} or not self.now:
            return
        made = self.calls[self.now] = self.calls.get(self.now, 0) + 1
        if self.target is not None and self.target[:2] == (self.now, made):
            os.kill(os.getpid(), self.target[2])

    def start(self, _number: int, title: str) -> None:
        self.now = title

    def end(self, _number: int, title: str, _seconds: float) -> None:
        self.now = SWITCH if title == "Archives de tuiles" else ""


def run(asked: dict[str, Any]) -> dict[str, int]:
    """Run the pipeline once; return the calls of each step."""
    steps = Watched()
    steps.on_start, steps.on_end = steps.start, steps.end
    if "step" in asked:
        steps.target = (asked["step"], asked["call"], getattr(signal, asked["signal"]))
    state = Path(asked["state"])
    sys.setprofile(steps.count)
    pipeline.run(
        AtlasConfig.load(Path(asked["config"])),
        database_url=asked["url"],
        downloads_dir=state / "telechargements",
        publications_dir=state / "publications",
        steps=steps,
        tell=lambda _sentence: None,
    )
    sys.setprofile(None)
    return steps.calls


def main() -> None:
    """Fork a run for each line."""
    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.setsid()
            try:
                answer = {"calls": run(asked)}
            except Exception as error:  # noqa: BLE001 (told to the test)
                answer = {"error": f"{type(error).__name__}: {error}"}
            os.write(writing, json.dumps(answer).encode())
            os._exit(0)
        os.close(writing)
        sys.stdout.write(json.dumps({"pid": child}) + "\n")
        sys.stdout.flush()
        with os.fdopen(reading, "rb") as pipe:
            content = pipe.read()
        _, status = os.waitpid(child, 0)
        killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        sys.stdout.write(json.dumps({"killed": killed, **json.loads(content or b"{}")}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
