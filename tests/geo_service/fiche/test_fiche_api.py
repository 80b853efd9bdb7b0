"""The fiche as it is asked for, on the little atlas."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import httpx
import pytest

from geo_service.api import fiche as route
from geo_service.database import Database
from geo_service.errors import Problem
from geo_service.fiche import figures, texts
from geo_service.fiche.press import CompilationError, Press
from geo_service.fiche.worker import Job
from geo_service.kept import Kept
from tests.geo_service import little_atlas
from tests.geo_service.fiche import pdf

pytestmark = pytest.mark.anyio

RENNES = "/api/territoires/commune/35238"
#: One of each niveau, and those the real data may lack.
PLACES = (
    "commune/35238",
    "commune/48900",
    "commune/48901",
    "commune/48902",
    "commune/48903",
    "commune/98818",
    "epci/244200770",
    "departement/48",
    "departement/988",
    "region/76",
    "pays/france",
    "groupe/villes-choisies",
)


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Data of the fiches that are compiled."""
    told: list[dict[str, object]] = []
    original = Press.compile

    async def listening(self: Press, job: Job) -> bytes:
        told.append(job["fiche"])
        return await original(self, job)

    monkeypatch.setattr(Press, "compile", listening)
    return told


@pytest.mark.parametrize("place", PLACES)
async def test_every_fiche_is_two_tagged_pages_that_say_the_answers_of_the_api(
    api: httpx.AsyncClient, place: str
):
    answer = await api.get(f"/api/territoires/{place}/fiche.pdf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    reader = pdf.check_form(answer.content)
    diagnosis = (await api.get(f"/api/territoires/{place}/diagnostic")).json()
    text = pdf.squeezed(pdf.words(reader))
    assert pdf.squeezed(texts.clean(diagnosis["territoire"]["nom"])) in text
    for figure in figures.key_figures(diagnosis):
        for part in (figure.titre, figure.valeur, figure.note):
            assert pdf.squeezed(texts.clean(part)) in text, part
    for gap in diagnosis["manques"]["premiers"][:3]:
        assert pdf.squeezed(texts.clean(gap["libelle"])) in text
    for source in diagnosis["sources"]:
        assert pdf.squeezed(texts.clean(source["producteur"])) in text
        assert pdf.squeezed(texts.clean(source["licence"])) in text
    assert diagnosis["publication"] in text
    assert f"http://atlas.test/{place}" in pdf.links(reader)
    # The QR code, and the map where there is one.
    assert len(pdf.figures(reader)) == (1 if place.endswith(("988", "98818")) else 2)


async def test_headings_go_down_one_by_one(api: httpx.AsyncClient):
    reader = pdf.read((await api.get(f"{RENNES}/fiche.pdf")).content)
    levels = [int(item["/S"][2:]) for item in pdf.elements(reader) if str(item["/S"])[1:2] == "H"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    kinds = {str(item["/S"]) for item in pdf.elements(reader)}
    assert {"/Table", "/TH", "/TD", "/L", "/LI", "/P"} <= kinds


async def test_the_map_is_told_to_who_does_not_see_it(api: httpx.AsyncClient):
    reader = pdf.read((await api.get(f"{RENNES}/fiche.pdf")).content)
    drawn, code = pdf.figures(reader)
    assert "Rennes" in drawn
    assert "%" in drawn
    assert "http://atlas.test/commune/35238" in code


async def test_what_nobody_knows_is_never_nought(api: httpx.AsyncClient):
    reader = pdf.read((await api.get("/api/territoires/commune/98818/fiche.pdf")).content)
    text = pdf.words(reader)
    assert "Pas de carte" in text
    assert "Non renseigné" in text
    assert "0 %" not in text


async def test_names_from_files_are_no_markup(api: httpx.AsyncClient):
    script = await api.get("/api/territoires/commune/48900/fiche.pdf")
    text = pdf.squeezed(pdf.words(pdf.read(script.content)))
    assert pdf.squeezed(little_atlas.HOSTILE) in text
    assert (
        'filename="fiche-script-alert-x-script-cie-48900.pdf"'
        in (script.headers["content-disposition"])
    )
    formula = await api.get("/api/territoires/commune/48901/fiche.pdf")
    assert pdf.squeezed(texts.clean(little_atlas.FORMULA)) in pdf.squeezed(
        pdf.words(pdf.read(formula.content))
    )


async def made_anew(_kept: object, _key: object, make: Callable[[], Awaitable[object]]) -> object:
    """Stand in for what is kept: nothing is."""
    return await make()


async def test_the_same_publication_gives_the_same_bytes(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    first = await api.get("/api/territoires/epci/243500139/fiche.pdf")
    # Nothing kept: made anew.
    monkeypatch.setattr(Kept, "once", made_anew)
    again = await api.get("/api/territoires/epci/243500139/fiche.pdf")
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]


async def test_a_matching_etag_makes_nothing(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    first = await api.get(f"{RENNES}/fiche.pdf")
    assert first.headers["etag"].startswith('"')
    assert "max-age" in first.headers["cache-control"]

    async def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Database, "fetch", refuse)
    monkeypatch.setattr(Press, "compile", refuse)
    monkeypatch.setattr(Kept, "once", refuse)
    same = await api.get(f"{RENNES}/fiche.pdf", headers={"If-None-Match": first.headers["etag"]})
    assert same.status_code == 304
    assert not same.content


async def test_the_address_printed_is_that_the_visitor_used(api: httpx.AsyncClient):
    here = await api.get(f"{RENNES}/fiche.pdf")
    there = await api.get(f"{RENNES}/fiche.pdf", headers={"Host": "atlas.example:8443"})
    assert here.headers["etag"] != there.headers["etag"]
    assert "http://atlas.example:8443/commune/35238" in pdf.links(pdf.read(there.content))
    bad = await api.get(f"{RENNES}/fiche.pdf", headers={"Host": "a b<c>"})
    assert bad.status_code == 400


async def test_a_fiche_asked_twice_is_compiled_once(
    api: httpx.AsyncClient, telling: list[dict[str, object]]
):
    address = "/api/territoires/commune/35001/fiche.pdf"
    both = await asyncio.gather(api.get(address), api.get(address))
    assert both[0].content == both[1].content
    assert len(telling) == 1


async def test_all_its_texts_have_french_spaces(
    api: httpx.AsyncClient, telling: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Kept, "once", made_anew)
    for place in ("commune/48095", "departement/48", "pays/france", "commune/98818"):
        await api.get(f"/api/territoires/{place}/fiche.pdf")

    def told(value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        if isinstance(value, dict):
            return [text for item in value.values() for text in told(item)]
        return [text for item in value for text in told(item)] if isinstance(value, list) else []

    ours = [
        text
        for data in telling
        for name, value in data.items()
        if name not in {"sources", "page"}
        for text in told(value)
    ]
    assert len(ours) > 200
    for text in ours:
        assert not any(f" {mark}" in text for mark in (":", ";", "!", "?", "%", "»")), text
        assert "« " not in text, text
        assert "'" not in text, text


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/api/territoires/commune/99999/fiche.pdf", 404, "99999"),
        ("/api/territoires/planete/terre/fiche.pdf", 400, "niveau"),
        (f"{RENNES}/fiche.pdf?couleur=bleu", 400, "couleur"),
    ],
)
async def test_what_cannot_be_is_refused_as_everywhere(
    api: httpx.AsyncClient, address: str, status: int, said: str
):
    answer = await api.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


async def test_an_arrondissement_has_the_fiche_of_its_city(api: httpx.AsyncClient):
    answer = await api.get("/api/territoires/arrondissement/75115/fiche.pdf")
    assert answer.status_code == 301
    assert answer.headers["location"] == "/api/territoires/commune/75056/fiche.pdf"


async def test_head_answers_without_a_body(api: httpx.AsyncClient):
    answer = await api.head(f"{RENNES}/fiche.pdf")
    assert answer.status_code == 200
    assert not answer.content
    assert answer.headers["content-disposition"] == 'inline; filename="fiche-rennes-35238.pdf"'


async def test_too_many_at_once_are_told_to_come_back(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(route, "_press", Press(at_once=0, patience=0))
    answer = await api.get("/api/territoires/commune/42207/fiche.pdf")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "fiches" in answer.json()["detail"]


async def test_a_compilation_that_lasts_is_stopped():
    with pytest.raises(Problem) as problem:
        await Press(longest=0).compile({"fiche": {}, "carte": "", "qr": "", "date": "2026-01-01"})
    assert problem.value.status == 503


async def test_a_refusal_of_the_compiler_is_a_fault_with_its_reason():
    with pytest.raises(CompilationError, match="fiche"):
        await Press().compile({"fiche": {}, "carte": "", "qr": "", "date": "2026-01-01"})


async def test_accents_of_a_file_name_are_kept_for_who_reads_them(api: httpx.AsyncClient):
    answer = await api.get("/api/territoires/departement/48/fiche.pdf")
    assert answer.headers["content-disposition"] == (
        "inline; filename=\"fiche-lozere-48.pdf\"; filename*=UTF-8''fiche-loz%C3%A8re-48.pdf"
    )
