"""Write the bill of materials of what is installed to run the atlas, and refuse a licence.

``make sbom`` writes CycloneDX 1.6 to ``.build/sbom.json``: the Python libraries of ``uv.lock`` that
run (not those of the tests), what the pages are made of, the images that the Dockerfile and the
compose file start from, and the Debian packages that ``make run`` installs with all that they need.
Licences are those that each component states. The exit code is 1 if one is not allowed.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "geo_service" / "web"
OUTPUT = ROOT / ".build" / "sbom.json"

#: Debian packages that `scripts/prepare.sh run` installs.
SYSTEM = ("postgresql-15", "postgresql-15-postgis-3")

Component = dict[str, Any]

#: Libraries in our processes: licences that let anyone run, change and pass on the whole. LGPL and
#: MPL bind their own files alone.
ALLOWED = re.compile(
    r"MIT(-0)?|0BSD|ISC|Zlib|Unlicense|CC0-1\.0|PSF-2\.0|Python-2\.0|BlueOak-1\.0\.0|OFL-1\.1"
    r"|BSD(-[23]-Clause)?( License)?|Apache(-2\.0| Software License)"
    r"|LGPL-[23](\.[01])?(-only|-or-later)?"
    r"|GNU Lesser General Public License.*|MPL-2\.0|Mozilla Public License 2\.0 \(MPL 2\.0\)",
)
#: In programs of the system, which run beside ours and are not linked with them: anything free.
REFUSED_ANYWHERE = re.compile(
    r"AGPL|Affero|SSPL|BUSL|Business Source|Commons-Clause|CC-BY-NC|NonCommercial|proprietary"
    r"|non-free|GFDL-.*-invariant",
    re.IGNORECASE,
)

#: Components that state no licence where tools look, and where it is stated.
STATED = {
    # The file LICENSE of its wheel.
    "pkg:pypi/resvg-py": "MIT",
}


def normal(name: str) -> str:
    """Write the name of a Python package as PEP 503 does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def output(*command: str | Path, cwd: Path = ROOT) -> str:
    """Give what a program writes.

    Raises
    ------
    SystemExit
        With what it said, when it fails.
    """
    done = subprocess.run(  # noqa: S603 (our own commands)
        [str(part) for part in command],
        cwd=cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["sans message"]
        sys.exit(f"Erreur : « {command[0]} » a échoué : {said[0]}")
    return done.stdout


def python_components() -> list[Component]:
    """Python libraries that run: versions and hashes of ``uv.lock``, licences of their metadata."""
    uv = ROOT / ".build" / "uv" / "bin" / "uv"
    locked = json.loads(
        output(
            uv, "export", "--quiet", "--frozen", "--no-dev", "--no-default-groups",
            "--format", "cyclonedx1.5", "--preview-features", "sbom-export",
        )
    )  # fmt: skip
    installed = json.loads(
        output(
            Path(sys.executable).with_name("cyclonedx-py"), "environment", "--of", "JSON",
            "--sv", "1.6", "--output-reproducible", "--no-validate", sys.prefix,
        )
    )  # fmt: skip
    known = {normal(one["name"]): one for one in installed["components"]}
    found = []
    for one in locked["components"]:
        here = known.get(normal(one["name"]))
        # Some are of another system, or have another version for another Python.
        if here is None or here["version"] != one["version"]:
            continue
        kept = {name: one[name] for name in ("type", "name", "version", "purl")}
        if here.get("licenses"):
            kept["licenses"] = here["licenses"]
        kept |= _distribution(one.get("externalReferences", []))
        found.append(kept)
    lacking = {normal(one["name"]) for one in locked["components"]} - {
        normal(one["name"]) for one in found
    }
    if lacking & known.keys():
        sys.exit(
            f"Erreur : {', '.join(sorted(lacking & known.keys()))} : la version installée n'est "
            "pas celle de uv.lock. Lancez « make setup », puis recommencez."
        )
    return found


def _distribution(references: list[dict[str, Any]]) -> dict[str, Any]:
    """Of all the files of a version, the one that this machine installs, with its hash."""
    wheels = {}
    for one in references:
        name = one["url"].rpartition("/")[2]
        if name.endswith(".whl"):
            for tag in parse_wheel_filename(unquote(name))[3]:
                wheels[tag] = one
    best = next((wheels[tag] for tag in sys_tags() if tag in wheels), None)
    best = best or next((one for one in references if not one["url"].endswith(".whl")), None)
    return {"hashes": best["hashes"], "externalReferences": [best]} if best else {}


def web_components() -> list[Component]:
    """List what the pages are made of, without the tools that make them."""
    told = output(
        "npm", "sbom", "--sbom-format=cyclonedx", "--package-lock-only", "--omit=dev", cwd=WEB
    )
    names = ("type", "name", "version", "purl", "hashes", "licenses", "externalReferences")
    return [
        {name: one[name] for name in names if one.get(name)}
        for one in json.loads(told)["components"]
    ]


def image_components() -> list[Component]:
    """Images that ours start from, and those of the compose file, as they are pinned."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE))
    images = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - stages
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    images |= {
        name
        for name in re.findall(r"^ +image: *(\S+)", compose, re.MULTILINE)
        if not name.startswith("atlas-internet-citoyen")
    }
    found = []
    for image in sorted(images):
        name, _, version = image.partition("@")[0].rpartition(":")
        found.append(
            {
                "type": "container",
                "name": name,
                "version": version,
                "purl": f"pkg:docker/{name}@{version}",
            }
        )
    return found


def _needs(text: str) -> Iterator[str]:
    """Names in a field ``Depends``; each of the alternatives."""
    for part in re.split(r"[,|]", text):
        name = part.strip().split(" ")[0].partition(":")[0]
        if name:
            yield name


def system_components(wanted: Iterable[str] = SYSTEM) -> list[Component]:
    """Debian packages installed for the database, with all that they need; none elsewhere."""
    try:
        told = output(
            "dpkg-query", "-W", "-f", "${Package}\\t${Version}\\t${Depends}\\t${Status}\\n"
        )
    except FileNotFoundError:
        return []
    rows = [line.split("\t") for line in told.splitlines()]
    packages = {row[0]: row for row in rows if row[-1].endswith(" installed")}
    todo, seen = [name for name in wanted if name in packages], set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        todo += [other for other in _needs(packages[name][2]) if other in packages]
    return [
        {
            "type": "library",
            "name": name,
            "version": packages[name][1],
            "purl": f"pkg:deb/debian/{name}@{packages[name][1].replace('+', '%2B')}",
            "licenses": [{"license": {"name": licence}} for licence in debian_licences(name)],
        }
        for name in sorted(seen)
    ]


def debian_licences(package: str) -> list[str]:
    """Licences that the copyright file of a package names, sorted; none if free text."""
    path = Path("/usr/share/doc", package, "copyright")
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    return sorted({name.strip() for name in re.findall(r"^License: *(\S.*)$", text, re.MULTILINE)})


def licences_of(component: Component) -> list[str]:
    """Licences that a component states: identifiers, names and expressions."""
    found = []
    for one in component.get("licenses", []):
        licence = one.get("license", {})
        found.append(one.get("expression") or licence.get("id") or licence.get("name", ""))
    stated = STATED.get(component["purl"].partition("@")[0])
    return [text.removeprefix("License :: OSI Approved :: ") for text in found] or (
        [stated] if stated else []
    )


def is_allowed(expression: str) -> bool:
    """Tell whether a licence, or an SPDX expression of several, lets the whole be passed on.

    Of ``A OR B`` one is enough; of ``A AND B`` all are needed.
    """
    for choice in re.split(r"\s+OR\s+", expression.replace("(MPL 2.0)", "[MPL]")):
        parts = re.split(r"\s+AND\s+", choice.strip("() "))
        if all(
            ALLOWED.fullmatch(part.strip("() ").replace("[MPL]", "(MPL 2.0)")) for part in parts
        ):
            return True
    return False


def refused(components: Iterable[Component]) -> list[str]:
    """Name the components whose licence is not allowed, or is unknown.

    Returns
    -------
    list of str
        French sentences.
    """
    found = []
    for one in components:
        purl, licences = one["purl"], licences_of(one)
        name = f"{one['name']} {one.get('version', '')}"
        if purl.startswith(("pkg:pypi/", "pkg:npm/")):
            if not licences:
                found.append(f"{name} ne dit pas sa licence.")
            found += [f"{name} : licence {text}." for text in licences if not is_allowed(text)]
        else:
            found += [
                f"{name} : licence {text}." for text in licences if REFUSED_ANYWHERE.search(text)
            ]
    return found


def bill() -> dict[str, Any]:
    """Make the whole document."""
    version = re.search(
        r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    if version is None:
        sys.exit("Erreur : pyproject.toml ne dit pas la version.")
    components = [
        *python_components(), *web_components(), *image_components(), *system_components()
    ]  # fmt: skip
    for one in components:
        one["bom-ref"] = one["purl"]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "atlas-internet-citoyen",
                "name": "atlas-internet-citoyen",
                "version": version[1],
            }
        },
        "components": sorted(components, key=lambda one: str(one["purl"])),
    }


def main() -> int:
    """Write the document, checked against its schema."""
    parser = argparse.ArgumentParser(description="Liste de ce qui est installé (CycloneDX).")
    parser.add_argument("--sortie", type=Path, default=OUTPUT)
    path = parser.parse_args().sortie
    document = bill()
    text = json.dumps(document, ensure_ascii=False, indent=1)
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault is not None:
        sys.exit(f"Erreur : la liste ne suit pas le schéma CycloneDX 1.6 : {fault}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    kinds: dict[str, int] = {}
    for one in document["components"]:
        kind = one["purl"].partition("/")[0].removeprefix("pkg:")
        kinds[kind] = kinds.get(kind, 0) + 1
    sys.stdout.write(f"{path} : " + ", ".join(f"{n} {kind}" for kind, n in kinds.items()) + ".\n")
    problems = refused(document["components"])
    for sentence in problems:
        sys.stderr.write(f"Licence refusée : {sentence}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
