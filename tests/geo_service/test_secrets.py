"""No secret in what is written: planted in every setting that may hold one, then looked for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from geo_service.faults import InstallationError
from geo_service.private_cluster import PrivateCluster
from geo_service.settings import load_settings
from tests.processes import free_port
from tests.support import ROOT, Server
from tests.support import run_program as run

#: Letters, signs that addresses write otherwise, and what a shell would read.
SECRET = "Plante7Secret"
ENCODED = "Plant%C3%A9%24%7BS%7D"
DECODED = "Planté${S}"
FORBIDDEN = (SECRET, ENCODED, DECODED, "Plant\\u00e9", "PlanteCleS3", "PlanteUtilisateur")


def url(host: str, secret: str = SECRET) -> str:
    return f"postgresql://PlanteUtilisateur:{secret}@{host}/atlas"


def planted(host: str, secret: str = SECRET) -> dict[str, str]:
    """Every setting that may hold a secret."""
    return {
        "GEO_DATABASE_URL": url(host, secret),
        "GEO_DATABASE_READ_URL": url(host, secret),
        "GEO_ARCHIVES_URL": "s3://seau/atlas",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_REGION": "x",
        "AWS_ACCESS_KEY_ID": "PlanteCleS3",
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }


def check(*outputs: str) -> None:
    for text in outputs:
        for secret in FORBIDDEN:
            assert secret not in text, text[max(0, text.find(secret) - 300) :][:600]


def command_lines() -> str:
    """Arguments of all processes, as any account of the machine may read them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(found)


def ask(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return f"{answer.headers}{answer.read().decode('utf-8', 'replace')}"
    except urllib.error.HTTPError as error:
        return f"{error.headers}{error.read().decode('utf-8', 'replace')}"


def test_a_server_whose_database_is_away_says_nothing_of_it(tmp_path: Path) -> None:
    metrics = f"127.0.0.1:{free_port()}"
    server = Server(
        tmp_path,
        wait_for="/health",
        **planted("127.0.0.1:9", ENCODED),
        GEO_METRICS=metrics,
        GEO_LOG_LEVEL="debug",
        GEO_LOG_CLIENTS="true",
    )
    with server as base:
        for path in (
            "/ready",
            "/health",
            "/",
            "/commune/35238",
            "/api/referentiel",
            "/ogc",
            "/ogc/collections/lieux/items",
            "/tiles/territoires.json",
            "/openapi.json",
            "/api/x?url=" + SECRET[:3],
        ):
            check(ask(base + path))
        check(ask(f"http://{metrics}/metrics"), command_lines())
    check(server.output)
    assert "base" in server.output


def test_a_wrong_password_is_not_repeated(tmp_path: Path, cluster: PrivateCluster) -> None:
    """The private server refuses this account; what it says names neither it nor its password."""
    socket = str(cluster.place.socket).replace("/", "%2F")
    wrong = f"postgresql://PlanteUtilisateur:{SECRET}@/atlas?host={socket}"
    settings = {"GEO_DATABASE_READ_URL": wrong, "GEO_LOG_LEVEL": "debug"}
    server = Server(tmp_path, wait_for="/health", **settings)
    with server as base:
        check(ask(base + "/ready"), ask(base + "/api/referentiel"), command_lines())
    assert SECRET not in server.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("etl", "run"),
        ("publications", "list"),
        ("tiles", "build"),
    ],
    ids=" ".join,
)
def test_a_command_whose_database_is_away_says_nothing_of_it(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = run(
        Path(sys.executable).with_name("geo-service"),
        *arguments,
        **planted("127.0.0.1:9"),
        GEO_STATE_DIR=str(tmp_path),
    )
    assert done.returncode != 0
    assert "ne répond pas" in done.stderr
    assert "Traceback" not in done.stderr
    check(done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GEO_DATABASE_URL", f"http://a:{SECRET}@b/c"),
        ("GEO_DATABASE_READ_URL", f"postgresql://a:{SECRET}@b"),
        ("GEO_DATABASE_URL", f"postgresql://a:{SECRET}@[b/c"),
        ("GEO_ARCHIVES_URL", f"https://PlanteCleS3:{SECRET}@seau"),
        ("GEO_PUBLIC_URL", f"https://a:{SECRET}@b"),
    ],
)
def test_a_refused_setting_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InstallationError, match=name) as caught:
        load_settings()
    check(str(caught.value))


# --- images and files --------------------------------------------------------------------------


@pytest.fixture
def instructions() -> str:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    return re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")


def test_no_layer_of_an_image_holds_or_asks_for_a_secret(instructions: str) -> None:
    """A build argument or a variable stays in the image for whoever has it."""
    assert not re.search(r"^(ARG|ADD)\b", instructions, re.MULTILINE)
    for line in re.findall(r"^ENV .*$", instructions, re.MULTILINE):
        assert not re.search(r"(?i)passw|mot_de_passe|secret|token|_key|url=", line), line
    copied = re.findall(r"^COPY (?!--from)(.*)$", instructions, re.MULTILINE)
    assert copied
    for line in copied:
        sources = line.split()[:-1]
        assert not [name for name in sources if name in {".", "./", "*"} or ".env" in name], line


def test_no_file_of_the_project_holds_a_secret() -> None:
    """Names of what would be one, in whatever git follows, beside those of tests and documents."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    )  # fmt: skip
    names = [name for name in done.stdout.split("\0") if name]
    assert len(names) > 500
    assert not [name for name in names if re.search(r"(^|/)(\.env|.*\.(pem|key|p12|pfx))$", name)]
    found = []
    pattern = re.compile(r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|ghp_[A-Za-z0-9]{36}")
    for name in names:
        path = ROOT / name
        if name.startswith("tests/") or not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        if pattern.search(path.read_text(encoding="utf-8", errors="replace")):
            found.append(name)
    assert found == []
