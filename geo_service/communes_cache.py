"""The communes for commands that need no database: built once, then kept beside the downloads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import geopandas as gpd

from boundaries import build, crs
from boundaries.cog import Resolver
from etl import referentiel
from etl.communes import old_names
from etl.config import AtlasConfig
from etl.errors import EtlError
from etl.fetch import fetch, sha256_of
from etl.readers import Context

#: Readers of the sources of territories, in the order :func:`boundaries.build.from_files` has them.
_READERS = ("cog", "contours", "epci")
_COLUMNS = ("niveau", "code", "nom", "srid_legal", "codes_postaux", "centre", "geom")


def context_of(
    config: AtlasConfig, downloads: Path, folder: Path, tell: Callable[[str], None]
) -> Context:
    """Give what reading a source needs, without a database.

    Parameters
    ----------
    downloads : pathlib.Path
        Folder of the downloaded packages.
    folder : pathlib.Path
        Where the communes are kept, under a name that changes with the files and the code that
        made them.
    tell : callable
        Receives French sentences.

    Raises
    ------
    EtlError, BoundariesError
        If a source of territories is missing, or cannot be read.
    """
    sources = {source.lecteur: source for source in config.sources if source.role == "territoires"}
    missing = [name for name in _READERS if name not in sources]
    if missing:
        raise EtlError(
            "Il manque des sources de territoires dans la configuration de l'atlas : "
            f'lecteur {", ".join(missing)}. Ajoutez-les, avec role = "territoires".'
        )
    found = {
        name: fetch(source, downloads, config.dossier_local, lambda _sentence: None)
        for name, source in sources.items()
    }
    paths = {name: path for name, path in found.items() if path is not None}
    kept = folder / f"communes-{_key(paths)}"
    if not kept.with_suffix(".json").is_file():
        tell("Première fois : les communes sont préparées, puis gardées (une dizaine de secondes).")
        _build(paths, kept)
    frame = gpd.read_parquet(kept.with_suffix(".parquet"))
    links = json.loads(kept.with_suffix(".json").read_text(encoding="utf-8"))
    mapped = frame.loc[frame["geom"].notna(), "code"]
    return Context(
        resolver=Resolver(mapped, links["anciens"], links["partages"]),
        territoires=frame,
        referentiel=referentiel.read(config.referentiel),
        anciens_noms=tuple((name, code) for name, code in links["noms"]),
    )


def _key(paths: dict[str, Path]) -> str:
    """Name of what these files and the code that reads them make."""
    digest = hashlib.sha256(
        "".join(f"{name} {sha256_of(path)}\n" for name, path in sorted(paths.items())).encode()
    )
    for module in sorted(_modules("boundaries") + _modules("boundaries.readers")):
        digest.update(module)
    return digest.hexdigest()[:12]


def _modules(package: str) -> list[bytes]:
    found = (entry for entry in files(package).iterdir() if entry.name.endswith(".py"))
    return [entry.read_bytes() for entry in found]


def _build(paths: dict[str, Path], kept: Path) -> None:
    """Write the communes, then their old codes: the second file says that the first is whole."""
    built = build.from_files(
        paths["cog"],
        paths["contours"],
        paths["epci"],
        older_path=paths.get("contours_anciens"),
        movements_csv=paths.get("mouvements"),
    )
    frame = built.territoires
    communes = frame.loc[frame["niveau"] == "commune", list(_COLUMNS)]
    kept.parent.mkdir(parents=True, exist_ok=True)
    for old in kept.parent.glob("communes-*"):
        old.unlink()
    centres = gpd.GeoSeries(communes["centre"], crs=crs.GEOGRAPHIC)
    frame = gpd.GeoDataFrame(communes.assign(centre=centres), geometry="geom")
    frame.to_parquet(kept.with_suffix(".parquet"))
    codes = communes.loc[communes["geom"].notna(), "code"]
    anciens = list(
        built.codes_anciens[["code", "commune", "motif"]].itertuples(index=False, name=None)
    )
    resolver = Resolver(codes, anciens, built.codes_partages)
    links = {
        "noms": old_names(resolver, built.mouvements),
        "anciens": anciens,
        "partages": built.codes_partages,
    }
    kept.with_suffix(".json").write_text(json.dumps(links), encoding="utf-8")
