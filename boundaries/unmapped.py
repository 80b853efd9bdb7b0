"""The collectivités without polygons, from Saint-Pierre-et-Miquelon to Nouvelle-Calédonie.

They are no part of the country whose figures INSEE gives as France's (metropolitan France and the
five DROM): their communes belong to themselves and to their collectivité, held as a département,
and to nothing larger.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from boundaries.cog import Cog
from boundaries.names import normalise

#: Levels at which a collectivité without polygons is found.
LEVELS = ("commune", "departement")
#: What a collectivité is, being no département.
NATURE = "COM"


def members(cog: Cog) -> pd.DataFrame:
    """Rows ``niveau, code, commune`` of the communes without polygons."""
    communes = _communes(cog)
    return pd.concat(
        [
            pd.DataFrame({"niveau": level, "code": communes[column], "commune": communes["code"]})
            for level, column in zip(LEVELS, ("code", "departement"), strict=True)
        ],
        ignore_index=True,
    )


def rows(cog: Cog, template: pd.DataFrame) -> pd.DataFrame:
    """Describe the communes without polygons and their collectivités.

    Parameters
    ----------
    cog
        The territories of the current year.
    template
        Rows of the territories with polygons: their columns and types are taken.

    Returns
    -------
    DataFrame
        Communes, then collectivités, by code. What needs a polygon is missing; a population is
        missing when that of one commune is (nobody is counted in the Terres australes).
    """
    communes = _communes(cog)
    known = cog.departements[cog.departements["code"].isin(communes["departement"])]
    groups = communes.groupby("departement")
    whole = groups["population"].count() == groups.size()
    larger = known.sort_values("code").assign(
        nature=NATURE,
        population=known["code"].map(groups["population"].sum().where(whole)),
        population_annee=known["code"].map(groups["population_annee"].max().where(whole)),
    )
    found = pd.concat(
        [communes.assign(niveau="commune"), larger.assign(niveau="departement")],
        ignore_index=True,
    )
    described = found.assign(
        recherche=found["nom"].map(normalise),
        codes_postaux=found["codes_postaux"].map(
            lambda codes: codes if isinstance(codes, list) else []
        ),
    ).reindex(columns=template.columns)
    nothing = np.full(len(described), None, dtype=object)
    return described.astype(template.dtypes).assign(emprise=nothing, centre=nothing, geom=nothing)


def _communes(cog: Cog) -> pd.DataFrame:
    mapped = cog.cartographiees()["code"]
    return cog.communes[~cog.communes["code"].isin(mapped)].sort_values("code", ignore_index=True)
