"""A load that costs the machine next to nothing: wrk, of Debian.

The client of :mod:`tests.benchmarks.load` takes as long for each request as a server that answers
304 does, on the same processors: half of what it would measure is itself.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence

from tests.benchmarks.load import Load
from tests.benchmarks.processes import processor_seconds

#: Asks in turn, and counts what is not 304.
_SCRIPT = """
local asked = {%s}
local at = 0
others = 0
function request()
  at = at %% #asked + 1
  local headers = {["Accept-Encoding"] = "gzip", ["If-None-Match"] = asked[at][2]}
  return wrk.format("GET", asked[at][1], headers)
end
function response(status)
  if status ~= %d then others = others + 1 end
end
local threads = {}
function setup(thread) table.insert(threads, thread) end
function done(summary, latency)
  local failed = summary.errors
  local failures = failed.connect + failed.read + failed.write + failed.timeout
  for _, thread in ipairs(threads) do failures = failures + thread:get("others") end
  local times = {latency:percentile(50), latency:percentile(95), latency:percentile(99)}
  print("MESURES", summary.requests, summary.duration, times[1], times[2], times[3], failures)
end
"""
_MEASURED = re.compile(r"^MESURES\s+(.+)$", re.MULTILINE)


def revalidate(
    base: str,
    paths: Sequence[str],
    etags: Sequence[str],
    *,
    expected: int = 304,
    connections: int,
    seconds: int = 4,
    watched: Sequence[int] = (),
) -> Load:
    """Ask for what is known already, without pause, on connections that stay open.

    Parameters
    ----------
    base
        ``http://…`` or ``https://…``, without path.
    paths, etags
        What is asked, in turn.
    expected
        Status of every answer.
    connections
        Clients at once.
    watched
        Processes whose time is counted, with all those they started.

    Returns
    -------
    Load
        Whose failures are the answers of another status, too.

    Raises
    ------
    RuntimeError
        If wrk does not measure.
    """
    asked = ", ".join(f"{{'{path}', '{etag}'}}" for path, etag in zip(paths, etags, strict=True))
    before = processor_seconds(watched)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT % (asked, expected))
        script.flush()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script.name, base],
            capture_output=True,
            text=True,
            check=False,
        )
    used = processor_seconds(watched) - before
    found = _MEASURED.search(done.stdout)
    if found is None:
        raise RuntimeError(f"wrk: {done.stdout[-300:]} {done.stderr[-300:]}")
    answers, microseconds, p50, p95, p99, failures = map(float, found[1].split())
    return Load(
        answers / microseconds * 1e6,
        p50 / 1e3,
        p95 / 1e3,
        p99 / 1e3,
        int(failures),
        int(answers),
        processor_ms=used * 1000 / answers,
    )
