"""The standards shipped as mappings, and how a file is told to be of one by its headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from boundaries.names import normalise
from etl.config import SourceConfig
from etl.errors import EtlError
from etl.mapping import model
from etl.mapping.model import Correspondance, Signature

#: Score of a file that has all compulsory headers of a standard and none of its own.
_FLOOR = 0.6
#: Under this score a file is not held to be of a standard.
RECOGNISED = 0.7
#: Between two names of one header, in a signature.
_OR = "|"


@dataclass(frozen=True)
class Match:
    """How much a file looks like a standard: 0 to 1."""

    nom: str
    correspondance: Correspondance
    score: float

    @property
    def recognised(self) -> bool:
        """Whether the file is held to be of the standard."""
        return self.score >= RECOGNISED


@cache
def standards() -> dict[str, Correspondance]:
    """Every standard shipped with the project, by the name of its file."""
    folder = files("etl").joinpath("mapping", "standards")
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {
        name.removesuffix(".toml"): model.parse(
            folder.joinpath(name).read_text(encoding="utf-8"), name
        )
        for name in found
    }


def score(signature: Signature, columns: Sequence[str]) -> float:
    """Say how much headers look like a standard.

    Without a compulsory header, 0. With all of them 0.6, plus 0.4 times the share of the headers
    that only this standard has.
    """
    headers = {normalise(name) for name in columns}

    def there(name: str) -> bool:
        return any(normalise(one) in headers for one in name.split(_OR))

    if not all(there(name) for name in signature.obligatoires):
        return 0.0
    own = sum(there(name) for name in signature.propres)
    return round(_FLOOR + (1 - _FLOOR) * own / len(signature.propres), 3)


def recognise(columns: Sequence[str]) -> list[Match]:
    """Compare headers with every standard; the likeliest first, those without likeness left out."""
    found = [
        Match(name, mapping, score(mapping.signature, columns))
        for name, mapping in standards().items()
        if mapping.signature is not None
    ]
    likely = [match for match in found if match.score > 0]
    return sorted(likely, key=lambda match: (-match.score, match.nom))


def by_name(name: str) -> Correspondance:
    """Return the mapping of a standard, or of a TOML file.

    Raises
    ------
    EtlError
        If there is none, or it is wrong.
    """
    if name.endswith(".toml"):
        return model.load(Path(name))
    if name not in standards():
        raise EtlError(
            f"Le standard « {name} » n'existe pas. Ceux que l'atlas connaît : "
            f"{', '.join(standards())}. Pour une correspondance à vous, donnez le chemin d'un "
            "fichier .toml."
        )
    return standards()[name]


def for_source(source: SourceConfig, columns: Sequence[str]) -> Correspondance:
    """Return the mapping of a source: the one it names, else the standard its headers tell.

    Raises
    ------
    EtlError
        If it names none and the file is of no known standard.
    """
    if source.correspondance is not None:
        return by_name(source.correspondance)
    found = recognise(columns)
    if found and found[0].recognised:
        return found[0].correspondance
    raise EtlError(
        f"Le fichier de la source « {source.nom} » n'est d'aucun standard connu, et la source n'a "
        "pas de « correspondance ». Faites-en proposer une par « geo-service etl check FICHIER "
        "--ecrire CORRESPONDANCE.toml », puis nommez-la dans la configuration de l'atlas."
    )
