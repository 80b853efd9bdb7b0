"""A load that costs the machine next to nothing: wrk, of Debian.

The client of :mod:`tests.benchmarks.load` takes as long for each request as a server that sends a
tile or answers 304 does, on the same processors: half of what it would measure is itself.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Sequence

from tests.benchmarks.load import Load
from tests.benchmarks.processes import processor_seconds

#: Asks in turn. Nothing is done with an answer: looking at it would cost more than asking.
_SCRIPT = """
local asked = {%s}
local requests = {}
local at = 0
function init()
  for i, one in ipairs(asked) do
    local headers = {["Accept-Encoding"] = "gzip", ["If-None-Match"] = one[2]}
    requests[i] = wrk.format("GET", one[1], headers)
  end
end
function request()
  at = at %% #requests + 1
  return requests[at]
end
%s
function done(summary, latency)
  local failed = summary.errors
  local failures = failed.connect + failed.read + failed.write + failed.timeout + failed.status
  local times = {latency:percentile(50), latency:percentile(95), latency:percentile(99)}
  print("MESURES", summary.requests, summary.duration, summary.bytes, times[1], times[2], times[3],
    failures)
end
"""
_PAUSE = "function delay() return math.random(%d, %d) end"
_MEASURED = re.compile(r"^MESURES\s+(.+)$", re.MULTILINE)
#: Seconds after which an answer is a failure.
_TIMEOUT = 60


def ask_in_turn(
    port: int,
    paths: Sequence[str],
    *,
    known: Sequence[str] = (),
    expected: int = 200,
    connections: int = 16,
    seconds: int = 4,
    pause: tuple[int, int] | None = None,
    watched: Sequence[int] = (),
) -> Load:
    """Ask for `paths` in turn on connections that stay open.

    Parameters
    ----------
    port
        Of a server on this machine.
    paths
        What is asked.
    known
        ETag of each that the client has; none by default.
    expected
        Status of every answer: each is asked for once before.
    connections
        Clients at once.
    pause
        Milliseconds that a client waits before it asks again, drawn between the two; by default
        none: the server is then always late, and its 99th percentile that of a queue.
    watched
        Processes whose time is counted, with all those they started.

    Returns
    -------
    Load
        Its bytes are those of whole answers, head included.

    Raises
    ------
    RuntimeError
        If an answer has another status, or wrk does not measure.
    """
    etags = known or [None] * len(paths)
    for path, etag in zip(paths, etags, strict=True):
        status, _ = _asked(port, path, etag)
        if status != expected:
            raise RuntimeError(f"{path} : {status}, et non {expected}")
    asked = ", ".join(
        f"{{{json.dumps(path)}, {'nil' if etag is None else json.dumps(etag)}}}"
        for path, etag in zip(paths, etags, strict=True)
    )
    before = processor_seconds(watched)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT % (asked, "" if pause is None else _PAUSE % pause))
        script.flush()
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={_TIMEOUT}s"]
        done = subprocess.run(
            ["wrk", *options, "-s", script.name, f"http://127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            check=False,
        )
    used = processor_seconds(watched) - before
    found = _MEASURED.search(done.stdout)
    if found is None:
        raise RuntimeError(f"wrk: {done.stdout[-300:]} {done.stderr[-300:]}")
    answers, microseconds, octets, p50, p95, p99, failures = map(float, found[1].split())
    return Load(
        answers / microseconds * 1e6,
        p50 / 1e3,
        p95 / 1e3,
        p99 / 1e3,
        int(failures),
        int(answers),
        processor_ms=used * 1000 / answers,
        body_bytes=octets / answers,
    )


def body_sizes(port: int, paths: Sequence[str]) -> list[int]:
    """Bytes of the body of each path, as it is sent to :func:`ask_in_turn`."""
    return [_asked(port, path)[1] for path in paths]


def _asked(port: int, path: str, etag: str | None = None) -> tuple[int, int]:
    """Status and bytes of the body of one answer."""
    headers = {"Accept-Encoding": "gzip"} | ({} if etag is None else {"If-None-Match": etag})
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, len(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, len(error.read())
