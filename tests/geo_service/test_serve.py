"""``geo-service serve``: what it refuses before it starts."""

from __future__ import annotations

import socket

import pytest
from typer.testing import CliRunner

from geo_service.cli import app


def serve(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    # Any other database than the private one: nothing is started for it.
    monkeypatch.setenv("GEO_DATABASE_READ_URL", "postgresql://personne@/atlas?host=/nulle/part")
    result = CliRunner().invoke(app, ["serve", *arguments])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    return result.output


def test_a_port_that_is_taken_is_refused(monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        output = serve(monkeypatch, "--port", port)
    assert f"127.0.0.1:{port}" in output
    assert "écoute déjà" in output
    assert "PORT=" in output


def test_an_address_of_figures_that_is_taken_is_refused(monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        monkeypatch.setenv("GEO_METRICS", taken)
        output = serve(monkeypatch, "--port", "1")
    assert taken in output
    assert "GEO_METRICS" in output


def test_an_unknown_host_is_refused(monkeypatch: pytest.MonkeyPatch):
    assert "GEO_HOST" in serve(monkeypatch, "--host", "nulle-part.invalid")
