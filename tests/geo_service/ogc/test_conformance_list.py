"""What is declared is what is tested: each class has a module of tests that names it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from geo_service.ogc.parts import conformance_classes
from tests.support import ROOT

FOLDERS = (ROOT / "tests" / "geo_service" / "ogc", ROOT / "tests" / "conformance")


def classes_of(path: Path) -> Iterator[str]:
    """Classes that a module of tests names in its ``CONFORMANCE``, if it has tests."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    has_tests = any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        for node in tree.body
    )
    for node in tree.body:
        if isinstance(node, ast.Assign) and has_tests:
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if names == ["CONFORMANCE"]:
                yield from ast.literal_eval(node.value)


def test_every_class_declared_has_its_tests() -> None:
    found = [
        uri
        for folder in FOLDERS
        for path in sorted(folder.glob("test_*.py"))
        for uri in classes_of(path)
    ]
    assert len(set(found)) == len(found)
    assert set(found) == set(conformance_classes())
