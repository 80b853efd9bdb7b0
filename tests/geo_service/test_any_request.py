"""Whatever is asked, the answer is an answer: never a 500, never NaN, always what was promised."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from etl.schemas import schema_of
from geo_service.api.parameters import NIVEAUX
from geo_service.database import publication_conninfo
from geo_service.private_cluster import READER
from tests.geo_service.little_atlas import COMMUNES, FIRST, OLD, OTHERS, SITE

pytestmark = pytest.mark.anyio

TEXT = st.text(max_size=30)
CODES = st.sampled_from(
    [*(row[0] for row in COMMUNES), *(row[1] for row in OTHERS), *(row[0] for row in OLD)]
)
PLACES = st.tuples(
    st.sampled_from([*NIVEAUX, "planete"]), CODES | TEXT.filter(lambda text: text.strip("./"))
).map(lambda place: f"territoires/{place[0]}/{quote(place[1], safe='')}")
PATHS = st.one_of(
    st.just("territoires"),
    PLACES,
    st.builds(
        "{}/{}".format,
        PLACES,
        st.sampled_from(["couverture", "lacunes", "implantations", "lieux", "actions"]),
    ),
    st.sampled_from(NIVEAUX).map("indicateurs/{}".format),
    st.sampled_from(["referentiel", "sources", "publications", "definitions"]),
    st.sampled_from([FIRST, "x"]).map("publications/{}/rapport".format),
    st.sampled_from([FIRST, "x"]).map(f"publications/{FIRST}/diff/{{}}".format),
)
NUMBERS = st.one_of(st.integers(), st.floats(), st.integers(0, 50)).map(str)
VALUES = {
    "q": TEXT,
    "niveau": st.sampled_from(NIVEAUX),
    "service": st.sampled_from([SITE, "espace-numerique", "budget-participatif"]) | TEXT,
    "enjeu": st.sampled_from(["education", "services-publics"]) | TEXT,
    "theme": st.sampled_from(["partage", "democratie"]),
    "statut": st.sampled_from(["present", "partage", "absent", "non_renseigne"]),
    "indicateur": st.sampled_from(
        ["taux", "statut", "part_population", "part_absente", "distance"]
    ),
    "distance_km": NUMBERS,
    "population_min": NUMBERS,
    "source": st.sampled_from(["mairies", "cog"]) | TEXT,
    "gravite": st.sampled_from(["rejet", "alerte"]),
    "motif": st.sampled_from(["zero_perdu", "doublon"]) | TEXT,
    "objet": st.sampled_from(["statut", "taux", "x"]),
    "population_max": NUMBERS,
    "departement": CODES | TEXT,
    "epci": CODES | TEXT,
    "groupe": st.just("villes-choisies") | TEXT,
    "parent": st.builds("{}/{}".format, st.sampled_from(NIVEAUX), CODES) | TEXT,
    "tri": st.sampled_from(["population", "distance"]),
    "limit": NUMBERS,
    "methode": st.sampled_from(["couverture", "p-mediane", "cible"]),
    "nombre": NUMBERS,
    "rayon_km": NUMBERS,
    "part": NUMBERS,
    "cursor": st.text("abcdefgWzEyMyw_-=", max_size=20) | TEXT,
    "format": st.sampled_from(["json", "csv", "geojson", "parquet"]),
}
QUERIES = st.lists(st.sampled_from(sorted(VALUES)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=PATHS, query=QUERIES)
async def test_any_request_has_a_clear_answer(api: httpx.AsyncClient, path: str, query: dict):
    answer = await api.get(f"/api/{path}", params=query)
    kind = answer.headers.get("content-type", "")
    if answer.status_code == 200:
        assert answer.headers["etag"]
        if kind == "application/json":
            assert answer.json()["publication"] == FIRST
            assert "NaN" not in answer.text
            assert "Infinity" not in answer.text
    elif answer.status_code == 301:
        assert answer.headers["location"].startswith("/api/territoires/")
    else:
        assert answer.status_code in {400, 404}
        assert kind == "application/problem+json"
        assert len(answer.json()["detail"]) > 20


def test_the_reader_keeps_the_options_of_its_address(little_owner_url: str):
    address = make_conninfo(little_owner_url, options=f"-c role={READER}")
    with psycopg.connect(publication_conninfo(address, FIRST)) as conn:
        (role,) = conn.execute("SELECT current_user").fetchone()
        (path,) = conn.execute("SHOW search_path").fetchone()
    assert (role, path) == (READER, f"{schema_of(FIRST)},public")
