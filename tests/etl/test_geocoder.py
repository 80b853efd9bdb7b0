"""The geocoder against a server of its own that speaks the protocol of the BAN."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from etl.config import GeocodeurConfig
from etl.errors import EtlError
from etl.location import geocoder as module
from etl.location import locate
from etl.location.geocoder import Geocoder
from etl.signalements import Signalements
from tests.etl.small_atlas import context

CONTEXT = context()
NAN = float("nan")
#: Address: longitude, latitude, score, type, commune.
KNOWN = {
    "1 rue haute": ("5.05", "46.05", "0.93", "housenumber", "01001"),
    "rue basse": ("5.15", "46.05", "0.8", "street", "01002"),
    "le bourg": ("5.25", "46.05", "0.7", "municipality", "01003"),
    "rue douteuse": ("5.05", "46.05", "0.2", "street", "01001"),
}
RESULTS = ("longitude", "latitude", "score", "type", "citycode")


class Service:
    """A service of the BAN that knows `KNOWN`, and may be told to fail."""

    def __init__(self) -> None:
        self.asked: list[list[dict[str, str]]] = []
        self.fields: dict[str, list[str]] = {}
        self.failures: list[Callable[[BaseHTTPRequestHandler], None]] = []

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        assert request.path == "/search/csv/"
        if self.failures:
            self.failures.pop(0)(request)
            return
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        self.fields = {}
        rows: list[dict[str, str]] = []
        for part in message_from_bytes(head + body).get_payload():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True).decode()
            if name == "data":
                rows = list(csv.DictReader(io.StringIO(content)))
            else:
                self.fields.setdefault(str(name), []).append(content)
        self.asked.append(rows)
        stream = io.StringIO()
        names = [*rows[0], *(f"result_{name}" for name in RESULTS)]
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            found = KNOWN.get(" ".join(row["adresse"].lower().split()), ("",) * len(RESULTS))
            if row["code"] and found[-1] != row["code"]:
                found = ("",) * len(RESULTS)
            writer.writerow(
                {**row, **{f"result_{n}": v for n, v in zip(RESULTS, found, strict=True)}}
            )
        reply(200, stream.getvalue())(request)


def reply(status: int, text: str = "") -> Callable[[BaseHTTPRequestHandler], None]:
    def send(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(text.encode())))
        request.end_headers()
        request.wfile.write(text.encode())

    return send


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Service, str]]:
    monkeypatch.setattr(module, "_PAUSE", 0.0)
    known = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            known.answer(self)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield known, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def geocoder(folder: Path, url: str, **given: Any) -> Geocoder:
    return Geocoder(GeocodeurConfig(url=url, delai_s=5, **given), folder / "g.sqlite")


def addresses(*texts: str, **given: str) -> pd.DataFrame:
    columns = {"code_postal": "", "commune_nom": "", "code": "", **given}
    return pd.DataFrame({"adresse": list(texts)}).assign(**columns)


def test_answers_come_in_batches_and_are_never_asked_twice(
    service: tuple[Service, str], tmp_path: Path
) -> None:
    known, url = service
    asked = addresses("1 rue Haute", "Rue Basse", "Inconnue", "", "RUE  BASSE")
    found = geocoder(tmp_path, url, lot=2).find(asked)
    assert found["type"].tolist() == ["housenumber", "street", "", "", "street"]
    assert found["lon"].fillna(0).tolist() == [5.05, 5.15, 0, 0, 5.15]
    assert found["code"].tolist() == ["01001", "01002", "", "", "01002"]
    assert [len(batch) for batch in known.asked] == [2, 1]
    assert known.fields["columns"] == ["adresse", "code_postal", "commune"]
    assert known.fields["citycode"] == ["code"]
    again = geocoder(tmp_path, url)
    pd.testing.assert_frame_equal(again.find(asked), found)
    assert len(known.asked) == 2


def test_the_postcode_filters_only_where_it_is_of_a_place(
    service: tuple[Service, str], tmp_path: Path
) -> None:
    known, url = service
    mine = geocoder(tmp_path, url)
    mine.find(addresses("1 rue Haute", code_postal="1100"))
    mine.find(addresses("1 rue Haute", code_postal="01105", commune_nom="Bourg Cedex"))
    mine.find(addresses("1 rue Haute", code_postal="01100", code="01001"))
    assert [batch[0]["filtre_code_postal"] for batch in known.asked] == ["01100", "", ""]
    assert [batch[0]["code"] for batch in known.asked] == ["", "", "01001"]


def test_unsure_answers_are_not_believed(service: tuple[Service, str], tmp_path: Path) -> None:
    _, url = service
    asked = addresses("Rue douteuse")
    assert geocoder(tmp_path, url).find(asked)["type"].tolist() == [""]
    assert geocoder(tmp_path, url, score_minimum=0.1).find(asked)["type"].tolist() == ["street"]


def test_a_busy_service_is_asked_again(service: tuple[Service, str], tmp_path: Path) -> None:
    known, url = service
    known.failures = [reply(503), reply(429)]
    assert geocoder(tmp_path, url).find(addresses("Rue Basse"))["code"].tolist() == ["01002"]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (reply(500), "erreur 500"),
        (reply(404), "erreur 404"),
        (reply(302), "erreur 302"),
        (reply(200, "<html>"), "0 adresses sur 1"),
        (reply(200, "rang,result_longitude\n"), "0 adresses sur 1"),
        (reply(200, "rang,result_longitude\nx,1\n"), "n'est pas celle"),
        (reply(200, "x" * 5000), "trop longue"),
    ],
)
def test_a_service_away_stops_the_run_in_french(
    service: tuple[Service, str],
    tmp_path: Path,
    failure: Callable[[BaseHTTPRequestHandler], None],
    reason: str,
) -> None:
    known, url = service
    known.failures = [failure] * 3
    with pytest.raises(EtlError, match=reason) as raised:
        geocoder(tmp_path, url).find(addresses("Rue Basse"))
    assert "1 adresses restent" in str(raised.value)
    assert "continuer_sans" in str(raised.value)


def test_going_on_without_is_told_and_asks_nothing_more(
    service: tuple[Service, str], tmp_path: Path
) -> None:
    known, url = service
    known.failures = [reply(500)] * 3
    said: list[str] = []
    mine = Geocoder(
        GeocodeurConfig(url=url, continuer_sans=True), tmp_path / "g.sqlite", said.append
    )
    assert mine.find(addresses("Rue Basse"))["type"].tolist() == [""]
    assert "1 adresses ne sont pas situées" in said[0]
    assert mine.sans_reponse == 1
    assert mine.find(addresses("1 rue Haute"))["type"].tolist() == [""]
    assert known.asked == []
    mine.keep_fingerprint("entrées")
    assert mine.past_fingerprint("entrées") is None


def test_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.0)
    with pytest.raises(EtlError, match="ne répond pas"):
        geocoder(tmp_path, "http://127.0.0.1:9").find(addresses("Rue Basse"))


def test_the_fingerprint_is_that_of_the_answers_used(
    service: tuple[Service, str], tmp_path: Path
) -> None:
    _, url = service
    one, two = geocoder(tmp_path, url), geocoder(tmp_path / "autre", url)
    one.find(addresses("Rue Basse", "1 rue Haute"))
    two.find(addresses("1 rue Haute"))
    assert one.fingerprint() != two.fingerprint()
    two.find(addresses("Rue Basse"))
    assert one.fingerprint() == two.fingerprint()
    one.keep_fingerprint("entrées")
    assert geocoder(tmp_path, url).past_fingerprint("entrées") == one.fingerprint()


def test_rows_are_located_by_their_address(service: tuple[Service, str], tmp_path: Path) -> None:
    _, url = service
    rows = pd.DataFrame(
        [
            ("01001", "1 rue Haute", NAN, NAN),
            ("", "Rue Basse", NAN, NAN),
            ("01003", "Le bourg", NAN, NAN),
            ("01001", "Rue Basse", NAN, NAN),
            ("01001", "1 rue Haute", 5.5, 46.5),
        ],
        columns=["code", "adresse", "lon", "lat"],
    )
    rows.insert(0, "ligne", range(1, 6))
    signalements = Signalements()
    located = locate(
        rows,
        communes=CONTEXT.communes,
        resolver=CONTEXT.resolver,
        signalements=signalements,
        champ_code="code",
        champ_point="point",
        geocoder=geocoder(tmp_path, url),
    )
    assert located["commune"].tolist() == ["01001", "01002", "01003", "01001", "01001"]
    # An address found in another commune than the declared one is not believed.
    assert located["localisation"].tolist() == [
        *("adresse", "rue", "centre_commune", "centre_commune", "adresse")
    ]
    assert located["precision_m"].tolist()[:2] == [50, 300]
    said = signalements.frame().groupby("motif")["ligne"].agg(list).to_dict()
    assert said["commune_par_l_adresse"] == [2]
    assert said["point_par_l_adresse"] == [1, 2]
    assert said["point_absent"] == [3, 4]
    assert said["point_remplace"] == [5]
