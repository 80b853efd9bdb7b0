"""The mapping of a file: a small TOML, checked strictly, that a data manager writes.

The names of the settings are French, as those of ``atlas.toml``: the reference for people is
``docs/donnees.md``. Every error names the file, the table and the setting.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from etl.errors import EtlError
from etl.formats import FormatOptions
from etl.mapping.personal import refuse_personal_columns
from etl.strict import french_error, sentence

Jour = Literal["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
JOURS: tuple[Jour, ...] = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise french_error(f"cette expression régulière est mal formée ({error})") from None
    return value


Texte = Annotated[str, Field(min_length=1)]
Codes = Annotated[list[str], BeforeValidator(_list)]
Motif = Annotated[str, AfterValidator(_regex)]
Textes = Annotated[list[Texte], BeforeValidator(_list)]


class _Settings(BaseModel):
    """Unknown settings are refused, values are frozen; spaces are kept, for separators."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Champ(_Settings):
    """Where the value of one field comes from; a bare text or list in TOML is ``joindre``.

    Attributes
    ----------
    joindre : list of str
        Columns whose values are joined, empty ones skipped, by ``avec``.
    premiere : list of str
        Columns of which the first that is not empty is taken.
    extraire : str or None
        Column of which ``motif``, a regular expression, takes a part: its first group, else all.
    valeur : str or None
        The same value for all rows.
    facultatives : list of str
        For an identifier: columns of ``joindre`` that may be empty.
    defaut : str or None
        What stands for an empty value.
    """

    joindre: list[Texte] = []
    premiere: list[Texte] = []
    extraire: Texte | None = None
    motif: Motif | None = None
    valeur: Texte | None = None
    avec: str = " "
    facultatives: list[Texte] = []
    defaut: Texte | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = (self.joindre, self.premiere, self.extraire, self.valeur)
        if sum(bool(way) for way in ways) != 1:
            raise french_error(
                "indiquez « joindre », « premiere », « extraire » ou « valeur », un seul des quatre"
            )
        if (self.extraire is None) != (self.motif is None):
            raise french_error("« extraire » et « motif » vont ensemble")
        if not set(self.facultatives) <= set(self.joindre):
            raise french_error("« facultatives » ne cite que des colonnes de « joindre »")
        return self

    @property
    def colonnes(self) -> list[str]:
        """Columns of the file it reads."""
        return [*self.joindre, *self.premiere, *([self.extraire] if self.extraire else [])]


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return {"joindre": [value]}
    return {"joindre": value} if isinstance(value, list) else value


UnChamp = Annotated[Champ, BeforeValidator(_short)]


