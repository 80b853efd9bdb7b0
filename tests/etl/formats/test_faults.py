"""Damaged values and rows: put right or refused one by one, and counted."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.formats import FormatError, FormatOptions, Limits, RawPart, open_table
from etl.formats.remarks import record
from etl.motifs import MOTIFS
from etl.signalements import Signalements
from tests.etl.formats import hostile
from tests.support import SHARED_DATA


def read(path: Path, content: bytes | str, **options: object) -> RawPart:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = open_table(path, options=FormatOptions(**options))  # type: ignore[arg-type]
    (part,) = table.parts()
    said = Signalements()
    record(part, said)
    assert said.rejetees == len(part.refused)
    assert len(said.frame()) == len(part.refused) + len(part.repaired)
    assert set(part.refused["motif"]) | set(part.repaired["motif"]) <= MOTIFS.keys()
    return part


def test_quoting_faults_cost_one_row_each(tmp_path: Path) -> None:
    part = read(
        tmp_path / "a",
        'nom;code\n"Le "Fab" Lab";1\nA;2\n"ouvert;3\nB;4\n"C\nsuite";5\nD;6\n"fin;7\n',
    )
    assert part.rows["code"].tolist() == ["2", "4", "5", "6"]
    assert part.refused["ligne"].tolist() == [1, 3, 7]
    assert set(part.refused["motif"]) == {"guillemets_fautifs"}


def test_rows_of_another_width(tmp_path: Path) -> None:
    part = read(tmp_path / "a", "nom;code\nA;1\nB\nC;3;x\nD;4;;\n\nE;5\n")
    assert part.rows["nom"].tolist() == ["A", "D", "E"]
    assert part.lignes.tolist() == [1, 4, 5]
    assert part.refused["ligne"].tolist() == [2, 3]
    assert "1 valeurs au lieu de 2" in part.refused["phrase"].iloc[0]


def test_null_bytes_cost_their_row(tmp_path: Path) -> None:
    part = read(tmp_path / "a", "nom;code\nA;1\nB\0;2\nC;3\n")
    assert part.rows["code"].tolist() == ["1", "3"]
    assert part.refused["motif"].tolist() == ["caractere_nul"]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("times", [1, 2])
def test_mojibake_is_put_right(tmp_path: Path, encoding: str, times: int) -> None:
    text = "Médiathèque de Besançon"
    damaged = text
    for _ in range(times):
        damaged = damaged.encode().decode(encoding)
    part = read(tmp_path / "a", f"nom;code\n{damaged};1\nHôtel de ville;2\n")
    assert part.rows["nom"].tolist() == [text, "Hôtel de ville"]
    (line,) = part.repaired.to_dict("records")
    assert (line["ligne"], line["champ"], line["motif"]) == (1, "nom", "mojibake")
    assert line["valeur"] == damaged


def test_two_encodings_in_one_file(tmp_path: Path) -> None:
    content = "nom;code\nMédiathèque;1\n".encode() + "Hôtel d’Évian;2\n".encode("cp1252")
    part = read(tmp_path / "a", content)
    assert part.rows["nom"].tolist() == ["Médiathèque", "Hôtel d’Évian"]
    assert part.repaired["motif"].tolist() == ["encodage_mixte"]
    assert part.repaired["ligne"].tolist() == [2]


@given(
    st.lists(
        st.text(st.sampled_from("abcéèàçôùœ’«»–ÉÀ N°12"), max_size=15).map(str.strip), min_size=1
    )
)
@settings(max_examples=60, deadline=None)
def test_proper_french_is_never_put_right(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "francais.csv"
    part = read(path, "nom;n\n" + "".join(f"{name};1\n" for name in names))
    assert part.rows["nom"].tolist() == names
    assert part.repaired.empty


@pytest.mark.parametrize(
    ("content", "line", "columns", "said"),
    [
        ("nom;code\nA;1\n", "1", ("nom", "code"), ""),
        ("\n\nnom;code\nA;1\n", "3", ("nom", "code"), ""),
        ("Liste des lieux\nau 1er mars\nnom;code;x\nA;1;y\n", "3", ("nom", "code", "x"), "ligne 3"),
        ("A;46,5;2024-01-01\nB;1;\n", "0", ("colonne_1", "colonne_2", "colonne_3"), "Aucune ligne"),
        (" nom ;nom;;2024\nA;1;2;3\n", "1", ("nom", "nom (2)", "colonne_3", "2024"), ""),
        ("nom\nA\n", "1", ("nom",), ""),
    ],
)
def test_titles_are_found_and_guesses_said(
    tmp_path: Path, content: str, line: str, columns: tuple[str, ...], said: str
) -> None:
    (tmp_path / "a").write_text(content)
    table = open_table(tmp_path / "a")
    assert table.details["ligne_entete"] == line
    assert table.columns == columns
    assert bool(table.remarques) == bool(said)
    assert said in " ".join(table.remarques)


def test_what_the_data_manager_says_is_believed(tmp_path: Path) -> None:
    part = read(tmp_path / "a", "x\ny;z\nA;46,5\n", ligne_entete=2, separateur=";")
    assert part.rows.to_dict("records") == [{"y": "A", "z": "46,5"}]
    part = read(tmp_path / "a", "A;46,5\n".encode("cp1252"), ligne_entete=0)
    assert part.rows.to_dict("records") == [{"colonne_1": "A", "colonne_2": "46,5"}]
    part = read(tmp_path / "a", "nom;n\nÃ©;1\n".encode("cp850"), encodage="cp850")
    assert part.rows["nom"].tolist() == ["é"]
    part = read(tmp_path / "a", '{"a": [{"x": 1}], "b": {"c": [{"y": 2}]}}', chemin="b.c")
    assert part.rows.to_dict("records") == [{"y": "2"}]


def test_json_lines_that_are_none(tmp_path: Path) -> None:
    part = read(tmp_path / "a", '{"a": 1}\n[2]\nboum\n{"a": 3}\n{"a": ' + "[" * 5000 + "\n")
    assert part.rows["a"].tolist() == ["1", "3"]
    assert part.refused["ligne"].tolist() == [2, 3, 5]
    part = read(tmp_path / "a", '[{"a": "\\ud800x"}, 2, {"a": null}]')
    assert part.rows["a"].tolist() == ["?x", ""]
    assert part.refused["motif"].tolist() == ["ligne_illisible"]


def test_a_value_that_is_too_long_costs_its_row(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("nom;code\n" + "x" * 200 + ";1\nB;2\n")
    (part,) = open_table(tmp_path / "a", limits=Limits(value_chars=100)).parts()
    assert part.rows["nom"].tolist() == ["B"]
    assert part.refused["motif"].tolist() == ["valeur_trop_longue"]
    assert len(part.refused["valeur"].iloc[0]) == 200


def test_parts_are_bounded_by_their_characters(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("nom;code\n" + ("x" * 50 + ";1\n") * 10)
    parts = list(open_table(tmp_path / "a", limits=Limits(part_chars=100)).parts())
    assert [len(part.rows) for part in parts] == [2] * 5


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "fichier_vide"),
        (b" \n\n", "fichier_vide"),
        (b"<!DOCTYPE html><html>", "page_web"),
        (b"%PDF-1.7", "format_inconnu"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "format_inconnu"),
        (b"\0" * 5000, "format_inconnu"),
        (bytes(range(256)) * 40, "format_inconnu"),
        (b'[{"a": 1}, {"a"', "json_mal_forme"),
        (b'[{"a": 1}] suite', "json_mal_forme"),
        (b'[{"a": 1e999999999999999999999}]', "json_nombre"),
        (b'{"a": 1}', "json_sans_liste"),
        (b'{"a": [{"x": 1}], "b": [{"x": 1}]}', "json_plusieurs_listes"),
        (b"PAR1" + b"x" * 50 + b"PAR1", "parquet_abime"),
        (b"SQLite format 3\0" + b"x" * 5000, "format_inconnu"),
        (b"SQLite format 3\0" + b"\0" * 52 + b"GPKG" + b"x" * 5000, "geopackage_abime"),
        (b"PK\x03\x04" + b"x" * 500, "archive_abimee"),
        (b"\x1f\x8b" + b"x" * 500, "archive_abimee"),
        (b"\xff\xfea\x00;\x00b\x00\n\x00\x00\xd8a\x00", "encodage_faux"),
    ],
)
def test_files_that_are_refused_whole(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "donnees.bin"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        for _ in open_table(path).parts():
            pass
    assert caught.value.code == code
    assert "donnees.bin" in caught.value.message


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="ne peut pas être lu"):
        open_table(tmp_path / "absent.csv")


@given(
    st.binary(max_size=300),
    st.sampled_from(
        [b"", b"a;b\n1;2\n", b"[", b'{"a":', b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"\xff\xfe"]
    ),
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, start: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "octets.bin"
    path.write_bytes(start + content)
    message = "octets.bin"
    try:
        for part in open_table(path).parts(10):
            assert not part.rows.isna().any().any()
    except FormatError as error:
        message = error.message
    assert "octets.bin" in message


KNOWN = {
    "actions/engagement-citoyen-2025.csv": 230,
    "cog/mvtcommune_2026.csv": 13_734,
    "lieux/aidants-connect-2021.json": 3_407,
    "lieux/bibliotheques-2020.csv": 15_779,
    "lieux/conseillers-numeriques-lieux-2022.json": 4_930,
    "lieux/data-inclusion-mednum-2023-02.json": 3_811,
    "lieux/data-inclusion-services.json": 4_261,
    "lieux/france-services-2024-08-01.csv": 2_845,
    "lieux/le-havre.json": 80,
    "lieux/mednum-bourgogne-franche-comte-2021.csv": 697,
    "lieux/mednum-gironde.json": 347,
    "lieux/mednum-hub-antilles.json": 165,
    "programmes/pvd_geom.geojson": 1_645,
}


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="les données partagées sont absentes")
@pytest.mark.parametrize("name", KNOWN)
def test_real_files_give_their_rows(name: str) -> None:
    parts = list(open_table(SHARED_DATA / name).parts(1_000))
    assert sum(len(part.rows) for part in parts) == KNOWN[name]
    assert all(part.refused.empty for part in parts)


def zipped(name: str, *, closed: bool = False) -> bytes:
    """A zip of one member; `closed`, its flags say that it wants a password."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, "id;nom\n1;a\n")
    content = bytearray(stream.getvalue())
    if closed:
        content[6] |= 1
        content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


