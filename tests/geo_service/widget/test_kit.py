"""The kit: what its archive keeps, what its folder holds, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import mapbox_vector_tile
import pytest

from geo_service.atlas import PublishedAtlas
from geo_service.faults import InstallationError
from geo_service.site.assets import Assets
from geo_service.watcher import AtlasWatcher
from geo_service.widget.kit import archive as archives
from geo_service.widget.kit.archive import wanted_of, widened, write_extract
from geo_service.widget.kit.export import export_kit
from geo_service.widget.kit.features import keep_territories
from geo_service.widget.kit.scripts import kit_entry, kit_files
from geo_service.widget.kit.values import kit_data, subjects_of
from geo_service.widget.options import Options
from geo_service.widget.view import view_of
from tests.geo_service import little_atlas
from tiles.archive import Archive
from tiles.errors import TilesError

pytestmark = pytest.mark.anyio

BOX = (3.0, 44.0, 4.0, 45.0)


@pytest.fixture
def atlas(watcher: AtlasWatcher) -> PublishedAtlas:
    assert watcher.current is not None
    return watcher.current


def tile() -> bytes:
    """Two communes, an EPCI, a name, and a layer that a kit has no use for."""

    def feature(x, **properties):
        ring = f"POLYGON (({x} 0, {x + 9} 0, {x + 9} 9, {x} 9, {x} 0))"
        return {"geometry": ring, "properties": properties}

    label = {
        "geometry": "POINT (4 4)",
        "properties": {"niveau": "commune", "code": "48095", "nom": "Mende", "rang": 1},
    }
    elsewhere = {**label, "properties": {**label["properties"], "code": "48001"}}
    written: bytes = mapbox_vector_tile.encode(
        [
            {"name": "communes", "features": [
                feature(0, code="48095", nom="Mende", population=12000, taux=0.4),
                feature(20, code="48001", nom="Albaret", population=90, taux=0.1),
            ]},
            {"name": "epcis", "features": [feature(0, code="244800405", nom="Cœur de Lozère")]},
            {"name": "etiquettes", "features": [label, elsewhere]},
            {"name": "arrondissements", "features": [feature(0, code="75101", nom="Paris 1")]},
        ]
    )  # fmt: skip
    return written


def test_only_what_is_wanted_is_kept_with_its_outline():
    whole = mapbox_vector_tile.decode(tile())
    kept = mapbox_vector_tile.decode(
        keep_territories(tile(), archives.LAYERS, {"commune": {"48095"}, "epci": set()})
    )
    assert set(kept) == {"communes", "etiquettes"}
    (commune,) = kept["communes"]["features"]
    assert commune["geometry"] == whole["communes"]["features"][0]["geometry"]
    assert commune["properties"] == {"code": "48095", "nom": "Mende", "population": 12000}
    (name,) = kept["etiquettes"]["features"]
    assert name["properties"] == {"niveau": "commune", "code": "48095", "nom": "Mende"}
    assert kept["communes"]["extent"] == whole["communes"]["extent"]
    assert keep_territories(tile(), archives.LAYERS, {}) == b""


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_tile_cut_short_is_no_tile(cut):
    with pytest.raises((ValueError, IndexError)):
        keep_territories(tile()[:-cut], archives.LAYERS, {"commune": {"48095"}})


class Country:
    """An archive with the same tile everywhere."""

    zooms = (3, 8)

    def __init__(self) -> None:
        import gzip  # noqa: PLC0415

        self.data = gzip.compress(tile())

    def get(self, z: int, x: int, y: int) -> bytes | None:
        return None if (z, (x + y) % 2) == (3, 1) else self.data


def test_the_deepest_zooms_make_way(tmp_path, monkeypatch):
    wanted = {"commune": {"48095"}}
    whole = write_extract(Country(), tmp_path / "a.pmtiles", BOX, wanted, "Mende")
    assert whole.zooms == (3, 8)
    archive = Archive(tmp_path / "a.pmtiles")
    assert archive.zooms == (3, 8)
    assert len(archive) == whole.tiles
    monkeypatch.setattr(archives, "HEAVIEST", 900)
    less = write_extract(Country(), tmp_path / "b.pmtiles", BOX, wanted, "Mende")
    assert 3 <= less.zooms[1] < 8
    monkeypatch.setattr(archives, "HEAVIEST", 10)
    with pytest.raises(TilesError):
        write_extract(Country(), tmp_path / "c.pmtiles", BOX, wanted, "Mende")


def test_a_margin_stays_on_the_earth():
    assert widened((-180.0, -80.0, 180.0, 80.0)) == (-180.0, -85.0, 180.0, 85.0)
    assert widened((0.0, 0.0, 4.0, 8.0)) == (-1.0, -2.0, 5.0, 10.0)


def test_neighbours_and_what_holds_them_come_along(atlas):
    rennes = atlas.metadata.territories.by_key["commune", "35238"]
    wanted = wanted_of(atlas, rennes)
    assert "35238" in wanted["commune"]
    assert wanted["departement"] == {"35"}
    assert wanted["region"] == {"53"}
    level = atlas.metadata.levels["commune"]
    at = level.position["35238"]
    mine = slice(level.borders.starts[at], level.borders.starts[at + 1])
    touching = {str(level.codes[row]) for row in level.borders.others[mine]}
    assert wanted["commune"] == touching | {"35238"}


async def test_values_are_those_of_the_api(atlas, api):
    rennes = atlas.metadata.territories.by_key["epci", "243500139"]
    options = Options(axis="service", code=little_atlas.SITE)
    view = await view_of(atlas, rennes, options, links=False)
    extract = archives.Extract((3, 11), BOX, 4, 1000)
    data = kit_data(atlas, view, extract, "a.pmtiles", wanted_of(atlas, rennes))
    for query, key in (
        ("", "ensemble"),
        (f"?service={little_atlas.SITE}", f"service:{little_atlas.SITE}"),
    ):
        answer = (await api.get(f"/api/indicateurs/commune{query}")).json()
        told = dict(zip(answer["codes"], answer["valeurs"], strict=True))
        mine = data["valeurs"][key]["commune"]
        assert mine["indicateur"] == answer["indicateur"]
        assert mine["codes"]
        assert mine["valeurs"] == pytest.approx([told[code] for code in mine["codes"]])
    assert data["tuiles"] == {"fichier": "a.pmtiles", "minzoom": 3, "maxzoom": 11}
    assert json.loads(json.dumps(data["choix"]))[0]["choices"][0]["indicator"]["code"] == (
        little_atlas.SITE
    )


def test_without_a_subject_a_kit_offers_the_main_ones(atlas):
    kinds = [subject.kind for subject in subjects_of(atlas, Options())]
    assert kinds[0] == "ensemble"
    assert {"theme", "enjeu"} <= set(kinds)
    assert "service" not in kinds


def test_scripts_are_followed_by_name(dist):
    files = kit_files(kit_entry(dist), dist)
    assert set(files) == {"kit-1a2b.js", "explore-0f0f.js", "worker-7a7a.js"}


def test_an_entry_has_the_styles_of_what_it_imports(dist):
    assert Assets(dist).entry("kit").style == ".widget{color:red}"
    assert Assets(dist).entry("site").style == ""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((("commune", "3523"), Options()), "Aucun territoire"),
        ((("commune", "243500139"), Options()), "Rennes Métropole"),
        ((("planete", "x"), Options()), "Le niveau"),
        ((("commune", "98818"), Options()), "pas de contour"),
        (
            (("commune", "35238"), Options("service", "site-internet-comune")),
            "site-internet-commune",
        ),
        ((("commune", "35238"), Options()), "tuiles"),
    ],
)
async def test_what_cannot_be_exported_is_told_in_french(atlas, dist, tmp_path, asked, said):
    target = tmp_path / "kit"
    with pytest.raises(InstallationError, match=said):
        await export_kit(atlas, *asked, target, dist)
    assert not target.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


async def test_a_folder_that_holds_something_is_left_alone(atlas, dist, tmp_path):
    (tmp_path / "mine.txt").write_text("à moi", encoding="utf-8")
    for target, said in ((tmp_path, "n'est pas vide"), (tmp_path / "mine.txt", "pas un dossier")):
        with pytest.raises(InstallationError, match=said):
            await export_kit(atlas, ("commune", "35238"), Options(), target, dist)
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "à moi"


async def test_without_a_build_nothing_is_written(atlas, tmp_path):
    with pytest.raises(InstallationError, match="make setup"):
        await export_kit(
            atlas, ("commune", "35238"), Options(), tmp_path / "kit", Path(tmp_path / "rien")
        )


async def test_a_full_disk_leaves_nothing(atlas, dist, tmp_path, monkeypatch):
    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    target = tmp_path / "kit"
    monkeypatch.setitem(atlas.archives, "territoires", Country())
    monkeypatch.setattr("geo_service.widget.kit.export.write_extract", full)
    with pytest.raises(OSError, match="No space left"):
        await export_kit(atlas, ("commune", "35238"), Options(), target, dist)
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]
