"""Reading CSV strictly: what is cut, short, in another encoding or of another kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import EtlError
from etl.readers.tables import read_csv
from etl.signalements import Signalements
from tests.etl.small_atlas import csv_text, source

COLUMNS = ("id", "nom")
ROWS = [{"id": str(i), "nom": f"Lieu {i}", "note": "x"} for i in range(1, 6)]


def text() -> str:
    return csv_text(("id", "note", "nom"), ROWS).replace('"', "")


def read(path: Path, content: str | bytes, **settings: object) -> tuple[list[list[str]], int]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    signalements = Signalements()
    frame, count = read_csv(path, source("france_services", **settings), COLUMNS, signalements)
    assert count == len(frame) + signalements.rejetees
    return frame.to_numpy().tolist(), count


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    rows, count = read(tmp_path / "a.csv", text())
    assert count == 5
    assert rows[0] == [1, "1", "Lieu 1"]


def test_byte_order_mark_crlf_and_quotes(tmp_path: Path) -> None:
    content = '\ufeffid,nom\r\n1,"L\'Isle,\r\nà ""côté"""\r\n\r\n2,B'
    rows, count = read(tmp_path / "a.csv", content)
    assert rows == [[1, "1", 'L\'Isle, à "côté"'], [2, "2", "B"]]
    assert count == 2


def test_a_row_of_another_width_is_refused_alone(tmp_path: Path) -> None:
    content = "id,nom\n1,A\n2,B,C\n3\n4,D\n"
    path = tmp_path / "a.csv"
    path.write_text(content)
    signalements = Signalements()
    frame, count = read_csv(path, source("france_services"), COLUMNS, signalements)
    assert count == 4
    assert frame["ligne"].tolist() == [1, 4]
    said = signalements.frame()
    assert said["motif"].tolist() == ["valeurs_en_trop_ou_manquantes"] * 2
    assert "3 valeurs au lieu de 2" in said["phrase"].iloc[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (text().encode()[:-8], r"coupé : sa dernière ligne \(5\)"),
        (text().replace("Lieu 3", '"Lieu 3').encode(), "coupé ou mal formé"),
        (text().replace("nom", "label").encode(), r"n'a pas la ou les colonnes nom"),
        (text().replace(",", ";").encode(), "séparé par des virgules"),
        (b"", "est vide"),
        (text().replace("Lieu", "École").encode("latin-1"), "UTF-8"),
        (b"\x00" * 1000, "n'a pas la ou les colonnes"),
        (b"PK\x03\x04\xff\xfe", "UTF-8"),
        (("id,nom\n1," + "x" * 2_000_000).encode(), "coupé"),
    ],
)
def test_a_file_cut_or_of_another_kind_is_refused(
    tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(EtlError, match=said):
        read(tmp_path / "a.csv", content)


def test_a_file_cut_between_two_rows_is_refused_by_its_count(tmp_path: Path) -> None:
    content = text().splitlines(keepends=True)[:3]
    with pytest.raises(EtlError, match="2 lignes lues, au moins 4 attendues"):
        read(tmp_path / "a.csv", "".join(content), lignes_minimum=4)


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(EtlError, match="ne peut pas être lu"):
        read_csv(tmp_path / "absent.csv", source("france_services"), COLUMNS, Signalements())


@settings(deadline=None)
@given(content=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_french(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("octets") / "a.csv"
    for start in (b"", b"id,nom\n"):
        path.write_bytes(start + content)
        signalements = Signalements()
        frame, count, message = None, 0, str(path)
        try:
            frame, count = read_csv(path, source("france_services"), COLUMNS, signalements)
        except EtlError as error:
            message = str(error)
        assert str(path) in message or "semble incomplète" in message
        assert frame is None or count == len(frame) + signalements.rejetees