WORKBOOK = hostile.XLSX_PARTS | {"xl/worksheets/sheet1.xml": "<worksheet/>"}


def damaged_workbook(*, name: bytes = b"", inside: bytes = b"") -> bytes:
    """A workbook whose sheet has another name in its own heading, or other bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in WORKBOOK.items():
            archive.writestr(path, content * 20)
    content = bytearray(stream.getvalue())
    at = content.find(b"xl/workbook.xml")
    if name:
        content[at : at + len(name)] = name
        content[at - 30 + 7] |= 0x08  # says that its name is UTF-8
    if inside:
        content[at + 15 : at + 15 + len(inside)] = inside
    return bytes(content)


#: What the fuzzer found: each ended in an exception that nobody words.
FOUND: dict[str, tuple[str, bytes, str | None]] = {
    "zip, member without a name": ("a.zip", zipped("."), "archive_piegee"),
    "zip, workbook under a password": ("a.zip", zipped("mimetype", closed=True), None),
    "xlsx, bytes that are no compression": (
        "a.xlsx",
        damaged_workbook(inside=b"\xff\xfe\xfd\xfc"),
        "archive_abimee",
    ),
    "xlsx, name that is not UTF-8": (
        "a.xlsx",
        damaged_workbook(name=b"\xbe\xbe"),
        "archive_abimee",
    ),
    "geojson, cut after its first features": (
        "a.geojson",
        b'{"type": "FeatureCollection", "features": [{"type": "Feature"}], "x": "\n"}',
        "json_mal_forme",
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_the_fuzzer_found_is_refused_in_words(tmp_path: Path, case: str) -> None:
    name, content, code = FOUND[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        for _ in open_table(path).parts():
            pass
    assert name in caught.value.message
    assert code is None or caught.value.code == code


def test_bytes_of_another_encoding_in_titles_and_keys_are_put_right(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("é;pr\udce9nom;é\né;1;é\né;2\n".encode("utf-8", "surrogateescape"))
    table = open_table(path)
    assert table.columns == ("é", "prénom", "é (2)")
    (part,) = table.parts()
    assert part.refused["phrase"].str.len().gt(0).all()
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"cl\\ud800e": "v\\udc00"}\n{}\n')
    (part,) = open_table(path).parts()
    assert list(part.rows.columns) == ["cl\ufffde"]
    assert part.rows.iloc[:, 0].tolist() == ["v\ufffd", ""]


def test_objects_without_a_key_are_rows_without_a_column(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"{}\n{}\n")
    (part,) = open_table(path).parts()
    assert part.rows.shape == (2, 0)
    assert part.lignes.tolist() == [1, 2]


def test_a_geopackage_damaged_further_on_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    points = gpd.points_from_xy(np.full(3000, 5.0), np.full(3000, 46.0))
    names = [f"{i:0100}" for i in range(3000)]
    gpd.GeoDataFrame({"nom": names}, geometry=points, crs=4326).to_file(path)
    content = bytearray(path.read_bytes())
    middle = content.find(names[1500].encode()) & ~4095
    content[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        for _ in open_table(path).parts():
            pass
    assert caught.value.code == "geopackage_abime"


def test_a_geopackage_whose_own_names_are_damaged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"nom": ["a"]}, geometry=gpd.points_from_xy([5], [46]), crs=4326).to_file(path)
    content = path.read_bytes()
    assert b"CREATE TRIGGER" in content
    path.write_bytes(content.replace(b"BEFORE UPDATE", b"N\xc28\xb3RE UPDATE", 1))
    with pytest.raises(FormatError, match="malformed database schema") as caught:
        open_table(path)
    assert caught.value.code == "geopackage_abime"


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]
)
def test_texts_of_a_parquet_in_another_encoding_are_read(tmp_path: Path, kind: pa.DataType) -> None:
    raw = pa.array(["Lozère".encode("cp1252"), "Lozère".encode(), None], type=pa.binary())
    # As a program that is not pyarrow would write them: it promises UTF-8 and does not check.
    offsets, data = raw.buffers()[1:]
    column = pa.Array.from_buffers(pa.string(), 3, [raw.buffers()[0], offsets, data])
    column = (
        column.dictionary_encode() if pa.types.is_dictionary(kind) else column.view(pa.binary())
    )
    if not pa.types.is_dictionary(kind):
        column = column.cast(pa.large_binary() if kind == pa.large_string() else pa.binary()).view(
            kind
        )
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"nom": column}), path)
    (part,) = open_table(path).parts()
    assert part.rows["nom"].tolist() == ["Lozère", "Lozère", ""]


def test_a_parquet_whose_titles_are_damaged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"intitule": [1]}), path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"intitule", b"intit\xfcle"))
    with pytest.raises(FormatError) as caught:
        open_table(path)
    assert caught.value.code == "parquet_abime"
