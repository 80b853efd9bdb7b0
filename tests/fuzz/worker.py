"""One target in a process of its own: ``python -m tests.fuzz.worker TARGET SECONDS FOLDER WAY``.

With atheris, inputs are bred from those that reach new lines of our code; without it, they are
drawn and changed at random from the seeds. A finding is written and the search goes on; what
ends the process (a signal, a hang, too much memory) is told by whoever started it.
"""

from __future__ import annotations

import importlib
import json
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fuzz.target import Target

#: Packages whose lines guide the search.
GUIDED = ["boundaries", "etl", "tiles", "geo_service"]
#: Seconds that one input may take.
PATIENCE = 20
#: Megabytes that the process may take: the service holds some 300, GDAL and Arrow as much.
MEMORY = 2_000


class Tally:
    """Counts what was run, and writes it down often: libFuzzer ends the process by itself.

    Parameters
    ----------
    run
        The target.
    folder
        Where findings and figures are written.
    """

    def __init__(self, run: Callable[[bytes], None], folder: Path) -> None:
        self._run = run
        self._folder = folder
        self._started = time.monotonic()
        self._written = 0.0
        self.count = 0
        self.found: set[str] = set()

    def __call__(self, data: bytes) -> None:
        """Run one input."""
        from tests.fuzz.findings import keep  # noqa: PLC0415 (after the instrumentation)

        self.count += 1
        try:
            self._run(data)
        except Exception as error:  # noqa: BLE001 (whatever it is: that is what is sought)
            self.found.add(keep(self._folder / "trouvailles", data, error))
        now = time.monotonic()
        if now - self._written > 1:
            self._written = now
            self.write()

    def write(self) -> None:
        """Write the figures."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        figures = {
            "executions": self.count,
            "processeur_s": round(used.ru_utime + used.ru_stime, 1),
            "memoire_mo": used.ru_maxrss // 1024,
            "trouvailles": sorted(self.found),
        }
        draft = self._folder / "chiffres.neuf"
        draft.write_text(json.dumps(figures, ensure_ascii=False), encoding="utf-8")
        draft.replace(self._folder / "chiffres.json")


def changed(seeds: list[bytes], drawn: random.Random, longest: int) -> bytes:
    """Change a seed a little: bytes altered, cut, repeated, exchanged with those of another.

    Parameters
    ----------
    seeds
        Inputs to start from.
    drawn
        Source of chance.
    longest
        Bytes of the result at most.
    """
    data = bytearray(drawn.choice(seeds))
    for _ in range(drawn.choice((1, 1, 2, 4, 8))):
        at = drawn.randrange(len(data) + 1)
        to = min(len(data), at + drawn.choice((1, 2, 4, 16, 64)))
        way = drawn.randrange(5)
        if way == 0:
            data[at:to] = drawn.randbytes(to - at)
        elif way == 1:
            del data[at:to]
        elif way == 2:
            data[at:at] = data[at:to] * drawn.choice((1, 2, 40))
        elif way == 3:
            other = drawn.choice(seeds)
            start = drawn.randrange(len(other) + 1)
            data[at:to] = other[start : start + drawn.choice((1, 4, 64))]
        else:
            data[at:at] = drawn.choice(
                (b"\0", b"\xff", b'"', b"'", b"<x-fuzz", b"]", b"{", b"\n", b"NaN", b"-1",
                 b"99999999999999999999", b"1e999", "\u202e\u0000é".encode())
            )  # fmt: skip
    return bytes(data[:longest])


def find(name: str) -> Target:
    """Find the target ``module.name``; the other modules are not imported."""
    module = importlib.import_module(f"tests.fuzz.{name.partition('.')[0]}")
    return {target.name: target for target in module.TARGETS}[name.partition(".")[2]]


def _guided(name: str, seconds: float, folder: Path) -> None:
    import atheris  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415

    with atheris.instrument_imports(include=GUIDED, enable_loader_override=False):
        target = find(name)
    corpus, seeds = folder / "corpus", folder / "graines"
    for place in (corpus, seeds):
        place.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (seeds / str(number)).write_bytes(seed[: target.longest])
    with target.open() as run:
        tally = Tally(run, folder)
        options: list[Any] = [
            sys.argv[0],
            f"-max_total_time={max(1, int(seconds))}",
            f"-max_len={target.longest}",
            f"-timeout={PATIENCE}",
            f"-rss_limit_mb={MEMORY}",
            f"-artifact_prefix={folder}/fin-",
            "-print_final_stats=1",
            str(corpus),
            str(seeds),
        ]
        atheris.Setup(options, tally)
        atheris.Fuzz()


def _drawn(name: str, seconds: float, folder: Path) -> None:
    target = find(name)
    seeds = [seed[: target.longest] for seed in target.seeds()]
    drawn = random.Random(name)
    deadline = time.monotonic() + seconds
    with target.open() as run:
        tally = Tally(run, folder)
        for seed in seeds:
            tally(seed)
        while time.monotonic() < deadline:
            tally(changed(seeds, drawn, target.longest))
        tally.write()


def main() -> None:
    """Run one target."""
    name, seconds, folder, way = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    folder.mkdir(parents=True, exist_ok=True)
    if way == "atheris":
        _guided(name, seconds, folder)
    else:
        _drawn(name, seconds, folder)


if __name__ == "__main__":
    main()
