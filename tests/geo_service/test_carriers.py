"""Pages of lieux and of actions: end to end they are the whole list, and the file."""

from __future__ import annotations

import io

import httpx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaries.names import normalise
from geo_service.carriers import Carriers, Held, Queries
from tests.geo_service.little_atlas import BUDGET, CYBER, MAIRIE, NEVER


@st.composite
def lists(draw: st.DrawFn) -> tuple[Carriers, list[set[int]], list[int], list[int]]:
    """Carriers of some of five communes, with the rows each has, of any service and of one."""
    members = draw(st.lists(st.sets(st.integers(0, 4), min_size=1), max_size=6))
    counts = [draw(st.integers(1, 5)) for _ in members]
    of_service = [draw(st.integers(0, count)) for count in counts]
    keys = [("commune", str(index)) for index in range(len(members))]
    sizes = np.array([len(mine) for mine in members], dtype=np.intp)
    some = [index for index, count in enumerate(of_service) if count]
    held = Held(np.array(some, dtype=np.int32), np.array(of_service, dtype=np.int32)[some])
    carriers = Carriers(
        {key: place for place, key in enumerate(keys)},
        np.array(counts, dtype=np.int32),
        {"s": held} if some else {},
        Queries("", ""),
        keys,
        np.array([row for mine in members for row in sorted(mine)], dtype=np.intp),
        np.cumsum(sizes) - sizes,
    )
    return carriers, members, counts, of_service


@given(
    listed=lists(),
    inside=st.sets(st.integers(0, 4)),
    service=st.sampled_from([None, "s"]),
    limit=st.integers(1, 7),
)
def test_pages_end_to_end_are_the_list(listed, inside, service, limit):
    carriers, members, counts, of_service = listed
    communes = np.isin(np.arange(5), sorted(inside))
    rows = [
        (str(index), rank)
        for index, mine in enumerate(members)
        if mine & inside
        for rank in range((counts if service is None else of_service)[index])
    ]
    by_carrier = {
        code: [row for row in rows if row[0] == code] for code in dict.fromkeys(r[0] for r in rows)
    }
    found: list[tuple[str, int]] = []
    after = None
    while True:
        page = carriers.page(communes, service, after, limit)
        assert page.total == len(rows)
        # What SQL does: all rows of these carriers, in order, cut.
        read = [row for _, code in page.keys for row in by_carrier[code]]
        read = read[page.skipped :][: page.count]
        assert len(read) == page.count <= limit
        found += read
        after = page.last
        if after is None:
            break
        assert page.count == limit
    assert found == rows
    whole = carriers.page(communes, service, None, None)
    assert (whole.count, whole.last) == (len(rows), None)


anyio = pytest.mark.anyio


@anyio
@pytest.mark.parametrize("end", ["lieux", "actions"])
@pytest.mark.parametrize("place", ["pays/france", "departement/48", "groupe/villes-choisies"])
@pytest.mark.parametrize("service", ["", MAIRIE, CYBER, BUDGET, NEVER])
async def test_pages_are_the_file_and_as_many_as_the_coverage_counts(
    api: httpx.AsyncClient, end, place, service
):
    address = f"/api/territoires/{place}/{end}?service={service}"
    pages, cursor = [], ""
    while cursor is not None:
        body = (await api.get(f"{address}&limit=2&cursor={cursor}")).json()
        pages += [item["id"] for item in body[end]]
        cursor = body["suivant"]
    assert len(pages) == len(set(pages)) == body["total"]
    file = await api.get(f"{address}&format=csv")
    assert list(pd.read_csv(io.BytesIO(file.content))["id"]) == pages
    assert (body["explication"] is None) == bool(pages)
    if service:
        cover = (await api.get(f"/api/territoires/{place}/couverture?service={service}")).json()
        assert cover["services"][0][end] == len(pages)


@anyio
async def test_communes_come_by_name_then_larger_porteurs(api):
    body = (await api.get("/api/territoires/pays/france/lieux?limit=1000")).json()
    names = [item["commune_nom"] for item in body["lieux"]]
    assert names == sorted(names, key=normalise)
    actions = (await api.get("/api/territoires/pays/france/actions")).json()["actions"]
    assert [item["porteur"]["niveau"] for item in actions] == ["commune", "epci", "departement"]


@anyio
async def test_a_list_without_rows_says_why(api):
    body = (await api.get("/api/territoires/commune/48902/lieux")).json()
    assert (body["total"], body["lieux"]) == (0, [])
    assert body["explication"].startswith("Aucun lieu connu dans la commune Sans-Habitants-Connus")
    body = (await api.get(f"/api/territoires/departement/75/actions?service={BUDGET}")).json()
    assert "Aucune action connue pour le service « Budget participatif »" in body["explication"]


@anyio
@pytest.mark.parametrize(
    "address",
    [
        "/api/territoires/pays/france/lieux?",
        f"/api/territoires/pays/france/lieux?service={CYBER}&",
        "/api/territoires/pays/france/actions?",
        "/api/territoires/pays/france/actions?depuis=1990-01-01&",
    ],
)
async def test_a_file_read_two_rows_at_a_time_is_the_same(api, monkeypatch, address):
    files = {}
    for size in (1000, 2):
        for module in ("carried", "actions"):
            monkeypatch.setattr(f"geo_service.api.{module}.BATCH", size)
        files[size] = (await api.get(f"{address}format=csv")).text
    assert files[1000] == files[2]
    page = (await api.get(f"{address}limit=1")).json()
    if page["suivant"]:
        rest = (await api.get(f"{address}format=csv&cursor={page['suivant']}")).text
        lines = files[2].splitlines()
        assert [line.split(",")[0] for line in rest.splitlines()[1:]] == [
            line.split(",")[0] for line in lines[2:]
        ]


@anyio
async def test_a_cursor_of_lieux_is_not_one_of_actions_of_elsewhere(api):
    body = (await api.get("/api/territoires/pays/france/lieux?limit=1")).json()
    other = f"/api/territoires/departement/35/lieux?cursor={body['suivant']}"
    assert (await api.get(other)).status_code == 400
