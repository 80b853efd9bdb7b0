"""What every reader is given and gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import geopandas as gpd
import numpy as np
import pandas as pd

from boundaries import crs
from boundaries.cog import Resolver
from etl.communes import Communes, Locator
from etl.config import SourceConfig
from etl.errors import EtlError
from etl.identifiers import LONGEST_ROW_ID
from etl.location.geocoder import Geocoder
from etl.readers.identifiers import Places, Seen
from etl.referentiel import Referentiel
from etl.signalements import Signalements

LIEUX = (
    "id",
    "nom",
    "commune",
    "adresse",
    "horaires",
    "accessibilite",
    "site_web",
    "telephone",
    "date_maj",
    "siret",
    "typologie",
    "capacite",
    "localisation",
    "precision_m",
    "ecart_km",
    "geom",
)
ACTIONS = (
    "id",
    "titre",
    "description",
    "url",
    "porteur_niveau",
    "porteur_code",
    "type",
    "statut",
    "date_debut",
    "date_fin",
    "date_maj",
)
ACTIONS_POINTS = ("action", "rang", "commune", "geom")
ACTIONS_ACTEURS = ("action", "acteur")
ACTEURS = ("id", "nom", "siren", "recherche")
LABELS = ("niveau", "code", "annee", "arobases", "arobase_verte", "mentions")
LIEUX_SERVICES = ("lieu", "service")
ACTIONS_SERVICES = ("action", "service")
EXHAUSTIVITES = ("service", "commune")


@dataclass(frozen=True)
class Context:
    """What a reader knows of the atlas it reads for.

    Attributes
    ----------
    resolver : boundaries.cog.Resolver
        What the codes of communes of any year mean today.
    territoires : geopandas.GeoDataFrame
        Columns of the table ``territoires``, EPSG:4326.
    referentiel : Referentiel
        The services.
    places : dict of str to Places
        By source already read by a mapping, the lieux it gave: what the services of another source
        can be tied to.
    anciens_noms : tuple of (str, str)
        Names of communes that are no more, and the code of the commune each is in today.
    geocoder : Geocoder or None
        Finds addresses; None where none is set up.
    locator : etl.communes.Locator or None
        Locates points when they are many.
    """

    resolver: Resolver
    territoires: gpd.GeoDataFrame
    referentiel: Referentiel
    places: dict[str, Places] = field(default_factory=dict)
    anciens_noms: tuple[tuple[str, str], ...] = ()
    geocoder: Geocoder | None = None
    locator: Locator | None = None

    @cached_property
    def communes(self) -> Communes:
        """The communes, ready for locating."""
        return Communes.of(self.territoires, self.anciens_noms, self.locator)

    @cached_property
    def codes(self) -> dict[str, frozenset[str]]:
        """Codes of the territories, by niveau."""
        groups = self.territoires.groupby("niveau")["code"]
        return {str(niveau): frozenset(codes) for niveau, codes in groups}


def empty(columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a frame of those columns without rows."""
    return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})


