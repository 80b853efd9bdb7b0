"""Templates: every address of the service has one, and no path makes one of its own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.operations.routes import (
    TILESETS,
    UNKNOWN,
    Templates,
    ogc_templates,
    templates_of,
)
from geo_service.server import create_root
from geo_service.watcher import AtlasWatcher


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    root = create_root(AtlasWatcher(lambda: "", tmp_path_factory.mktemp("rien")))
    return Templates([*TILESETS, *ogc_templates(), *templates_of(root.api.routes)])


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("/api/territoires", "/api/territoires"),
        ("/api/territoires/commune/35238", "/api/territoires/{niveau}/{code}"),
        (
            "/api/territoires/commune/35238/couverture",
            "/api/territoires/{niveau}/{code}/couverture",
        ),
        ("/api/territoires/commune/35238/nulle-part", "/api/{rest:path}"),
        ("/api/modeles/lieux.csv", "/api/modeles/{code}.csv"),
        ("/tiles/territoires/6/32/22.mvt", "/tiles/{tileset}/{z}/{x}/{y}.mvt"),
        ("/tiles/territoires.json", "/tiles/{tileset}.json"),
        ("/tiles/territoires.pmtiles", "/tiles/{tileset}.pmtiles"),
        ("/ogc", "/ogc"),
        ("/ogc/", "/ogc"),
        ("/ogc/collections/lieux/items", "/ogc/collections/{collection}/items"),
        ("/ogc/collections/lieux/items/a/b", "/ogc/collections/{collection}/items/{feature:path}"),
        ("/health", "/health"),
        ("/recherche", "/recherche"),
        ("/assets/site-1.js", "/assets/{name:path}"),
        ("/wp-admin/setup.php", "/{name:path}"),
        ("/" + "a/" * 5000, "/{name:path}"),
    ],
)
def test_templates(templates: Templates, path: str, template: str):
    assert templates.find(path) == template


@given(path=st.text(max_size=60))
def test_whatever_is_asked_is_counted_under_a_known_template(templates: Templates, path: str):
    assert templates.find("/" + path) in {*templates.all, UNKNOWN}


def test_a_path_finds_the_template_it_was_made_of(templates: Templates):
    for template in templates.all:
        if template == "/ogc/collections/{collection}/items/{feature:path}":
            continue  # « x » alone is shorter than some of its siblings
        path = re.sub(r"\{[^}]+\}", "x1", template)
        found = templates.find(path)
        assert found == template or found.count("{") < template.count("{"), path


def test_without_a_template_there_is_one_word_for_all():
    assert Templates(["/a"]).find("/b") == UNKNOWN
