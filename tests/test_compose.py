"""Docker Compose: the file against its schema, what it promises, and the scripts it mounts."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509

from geo_service.secret_files import SUFFIX, holds_secret
from geo_service.settings import Settings
from tests.support import ROOT
from tests.support import run_program as run

COMPOSE = ROOT / "docker-compose.yml"
TEMPLATE = ROOT / "docker" / "nginx" / "nginx.conf.template"
#: A variable of Compose, with the default it has here.
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def by_default(text: str) -> str:
    """Put the defaults of its variables in a text, as Compose does without a .env file."""
    return _VARIABLE.sub(lambda found: found[2] or "", text)


def validate(path: Path) -> subprocess.CompletedProcess[str]:
    return run(
        sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path
    )


def test_the_file_follows_the_compose_specification(tmp_path: Path) -> None:
    valid = validate(COMPOSE)
    assert valid.returncode == 0, valid.stdout
    mistaken = tmp_path / "docker-compose.yml"
    mistaken.write_text(COMPOSE.read_text().replace("healthcheck:", "healthchek:", 1))
    assert validate(mistaken).returncode != 0


def test_every_variable_has_a_default_and_is_told_of() -> None:
    text = COMPOSE.read_text(encoding="utf-8").replace("$$", "")
    found = dict(_VARIABLE.findall(text))
    assert all(f"${{{name}:-" in text for name in found), "a bare variable"
    told = (ROOT / "docs" / "exploitation.md").read_text(encoding="utf-8")
    assert [name for name in found if name not in told] == []


def test_the_services_start_in_order(services: dict[str, dict[str, Any]]) -> None:
    after = {name: service.get("depends_on", {}) for name, service in services.items()}
    healthy = {"condition": "service_healthy"}
    assert after["etl"] == after["nuit"] == after["replique"] == {"postgis": healthy}
    assert after["api"] == {"etl": {"condition": "service_completed_successfully"}}
    assert after["mandataire"] == {"api": healthy}
    profiles = {name: service.get("profiles") for name, service in services.items()}
    assert {name for name, profile in profiles.items() if not profile} == {
        *("postgis", "etl", "api", "mandataire")
    }
    # Nothing that starts by default waits for what does not.
    for name, waited in after.items():
        for other in waited:
            assert not profiles[other] or profiles[other] == profiles[name]


def test_what_lasts_is_watched_and_bounded(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        limits = service["deploy"]["resources"]["limits"]
        assert set(limits) == {"cpus", "memory", "pids"}, name
        assert service["logging"]["options"]["max-size"], name
        # What ends by itself has an exit code instead; the image's own probe says nothing of it.
        assert ("healthcheck" in service) is (name not in {"etl", "nuit", "seau"}), name
        if "restart" not in service:
            assert name in {"etl", "seau"}


def test_nothing_runs_as_root_nor_writes_in_its_image(
    services: dict[str, dict[str, Any]],
) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert any(place.startswith("/tmp") for place in service["tmpfs"]), name
        # Images of ours say it themselves, which tests/test_images.py holds.
        ours = service["image"].startswith("atlas-internet-citoyen")
        assert ours or re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), name


def test_volumes_and_secrets_are_declared(
    compose: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    used: dict[str, set[str]] = {"volumes": set(), "secrets": set(), "networks": set()}
    for service in services.values():
        for volume in service.get("volumes", []):
            source, target, *mode = volume.split(":")
            if source.startswith("."):
                assert (ROOT / source).is_file()
                assert mode == ["ro"], volume
                script = target.endswith(".sh")
                assert os.access(ROOT / source, os.X_OK) is script
            else:
                used["volumes"].add(source)
        used["secrets"].update(service.get("secrets", []))
        used["networks"].update(service["networks"])
    for kind, names in used.items():
        assert names == set(compose[kind]), kind


def test_only_the_proxy_is_published_and_on_this_machine_only(
    services: dict[str, dict[str, Any]],
) -> None:
    published = {
        name: [by_default(port) for port in service["ports"]]
        for name, service in services.items()
        if "ports" in service
    }
    assert published == {"mandataire": ["127.0.0.1:80:8080", "127.0.0.1:443:8443"]}


def test_the_api_cannot_write_nor_enter_as_the_owner(services: dict[str, dict[str, Any]]) -> None:
    api = services["api"]
    assert not [secret for secret in api["secrets"] if "proprietaire" in secret]
    assert "etat:/var/lib/atlas:ro" in api["volumes"]
    assert "GEO_DATABASE_URL_FILE" not in api["environment"]
    # Files to download are heaped up there, on the disk.
    assert "travail:/var/tmp" in api["volumes"]
    # Who is believed are those of the network it shares with the proxy alone.
    assert set(services["mandataire"]["networks"]) == {"devant"}
    sharing = {name for name, service in services.items() if "devant" in service["networks"]}
    assert sharing == {"api", "mandataire"}
    assert api["environment"]["GEO_TRUSTED_PROXIES"] == "${ATLAS_RESEAU:-172.31.254.0/24}"


def test_no_secret_is_in_a_variable(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            secret = re.search("PASSWORD|MOT_DE_PASSE|SECRET|KEY|DATABASE|ROOT_USER", variable)
            assert not secret or variable.endswith(SUFFIX), (name, variable)
            for path in re.findall(r"/run/secrets/(\w+)", str(value)):
                assert path in service["secrets"], (name, variable)
    for secret in compose["secrets"].values():
        assert set(secret) == {"file"}


def test_the_settings_given_exist(services: dict[str, dict[str, Any]]) -> None:
    known = {f"GEO_{name.upper()}" for name in Settings.model_fields}
    known |= {f"GEO_{name.upper()}{SUFFIX}" for name in Settings.model_fields if holds_secret(name)}
    # Read by this version or the next one: an unknown setting is of no effect.
    known.add("GEO_DATABASE_READ_URLS_FILE")
    given = {name for service in services.values() for name in service.get("environment", {})}
    assert {name for name in given if name.startswith("GEO_")} <= known
    assert "GEO_DATABASE_URL_FILE" in given


def test_no_image_floats(services: dict[str, dict[str, Any]]) -> None:
    """A tag names two numbers of the version at least, or a digest; a registry is never named."""
    lines = re.findall(r"^FROM (\S+) AS (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    froms, stages = [image for image, _ in lines], {name for _, name in lines}
    images = [by_default(service["image"]) for service in services.values()]
    images = [image for image in images if not image.startswith("atlas-internet-citoyen")]
    images += [image for image in froms if image not in stages]
    assert len(images) >= 6
    for image in images:
        host, slash, _ = image.partition("/")
        assert not slash or not re.search(r"[.:]|^localhost$", host), image
        assert re.search(r":[\w.-]*\d+[.-]\d+[\w.-]*(@sha256:[0-9a-f]{64})?$", image), image


# --- nginx -------------------------------------------------------------------------------------


def test_every_variable_of_the_proxy_is_given(services: dict[str, dict[str, Any]]) -> None:
    given = services["mandataire"]["environment"]
    wanted = set(re.findall(r"\$\{(\w+)\}", TEMPLATE.read_text(encoding="utf-8")))
    assert wanted == {name for name in given if name.startswith("ATLAS_")}
    assert re.match(given["NGINX_ENVSUBST_FILTER"], "ATLAS_URL")
    mounted = f"./{TEMPLATE.relative_to(ROOT)}:/etc/nginx/templates/{TEMPLATE.name}:ro"
    assert mounted in services["mandataire"]["volumes"]
    # Where the entry point of the image writes what it makes of nginx.conf.template.
    written = f"{given['NGINX_ENVSUBST_OUTPUT_DIR']}/nginx.conf"
    assert services["mandataire"]["command"][:3] == ["nginx", "-c", written]


def test_nginx_takes_the_configuration_that_compose_makes(
    services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """As the entry point of the image does it, with envsubst; the folders alone are others."""
    given = {
        name: by_default(str(value))
        for name, value in services["mandataire"]["environment"].items()
    }
    made = run(ROOT / "docker" / "preparer-secrets.sh", tmp_path / "secrets")
    assert made.returncode == 0, made.stderr
    given |= {
        "ATLAS_DOSSIER": str(tmp_path),
        "ATLAS_JOURNAL": str(tmp_path / "acces.log"),
        "ATLAS_CERTIFICAT": str(tmp_path / "secrets" / "certificat.pem"),
        "ATLAS_CLE": str(tmp_path / "secrets" / "cle.pem"),
        # Debian's nginx is older than `resolve`, and knows no name of Docker's.
        "ATLAS_SERVEURS": given["ATLAS_SERVEURS"].replace("api:8000 resolve", "127.0.0.1:8000"),
    }
    assert "127.0.0.1:8000 max_fails" in given["ATLAS_SERVEURS"]
    names = " ".join(f"${{{name}}}" for name in given if name.startswith("ATLAS_"))
    filled = subprocess.run(
        ["envsubst", names],
        input=TEMPLATE.read_text(encoding="utf-8"),
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "${" not in filled.stdout
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(filled.stdout)
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx is not None
    done = run(nginx, "-t", "-q", "-p", tmp_path, "-c", configuration)
    assert done.returncode == 0, done.stderr


# --- scripts -----------------------------------------------------------------------------------


def test_secrets_are_made_once_and_kept(compose: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    script = ROOT / "docker" / "preparer-secrets.sh"
    assert run(script, folder, "atlas.exemple.fr").returncode == 0
    first = {path.name: path.read_text() for path in folder.iterdir()}
    wanted = {secret["file"].rpartition("/")[2] for secret in compose["secrets"].values()}
    assert set(first) == wanted
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}
    passwords = {name: text for name, text in first.items() if name.startswith("mot_de_passe")}
    assert len({*passwords.values()}) == len(passwords) == 3
    assert all(re.fullmatch("[0-9a-f]{48}", text) for text in passwords.values())
    reader = f"postgresql://atlas_lecture:{passwords['mot_de_passe_lecture']}@"
    assert first["url_lecture"] == f"{reader}postgis/atlas"
    assert first["url_repliques"] == f"{reader}replique/atlas"
    certificate = x509.load_pem_x509_certificate(first["certificat.pem"].encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["atlas.exemple.fr"]
    # A second time changes nothing, whatever is asked.
    assert run(script, folder, "autre.exemple.fr").returncode == 0
    assert {path.name: path.read_text() for path in folder.iterdir()} == first
    (folder / "cle.pem").unlink()
    refused = run(script, folder)
    assert refused.returncode == 1
    assert "certificat.pem et cle.pem" in refused.stderr


def night(tmp_path: Path, *command: str, **variables: str) -> subprocess.Popen[str]:
    """Start the script of each night, with a `sleep` that tells how long and waits for nothing."""
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "sleep").write_text(f'#!/bin/sh\necho "$1" >>{tmp_path}/siestes\n')
    (folder / "sleep").chmod(0o755)
    return subprocess.Popen(
        [ROOT / "docker" / "chaque-nuit.sh", *command],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_each_night_has_its_run_and_failures_stop_nothing(tmp_path: Path) -> None:
    script = f"echo tour >>{tmp_path}/tours; [ $(wc -l <{tmp_path}/tours) -lt 3 ] || kill $PPID"
    process = night(tmp_path, "sh", "-c", f"{script}; exit 7", ATLAS_HEURE="03:15")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert (tmp_path / "tours").read_text().count("tour") == 3
    assert said.count("Le chargement a échoué (code 7)") == 2
    assert re.search(r"Prochain chargement : \d{4}-\d\d-\d\d 03:15 UTC", said)
    naps = [int(line) for line in (tmp_path / "siestes").read_text().split()]
    assert all(0 < nap <= 86_400 for nap in naps)


def test_the_order_to_stop_reaches_the_run(tmp_path: Path) -> None:
    started, pipe = tmp_path / "parti", tmp_path / "tube"
    os.mkfifo(pipe)
    # Waits for a line that never comes.
    told = f"trap 'echo arret >{tmp_path}/arret; exit 1' TERM; echo >{started}; read -r _ <>{pipe}"
    process = night(tmp_path, "bash", "-c", told)
    while not started.exists():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert (tmp_path / "arret").read_text() == "arret\n"


@pytest.mark.parametrize("hour", ["25:00", "3h15", "", "03:15; rm"])
def test_an_hour_that_is_none_is_refused(tmp_path: Path, hour: str) -> None:
    process = night(tmp_path, "true", ATLAS_HEURE=hour or " ")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "HH:MM" in said