def empty_points(columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Return a frame of those columns without rows, one of them ``geom``, EPSG:4326."""
    return gpd.GeoDataFrame(empty(columns), geometry="geom", crs=crs.GEOGRAPHIC)


@dataclass(frozen=True)
class Reading:
    """What a reader found in a source. Columns are those of the tables, without ``source``.

    Attributes
    ----------
    lieux, actions_points : geopandas.GeoDataFrame
        EPSG:4326.
    lieux_services, actions, actions_services, labels, exhaustivites : pandas.DataFrame
    signalements, actions_acteurs : pandas.DataFrame
    acteurs : pandas.DataFrame
        An organisation may come again in another part or source: the first name is kept.
    lignes_lues : int
        Rows of the source; always ``lignes_chargees + lignes_rejetees``.
    lignes_chargees, lignes_rejetees, lignes_reparees : int
        Rows in the atlas; refused, each with its reason; in the atlas after a repair.

    Raises
    ------
    ValueError
        If a row is unaccounted for: a fault of the reader, not of the file.
    """

    lignes_lues: int
    lignes_chargees: int
    lignes_rejetees: int
    lignes_reparees: int
    signalements: pd.DataFrame
    lieux: gpd.GeoDataFrame = field(default_factory=lambda: empty_points(LIEUX))
    lieux_services: pd.DataFrame = field(default_factory=lambda: empty(LIEUX_SERVICES))
    actions: pd.DataFrame = field(default_factory=lambda: empty(ACTIONS))
    actions_services: pd.DataFrame = field(default_factory=lambda: empty(ACTIONS_SERVICES))
    actions_points: gpd.GeoDataFrame = field(default_factory=lambda: empty_points(ACTIONS_POINTS))
    acteurs: pd.DataFrame = field(default_factory=lambda: empty(ACTEURS))
    actions_acteurs: pd.DataFrame = field(default_factory=lambda: empty(ACTIONS_ACTEURS))
    labels: pd.DataFrame = field(default_factory=lambda: empty(LABELS))
    exhaustivites: pd.DataFrame = field(default_factory=lambda: empty(EXHAUSTIVITES))

    def __post_init__(self) -> None:
        if self.lignes_lues != self.lignes_chargees + self.lignes_rejetees:
            raise ValueError(
                f"rows unaccounted for: {self.lignes_lues} read, {self.lignes_chargees} loaded, "
                f"{self.lignes_rejetees} refused"
            )

    @classmethod
    def of_lieux(
        cls,
        lieux: gpd.GeoDataFrame,
        signalements: Signalements,
        *,
        lues: int,
        rattachees: int = 0,
        **frames: pd.DataFrame,
    ) -> Self:
        """Close a reading of lieux: its counts, and the remarks made on the way.

        Parameters
        ----------
        lieux : geopandas.GeoDataFrame
            One by row loaded.
        lues : int
            Rows of the source.
        rattachees : int
            Rows loaded that give services to a lieu of another row.
        **frames : pandas.DataFrame
            The other tables, by their name here.
        """
        return cls(
            lignes_lues=lues,
            lignes_chargees=len(lieux) + rattachees,
            lignes_rejetees=signalements.rejetees,
            lignes_reparees=signalements.reparees,
            signalements=signalements.frame(),
            lieux=lieux,
            **frames,
        )


def check_services(source: SourceConfig, context: Context, spoken: list[str]) -> None:
    """Check the services a reader is about to use against the référentiel and the configuration.

    Parameters
    ----------
    source : SourceConfig
        Its ``exhaustive`` services must be among ``spoken``.
    context : Context
        Its référentiel must hold them.
    spoken : list of str
        Codes the reader gives.

    Raises
    ------
    EtlError
        Naming the code that is wrong, and where.
    """
    context.referentiel.require(spoken, f"La source « {source.nom} »")
    wrong = sorted(set(source.exhaustive) - set(spoken))
    if wrong:
        raise EtlError(
            f"La source « {source.nom} » est déclarée exhaustive pour {', '.join(wrong)}, dont "
            "elle ne parle pas. Corrigez « exhaustive » dans la configuration de l'atlas."
        )


def everywhere(source: SourceConfig, context: Context) -> pd.DataFrame:
    """Every commune of the atlas, for each service the source lists without omission.

    For the sources whose file is a national list: a commune it does not name has none.
    """
    codes = context.communes.codes.to_numpy(dtype=object)
    services = np.repeat(np.array(source.exhaustive, dtype=object), len(codes))
    communes = np.tile(codes, len(source.exhaustive))
    return pd.DataFrame({"service": services, "commune": communes}, dtype="object")


def refuse_repeated(
    rows: pd.DataFrame, champ: str | None, signalements: Signalements, seen: Seen | None = None
) -> pd.DataFrame:
    """Refuse the rows without identifier, or with one beyond all measure or already taken.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``ligne`` and ``id`` (str).
    champ : str
        Column of the source the identifier comes from.
    signalements : Signalements
        Receives the refusals.
    seen : Seen, optional
        Identifiers of the parts of the file already read; those of these rows are added.

    Returns
    -------
    pandas.DataFrame
        The other rows.
    """
    absent = rows["id"] == ""
    signalements.add(
        "identifiant_absent", rows.loc[absent, "ligne"], champ, "La ligne n'a pas d'identifiant."
    )
    named = refuse_too_long(rows[~absent], "id", champ, signalements)
    repeated = (Seen() if seen is None else seen).add(named["id"])
    return signalements.refuse(
        named,
        repeated,
        "identifiant_double",
        champ,
        "L'identifiant « {valeur} » figure déjà plus haut dans le fichier.",
        column="id",
    )


def refuse_too_long(
    rows: pd.DataFrame, column: str, champ: str | None, signalements: Signalements
) -> pd.DataFrame:
    """Refuse the rows whose identifier has more than ``LONGEST_ROW_ID`` characters.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``ligne`` and `column` (str), which holds the identifiers.
    champ : str
        Column of the source they come from.
    signalements : Signalements
        Receives the refusals.

    Returns
    -------
    pandas.DataFrame
        The other rows.
    """
    return signalements.refuse(
        rows,
        rows[column].str.len() > LONGEST_ROW_ID,
        "identifiant_trop_long",
        champ,
        f"L'identifiant « {{valeur}} » a plus de {LONGEST_ROW_ID} caractères.",
        column=column,
    )


def lieux_frame(rows: pd.DataFrame, located: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join what a place is and where it is, with every column of the table ``lieux``.

    Parameters
    ----------
    rows : pandas.DataFrame
        Some of the columns of `LIEUX`; those missing are left empty.
    located : geopandas.GeoDataFrame
        What :func:`etl.location.locate` gave; its index chooses the rows.
    """
    frame = rows.loc[located.index].drop(columns=["commune"], errors="ignore")
    frame = frame.reindex(columns=[name for name in LIEUX if name not in located.columns])
    joined = pd.concat([frame.astype("object"), located], axis=1)
    return gpd.GeoDataFrame(joined, geometry="geom", crs=crs.GEOGRAPHIC)[list(LIEUX)].reset_index(
        drop=True
    )