class Champs(_Settings):
    """The fields of a lieu: the table ``[champs]``."""

    identifiant: UnChamp | None = None
    nom: UnChamp
    adresse: UnChamp | None = None
    code_postal: UnChamp | None = None
    commune: UnChamp | None = None
    departement: UnChamp | None = None
    code_insee: UnChamp | None = None
    latitude: UnChamp | None = None
    longitude: UnChamp | None = None
    point: UnChamp | None = None
    siret: UnChamp | None = None
    telephone: UnChamp | None = None
    site_web: UnChamp | None = None
    typologie: UnChamp | None = None
    capacite: UnChamp | None = None
    accessibilite: UnChamp | None = None
    date_maj: UnChamp | None = None

    @model_validator(mode="after")
    def _one_point(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise french_error("« latitude » et « longitude » vont ensemble")
        if self.point is not None and self.latitude is not None:
            raise french_error("indiquez « point », ou « latitude » et « longitude », pas les deux")
        return self

    def __getitem__(self, name: str) -> Champ | None:
        value: Champ | None = getattr(self, name)
        return value

    def named(self) -> Iterator[tuple[str, Champ]]:
        """Give the fields that are mapped, by name."""
        for name in type(self).model_fields:
            champ = self[name]
            if champ is not None:
                yield name, champ


class Signature(_Settings):
    """How a standard is recognised by its headers.

    Attributes
    ----------
    obligatoires : list of str
        Without one of them the file is not of the standard. Several names separated by ``|`` are
        as good as one another.
    propres : list of str
        Headers that tell this standard from its neighbours.
    """

    obligatoires: list[Texte] = Field(min_length=1)
    propres: list[Texte] = Field(min_length=1)


class Fichier(_Settings):
    """What cannot be guessed of the file itself."""

    separateur: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encodage: Texte | None = None
    ligne_entete: int | None = Field(default=None, ge=0)
    feuille: Texte | None = None
    couche: Texte | None = None
    chemin: Texte | None = None

    def options(self) -> FormatOptions:
        """Give the same, as the readers of formats want it."""
        return FormatOptions(**self.model_dump())


class Filtre(_Settings):
    """Which rows are read, by the values of a column (case and accents do not matter).

    Attributes
    ----------
    colonne : str
    garder, exclure : list of str
        Values kept or left out, one of the two; ``""`` is an empty value.
    raison : str
        French sentence told of the rows left out.
    """

    colonne: Texte
    garder: list[str] = []
    exclure: list[str] = []
    raison: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.garder) == bool(self.exclure):
            raise french_error("indiquez « garder » ou « exclure », un seul des deux")
        return self


class Horaires(_Settings):
    """How opening hours are written: the table ``[horaires]``.

    Attributes
    ----------
    format : {'osm', 'texte', 'jours'}
        OpenStreetMap's syntax, free text, or columns by day.
    colonnes : list of str
        For the first two: columns of which the first that is not empty is taken.
    jours : dict
        For the third: the columns of each day, in the order of the day.
    ferme : list of str
        What is written where it is closed.
    rendez_vous : str or None
        Column that says yes where one can make an appointment.
    """

    format: Literal["osm", "texte", "jours"]
    colonnes: Textes = []
    jours: dict[Jour, Textes] = {}
    ferme: list[str] = ["-", "x", "fermé", "ferme"]
    rendez_vous: Texte | None = None

    @model_validator(mode="after")
    def _columns(self) -> Self:
        if self.format == "jours" and (self.colonnes or not self.jours):
            raise french_error("le format « jours » demande « jours », sans « colonnes »")
        if self.format != "jours" and (self.jours or not self.colonnes):
            raise french_error(f"le format « {self.format} » demande « colonnes », sans « jours »")
        return self

    def all_columns(self) -> list[str]:
        """Columns of the file it reads."""
        by_day = [name for day in JOURS for name in self.jours.get(day, [])]
        return [*self.colonnes, *by_day, *([self.rendez_vous] if self.rendez_vous else [])]


class TableDeServices(_Settings):
    """How the values of a column become services.

    Attributes
    ----------
    colonnes : list of str
        All of them are read.
    separateurs : list of str
        Between the values of a list. A JSON list needs none.
    vocabulaire : str or None
        A table of the référentiel's folder ``vocabulaires``.
    valeurs : dict of str to list of str
        Services by value, in place of the vocabulary's or beside it.
    oui_non : bool
        Values are read as ``oui`` or ``non``, however written.
    signaler : bool
        Whether an unknown value is flagged.
    """

    colonnes: Annotated[Textes, Field(min_length=1)]
    separateurs: Textes = []
    vocabulaire: Texte | None = None
    valeurs: dict[str, Codes] = {}
    oui_non: bool = False
    signaler: bool = True

    @model_validator(mode="after")
    def _some_value(self) -> Self:
        if self.vocabulaire is None and not self.valeurs:
            raise french_error("indiquez « vocabulaire », « valeurs », ou les deux")
        return self


