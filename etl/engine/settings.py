"""``[calcul]`` of ``atlas.toml``: which engine computes the heavy joins, and where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from etl.strict import Strict, french_error

#: Address of a distributed engine whose workers the run starts itself, on its machine.
LOCAL_WORKERS = "local"


class Calcul(Strict):
    """Where the heavy joins are computed; in PostGIS and in the run's own process by default.

    Attributes
    ----------
    moteur : {'postgis', 'dask'}
        ``dask`` sends them to workers of dask.distributed; the results are the same to the bit.
    adresse : str
        ``local`` for workers of this machine, else a scheduler's address (``tcp://…``, ``tls://…``).
    processus : int
        Workers started when `adresse` is ``local``.
    memoire_mo : int or None
        Memory a worker of this machine may take before it is ended, and its task done again.
    dossier : pathlib.Path or None
        Folder of exchange, made absolute, that all machines see at the same path; compulsory with
        a scheduler's address.
    delai_s : float
        Seconds the scheduler, and workers to replace those that died, are waited for.
    points_minimum : int
        Fewer points than this are located here: sending them would take longer.
    """

    moteur: Literal["postgis", "dask"] = "dask"
    adresse: str = Field(default=LOCAL_WORKERS, pattern=r"^(local|(tcp|tls)://\S+:\d+)$")
    processus: int = Field(default=2, ge=1, le=64)
    memoire_mo: int | None = Field(default=None, ge=256)
    dossier: Path | None = None
    delai_s: float = Field(default=30, gt=0, le=600)
    points_minimum: int = Field(default=20_000, ge=1)

    @model_validator(mode="after")
    def _exchange_is_shared(self) -> Self:
        if self.adresse != LOCAL_WORKERS and self.dossier is None:
            raise french_error(
                "avec l'adresse d'un ordonnanceur, « dossier » doit nommer un dossier que toutes "
                "les machines voient au même chemin"
            )
        return self
