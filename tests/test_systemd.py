"""The units of systemd: what its own tools say of them, and what they promise."""

from __future__ import annotations

import configparser
import re
import shutil
import sys
from pathlib import Path

import pytest

from geo_service.operations.settings import OperationSettings
from geo_service.secret_files import SUFFIX, holds_secret
from geo_service.settings import Settings
from tests.support import ROOT
from tests.support import run_program as run

FOLDER = ROOT / "deploiement" / "systemd"
SERVICES = sorted(path.name for path in FOLDER.glob("*.service"))
UNITS = [*SERVICES, *sorted(path.name for path in FOLDER.glob("*.timer"))]
#: `systemd-analyze security` gives from 0 (nothing is exposed) to 10; a plain service has 9.6.
MOST_EXPOSED = 2.0

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd n'est pas sur cette machine"
)


def values(name: str, option: str) -> list[str]:
    """Values of an option of a unit, in order; an option may be repeated."""
    found = re.findall(rf"^{option}=(.*)$", (FOLDER / name).read_text(), flags=re.MULTILINE)
    return [str(value) for value in found]


@needs_systemd
def test_systemd_finds_nothing_to_say(tmp_path: Path) -> None:
    """Their program is put where this machine has it; a word mistaken is told."""
    for name in UNITS:
        text = (FOLDER / name).read_text(encoding="utf-8")
        here = Path(sys.executable).parent
        (tmp_path / name).write_text(text.replace("/opt/atlas/.venv/bin", str(here)))
    found = run("systemd-analyze", "verify", *(tmp_path / name for name in UNITS))
    ours = [line for line in found.stderr.splitlines() if "atlas" in line]
    assert (ours, found.returncode) == ([], 0)
    mistaken = tmp_path / "atlas-faux.service"
    mistaken.write_text((tmp_path / "atlas.service").read_text().replace("KillMode", "KilMode"))
    assert "KilMode" in run("systemd-analyze", "verify", mistaken).stderr


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_little_is_exposed(name: str) -> None:
    found = run("systemd-analyze", "security", "--offline=true", FOLDER / name)
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", found.stdout)
    assert level is not None, found.stderr
    assert float(level[1]) <= MOST_EXPOSED


@needs_systemd
@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".timer")])
def test_each_timer_starts_its_service_each_night(name: str) -> None:
    assert name.replace(".timer", ".service") in SERVICES
    (when,) = values(name, "OnCalendar")
    found = run("systemd-analyze", "calendar", "--iterations=2", when)
    assert found.returncode == 0, found.stderr
    hours = set(re.findall(r"\d{4}-\d\d-\d\d (\d\d:\d\d):00", found.stdout))
    assert hours == {when.partition(" ")[2].rpartition(":")[0]}
    assert values(name, "Persistent") == ["yes"]


def test_the_service_stops_as_it_asks_to() -> None:
    drain = OperationSettings.model_fields["drain_seconds"].default
    (patience,) = values("atlas.service", "TimeoutStopSec")
    # Ten seconds are left to requests once it listens no more (geo_service/cli/serve.py).
    assert int(patience) > drain + 10
    assert values("atlas.service", "KillMode") == ["mixed"]
    (files,) = values("atlas.service", "LimitNOFILE")
    assert int(files) > OperationSettings.model_fields["limit_connections"].default


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_are_given_as_files_that_the_settings_read(name: str) -> None:
    given = dict(value.split("=", 1) for value in values(name, "Environment"))
    loaded = {value.partition(":")[0] for value in values(name, "LoadCredential")}
    read = {}
    for variable, value in given.items():
        if variable.endswith(SUFFIX):
            field = variable.removeprefix("GEO_").removesuffix(SUFFIX).lower()
            assert field in Settings.model_fields
            assert holds_secret(field)
            read[value.removeprefix("%d/")] = field
    assert set(read) == loaded
    assert not [value for value in given.values() if "://" in value]
    # Who serves has no account that publishes.
    serves = name == "atlas.service"
    assert set(read.values()) == ({"database_read_url"} if serves else {"database_url"})
    assert values(name, "User") == (["atlas-api"] if serves else ["atlas"])
    assert bool(values(name, "StateDirectory")) is not serves


def test_the_accounts_named_are_made() -> None:
    text = (FOLDER / "atlas.sysusers.conf").read_text(encoding="utf-8")
    made = set(re.findall(r"^u (\S+)", text, flags=re.MULTILINE))
    assert made == {user for name in SERVICES for user in values(name, "User")}


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_says_where_to_read_on(name: str) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.read(FOLDER / name, encoding="utf-8")
    path = unit["Unit"]["documentation"].removeprefix("file:///opt/atlas/")
    assert (ROOT / path).is_file()
