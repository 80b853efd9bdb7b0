"""The images: the Dockerfile, and what the database image runs.

No Docker engine is needed: the build steps of the Dockerfile are run as a script, in the order and
with the files the engine would use. `tests/test_compose.py` is about the compose file.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from geo_service.postgresql import find_installation
from geo_service.private_cluster import PrivateCluster
from tests.support import ROOT
from tests.support import run_program as run

# --- the database image -------------------------------------------------------------------------


def test_the_role_script_makes_a_role_that_logs_in_and_only_reads() -> None:
    parent = Path(tempfile.mkdtemp(prefix="atlas-essai-"))
    parent.chmod(0o755)
    cluster = PrivateCluster(parent / "base")
    secret = parent / "secret"
    secret.write_text("l'été \\ \" $HOME")
    try:
        cluster.start()
        done = run(
            ROOT / "docker" / "creer-role-lecture.sh",
            PATH=f"{find_installation().programs}:{os.environ['PATH']}",
            PGHOST=str(cluster.place.socket),
            PGPORT="5432",
            POSTGRES_USER="atlas",
            POSTGRES_DB="postgres",
            ATLAS_MOT_DE_PASSE_LECTURE_FILE=str(secret),
        )
        assert done.returncode == 0, done.stderr
        with psycopg.connect(cluster.url("postgres")) as conn:
            role = conn.execute(
                "SELECT rolcanlogin, rolsuper, rolconfig, rolpassword LIKE 'SCRAM-SHA-256$%' "
                "FROM pg_authid LEFT JOIN LATERAL (SELECT setconfig AS rolconfig "
                "FROM pg_db_role_setting WHERE setrole = pg_authid.oid) s ON true "
                "WHERE rolname = 'atlas_lecture'"
            ).fetchone()
        assert role == (True, False, ["default_transaction_read_only=on"], True)
    finally:
        cluster.remove()
        shutil.rmtree(parent)


# --- Dockerfile --------------------------------------------------------------------------------


@dataclass
class Stage:
    """One stage of the Dockerfile: its image and its instructions, in order."""

    image: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        return {
            name: value
            for verb, text in self.steps
            if verb == "ENV"
            for name, value in (pair.split("=", 1) for pair in shlex.split(text))
        }

    def last(self, verb: str) -> str | None:
        return next((text for name, text in reversed(self.steps) if name == verb), None)


def stages() -> dict[str, Stage]:
    """Read the Dockerfile: comments and line continuations out, one entry per stage."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    found: dict[str, Stage] = {}
    for line in filter(str.strip, text.splitlines()):
        verb, rest = line.split(maxsplit=1)
        if verb == "FROM":
            image, _, name = rest.split()
            found[name] = Stage(image)
        else:
            found[name].steps.append((verb, rest))
    return found


def ignored(path: str) -> bool:
    """Apply .dockerignore (the last matching line wins) to a path of the checkout."""
    verdict = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        keep = pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        parts = path.split("/")
        heads = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        if pattern.startswith("**/"):
            hit = any(fnmatch.fnmatch(part, pattern[3:]) for part in parts)
        else:
            hit = any(fnmatch.fnmatch(head, pattern) for head in heads[: pattern.count("/") + 1])
        if hit:
            verdict = not keep
    return verdict


def context_files(source: str) -> Iterator[Path]:
    """List the files of the build context under a source of COPY."""
    start = ROOT / source
    if start.is_file():
        candidates: list[Path] = [start]
    else:
        candidates = []
        for folder, names, files in os.walk(start):
            # As the engine does not walk through them either.
            names[:] = [
                name for name in names if name not in {"node_modules", "__pycache__", "dist"}
            ]
            candidates += [Path(folder) / file for file in files]
    for path in candidates:
        if not ignored(path.relative_to(ROOT).as_posix()):
            yield path


def test_what_never_goes_to_the_engine() -> None:
    for path in (
        ".git/config",
        ".env",
        ".atlas/postgres/donnees",
        ".venv/bin/python",
        "tests/conftest.py",
        "geo_service/web/node_modules/vite/package.json",
        "geo_service/web/dist/.vite/manifest.json",
        "geo_service/styles/built/sprites/atlas.png",
        "etl/__pycache__/tables.pyc",
    ):
        assert ignored(path), path
    for path in ("uv.lock", "atlas.toml", "etl/tables.py", "geo_service/web/package.json"):
        assert not ignored(path), path


def test_the_images_run_as_an_unprivileged_user_and_say_how_they_are() -> None:
    found = stages()
    assert list(found)[-1] == "api", "the default image is the last one"
    for name in ("etl", "api"):
        assert found[name].image == "commun"
        assert found[name].last("USER") == "atlas"
        assert (found[name].last("CMD") or "").startswith('["geo-service"')
    assert "/ready" in (found["api"].last("HEALTHCHECK") or "")
    assert found["etl"].last("HEALTHCHECK") == "NONE"
    assert "org.opencontainers.image.title" in (found["commun"].last("LABEL") or "")


def test_both_ways_of_installing_use_the_same_uv() -> None:
    docker = re.search(r"uv==([\d.]+)", (ROOT / "Dockerfile").read_text())
    script = re.search(r"UV_VERSION=([\d.]+)", (ROOT / "scripts" / "prepare.sh").read_text())
    assert docker is not None
    assert script is not None
    assert docker.group(1) == script.group(1)


def test_the_build_steps_run_as_a_script(tmp_path: Path) -> None:
    """Build the stages `web` and `python` in a folder each, without an engine.

    Not run here, as they would change this machine: the installation of uv (the checkout's own is
    used), ``useradd``, and the link of npm.
    """
    found = stages()
    for name in ("web", "python"):
        root = tmp_path / name
        workdir = root
        env = {"PATH": f"{ROOT / '.build/uv/bin'}:{os.environ['PATH']}"}
        # Byte compilation is a matter of speed at start, not of right or wrong.
        env |= {k: v for k, v in found[name].env.items() if k != "UV_COMPILE_BYTECODE"}
        for verb, text in found[name].steps:
            if verb == "WORKDIR":
                workdir = root / text.lstrip("/")
                workdir.mkdir(parents=True, exist_ok=True)
            elif verb == "COPY":
                copy(text, workdir, tmp_path)
            elif verb == "RUN" and not text.startswith("pip install"):
                done = run("/bin/sh", "-c", text, cwd=workdir, VIRTUAL_ENV="", **env)
                assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    project = tmp_path / "python" / "projet"
    assert (project / "geo_service" / "web" / "dist" / ".vite" / "manifest.json").is_file()
    assert not (project / "geo_service" / "web" / "node_modules").exists()
    state = str(tmp_path / "etat")
    done = run(project / ".venv/bin/geo-service", "db", "url", cwd=project, GEO_STATE_DIR=state)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("postgresql://atlas@/atlas?host=")
    # The production environment has no development tool.
    assert not (project / ".venv/bin/pytest").exists()


def copy(text: str, workdir: Path, stage_roots: Path) -> None:
    """Do one COPY: from another stage, or from the build context."""
    *sources, target = text.split()
    stage = re.fullmatch(r"--from=(\w+)", sources[0])
    if stage is not None:
        (source,) = sources[1:]
        shutil.copytree(stage_roots / stage.group(1) / source.lstrip("/"), workdir / target)
        return
    for source in sources:
        files = list(context_files(source))
        assert files, f"{source} is not in the build context"
        for file in files:
            inside = (
                file.relative_to(ROOT / source) if (ROOT / source).is_dir() else Path(file.name)
            )
            destination = workdir / target / inside
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, destination)