class Services(_Settings):
    """Which services the rows give: the table ``[services]``.

    Attributes
    ----------
    toujours : list of str
        Services of all rows.
    defaut : list of str
        Services of the rows for which nothing was found; none: such a row is refused.
    tables : list of TableDeServices
    """

    toujours: Codes = []
    defaut: Codes = []
    tables: list[TableDeServices] = []

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.toujours or self.defaut or self.tables):
            raise french_error("indiquez « toujours », « defaut », ou une table de valeurs")
        return self


class Correspondance(_Settings):
    """The whole mapping of a file.

    Attributes
    ----------
    titre : str
        What the file is.
    note : str
        What one should know of the mapping.
    colonnes_absentes : {'refuser', 'ignorer'}
        Whether a column named here and absent from the file stops the reading. A standard, whose
        files leave columns out, ignores it for all but the name.
    signature : Signature or None
        For a standard.
    axes : {'latitude-longitude', 'longitude-latitude'}
        Order of the numbers of a column ``point``.
    vides : list of str
        Values that mean nothing, besides those that always do.
    dates : list of str
        Forms of the dates (``%d/%m/%Y``), when they cannot be guessed.
    rattachement : list of str
        Columns that make the identifier of the structure whose service the row is.
    """

    titre: Texte
    note: str = ""
    colonnes_absentes: Literal["refuser", "ignorer"] = "refuser"
    signature: Signature | None = None
    fichier: Fichier = Fichier()
    champs: Champs
    axes: Literal["latitude-longitude", "longitude-latitude"] = "latitude-longitude"
    vides: list[str] = []
    dates: list[Texte] = []
    filtres: list[Filtre] = []
    horaires: Horaires | None = None
    services: Services
    rattachement: Textes = []

    def columns(self) -> list[str]:
        """Columns of the file that the mapping reads, each once."""
        names = [name for _, champ in self.champs.named() for name in champ.colonnes]
        names += [name for table in self.services.tables for name in table.colonnes]
        names += [filtre.colonne for filtre in self.filtres]
        names += self.horaires.all_columns() if self.horaires else []
        return list(dict.fromkeys([*names, *self.rattachement]))

    def spoken(self) -> list[str]:
        """Services named by the mapping itself, without those of vocabularies."""
        codes = [*self.services.toujours, *self.services.defaut]
        for table in self.services.tables:
            codes += [code for found in table.valeurs.values() for code in found]
        return list(dict.fromkeys(codes))


def parse(text: str, where: str) -> Correspondance:
    """Read and check the text of a mapping.

    Parameters
    ----------
    text : str
        TOML.
    where : str
        Name of the file, for the messages.

    Raises
    ------
    EtlError
        Naming all that is wrong at once; also when a column may hold personal data.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EtlError(
            f"La correspondance {where} n'est pas un fichier TOML correct : {error}."
        ) from None
    try:
        mapping = Correspondance.model_validate(raw)
    except ValidationError as error:
        problems = "\n".join(f"  - {sentence(e)}" for e in error.errors(include_url=False))
        raise EtlError(f"La correspondance {where} est à corriger :\n{problems}") from None
    refuse_personal_columns(mapping.columns(), where)
    return mapping


def load(path: Path) -> Correspondance:
    """Read and check the file of a mapping.

    Raises
    ------
    EtlError
        If it cannot be read, or is wrong.
    """
    return parse(text_of(path), str(path))


def text_of(path: Path) -> str:
    """Read the text of a mapping.

    Raises
    ------
    EtlError
        If there is no such file, or it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise EtlError(
            f"La correspondance {path} n'existe pas. Vérifiez son chemin, ou faites-la proposer "
            "par « geo-service etl check FICHIER --ecrire CORRESPONDANCE.toml »."
        ) from None
    except OSError as error:
        raise EtlError(
            f"La correspondance {path} ne peut pas être lue : {error.strerror}."
        ) from None
    except UnicodeDecodeError:
        raise EtlError(
            f"La correspondance {path} n'est pas enregistrée en UTF-8. Enregistrez-la de nouveau "
            "dans cet encodage."
        ) from None
