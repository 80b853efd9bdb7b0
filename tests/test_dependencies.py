"""Everything installed is pinned by a hash; the bill of materials, and its licences."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.support import ROOT

PINNED = [ROOT / "scripts" / "uv.txt", *sorted((ROOT / "tests/benchmarks/peers").glob("*.txt"))]


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    spec = spec_from_file_location("sbom", ROOT / "scripts" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["sbom"] = module
    spec.loader.exec_module(module)
    return module


def test_every_file_of_uv_lock_has_a_hash() -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    assert len(locked) > 100
    for package in locked:
        if package["source"] == {"editable": "."}:
            continue
        assert "registry" in package["source"], package["name"]
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        for file in files:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]), package["name"]


@pytest.mark.parametrize("place", ["geo_service/web", "tests/conformance/web"])
def test_every_package_of_npm_has_a_hash(place: str) -> None:
    lock = json.loads((ROOT / place / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: told for name, told in lock["packages"].items() if name}
    assert packages
    for name, told in packages.items():
        assert told.get("link") or re.match(r"sha512-[\w+/=]{80,}", told["integrity"]), name


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.name)
def test_what_is_installed_beside_is_pinned_by_hashes(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[\w.-]+==[\w.+!-]+ ", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line


def test_nothing_is_installed_without_a_lock() -> None:
    for path in (ROOT / "Dockerfile", *sorted((ROOT / "scripts").glob("*.sh"))):
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r'^.*\bpip"? install\b.*$', text, re.MULTILINE):
            assert "--require-hashes" in line, f"{path.name}: {line}"
        assert not re.search(r"\bnpm (install|i)\b|\bnpx\b|curl .*\| *(ba)?sh", text), path.name
        for line in re.findall(r"^.*\buv\"? sync\b.*$", text, re.MULTILINE):
            assert "--frozen" in line or "options" in line, f"{path.name}: {line}"


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("MIT OR Apache-2.0", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", True),
        ("LGPL-3.0-only", True),
        ("GPL-3.0-only", False),
        ("GPL-2.0-or-later OR MIT", True),
        ("MIT AND AGPL-3.0-only", False),
        ("BUSL-1.1", False),
        ("CC-BY-NC-4.0", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_licences(sbom: ModuleType, licence: str, allowed: bool) -> None:
    assert sbom.is_allowed(licence) is allowed
    component = {
        "purl": "pkg:pypi/essai@1", "name": "essai", "licenses": [{"expression": licence}]
    }  # fmt: skip
    assert (sbom.refused([component]) == []) is allowed


def test_a_component_without_a_licence_is_refused(sbom: ModuleType) -> None:
    unknown = {"purl": "pkg:npm/essai@1", "name": "essai", "version": "1"}
    assert sbom.refused([unknown]) == ["essai 1 ne dit pas sa licence."]
    system = {
        "purl": "pkg:deb/debian/x@1", "name": "x", "licenses": [{"license": {"name": "GPL-2+"}}]
    }  # fmt: skip
    assert sbom.refused([system]) == []
    system["licenses"] = [{"license": {"name": "AGPL-3"}}]
    assert len(sbom.refused([system])) == 1


def test_the_bill_of_materials_is_of_what_runs_and_follows_its_schema(sbom: ModuleType) -> None:
    document = sbom.bill()
    names = {one["purl"].partition("@")[0] for one in document["components"]}
    assert {"pkg:pypi/fastapi", "pkg:pypi/psycopg", "pkg:npm/maplibre-gl"} <= names
    assert "pkg:pypi/pytest" not in names
    assert {name for name in names if name.startswith("pkg:docker/")}
    for one in document["components"]:
        if one["purl"].startswith(("pkg:pypi/", "pkg:npm/")):
            assert one["hashes"], one["name"]
    assert sbom.refused(document["components"]) == []
    # The command checks all of it, which takes half a minute: the library compares all pairs.
    document["components"] = document["components"][::12]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document)) is None
    document["components"][0]["type"] = "bidule"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document)) is not None
