"""Fiches of real territories: the largest, the smallest, those of all kinds, some at random."""

from __future__ import annotations

import random

import httpx
import pytest

from geo_service.fiche import figures, texts
from tests.geo_service.fiche import pdf

pytestmark = [pytest.mark.anyio, pytest.mark.national]

PLACES = (
    "commune/48095",
    "commune/35238",
    "commune/75056",
    "commune/97411",
    "commune/98818",
    "commune/55138",  # nobody lives there
    "commune/51513",  # one of the longest names
    "epci/243500139",
    "epci/200054781",  # the most populated
    "ept/200057875",
    "departement/48",
    "departement/62",  # the most communes
    "departement/976",
    "region/76",
    "region/94",
    "region/11",
    "pays/france",
    "groupe/action-coeur-de-ville",
)


async def codes(france: httpx.AsyncClient) -> list[str]:
    """Seven communes at random, the same at each run for a same atlas."""
    columns = (await france.get("/api/indicateurs/commune?indicateur=population")).json()["codes"]
    return [f"commune/{code}" for code in random.Random(7).sample(columns, 7)]


async def test_real_territories_hold_on_two_pages(france: httpx.AsyncClient) -> None:
    for place in [*PLACES, *await codes(france)]:
        answer = await france.get(f"/api/territoires/{place}/fiche.pdf")
        assert answer.status_code == 200, place
        reader = pdf.check_form(answer.content)
        text = pdf.squeezed(pdf.words(reader))
        diagnosis = (await france.get(f"/api/territoires/{place}/diagnostic")).json()
        for figure in figures.key_figures(diagnosis):
            assert pdf.squeezed(texts.clean(figure.valeur)) in text, (place, figure)
        for heading in ("Quesait-on", "Cinqchiffresclés", "Paroùcommencer", "Sourcesetdates"):
            assert heading in text, place
