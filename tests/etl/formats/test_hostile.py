"""Hostile files: refused with their reason, or read within bounds, in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from etl.formats import FormatError, Limits
from etl.formats.encoding import Encoding
from etl.formats.json_guard import Guard
from tests.etl.formats.hostile import ALLOWED, FILES
from tests.support import ROOT


def test_hostile_files_are_refused_in_little_memory(tmp_path: Path) -> None:
    """Each is opened in a process that may take 400 MB more, and no more."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.etl.formats.hostile", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = {line["fichier"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert {name: line["code"] for name, line in found.items()} == {
        name: code for name, (_, code) in FILES.items()
    }
    assert all(line["memoire_mo"] <= ALLOWED / 1e6 for line in found.values())
    assert not list(tmp_path.iterdir())


JSON = st.recursive(
    st.none() | st.text(st.sampled_from('a"\\{[]}é\n')) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


@given(JSON, st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_the_depth_of_a_document_is_measured_whatever_its_texts(value: object, size: int) -> None:
    content = json.dumps(value, ensure_ascii=False).encode()
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        for allowed, refused in (
            (depth(value), False),
            (max(0, depth(value) - 1), depth(value) > 0),
        ):
            with Guard(Path(file.name), Limits(depth=allowed), Encoding("utf-8")) as guard:
                seen, code = b"", None
                try:
                    while chunk := guard.read(size):
                        seen += chunk
                except FormatError as error:
                    code = error.code
                assert (code == "json_trop_profond") is refused
                assert refused or seen == content
