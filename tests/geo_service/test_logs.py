"""Lines of the log: where they go, and how."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import orjson
import pytest
import structlog

from geo_service import logs


@pytest.fixture(autouse=True)
def own_configuration() -> Iterator[None]:
    """Leave the log as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_each_event_goes_to_standard_error_as_it_is_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command run with its output taken closes what it was given; the log outlives it."""
    replaced = io.StringIO()
    monkeypatch.setattr(sys, "stderr", replaced)
    logs.configure()
    log = structlog.get_logger("atlas")
    log.info("premier", nombre=1)
    assert orjson.loads(replaced.getvalue())["nombre"] == 1
    replaced.close()
    monkeypatch.setattr(sys, "stderr", later := io.StringIO())
    log.info("second", nombre=2)
    assert orjson.loads(later.getvalue())["nombre"] == 2


def test_the_level_asked_is_the_least_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", taken := io.StringIO())
    logs.configure("warning")
    structlog.get_logger("atlas").info("tu")
    assert not taken.getvalue()
    assert logs.writes("warning")
    assert not logs.writes("info")


@pytest.mark.parametrize("level", ["info", "warning", "error", "exception"])
def test_a_log_that_cannot_be_written_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:  # noqa: ARG002
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    logs.configure()
    getattr(structlog.get_logger("atlas"), level)("disque_plein")
