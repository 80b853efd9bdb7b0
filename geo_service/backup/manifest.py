"""What a backup says of itself: read before anything of it is believed."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

#: Grows when a backup can no longer be read by the code of before.
FORMAT_VERSION: Literal[1] = 1

#: Folders of a backup, and what is in them.
ATLAS = "atlas"  # the folder of atlas.toml, as it must be for the sources to be found again
ORIGINAL = "origine/atlas.toml"  # atlas.toml as it was
DOWNLOADS = "telechargements"
REPORTS = "rapports"  # one folder a publication
CATALOGUE = "catalogue"
TABLES = "publication/tables"
ARCHIVES = "publication/fichiers"

_FOLDERS = (ATLAS, DOWNLOADS, REPORTS, CATALOGUE, TABLES, ARCHIVES)
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_LONGEST = 255  # bytes of one name, on the file systems of Linux


def safe_name(name: str) -> str:
    """Return the name of a member if it can only lie inside the folder it is unpacked in.

    Raises
    ------
    ValueError
        If it is absolute, goes up, is not in its plainest form, or holds what no name should.
    """
    parts = PurePosixPath(name).parts
    if (
        not parts
        or name != "/".join(parts)
        or name.startswith("/")
        or ".." in parts
        or _FORBIDDEN.search(name)
        or any(len(part.encode()) > _LONGEST for part in parts)
    ):
        msg = "nom de fichier refusé"
        raise ValueError(msg)
    if name != ORIGINAL and not name.startswith(tuple(f"{folder}/" for folder in _FOLDERS)):
        msg = "dossier inconnu"
        raise ValueError(msg)
    return name


Name = Annotated[str, AfterValidator(safe_name)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PublicationId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(_Model):
    """One file of the backup.

    Attributes
    ----------
    sha256
        Of its content.
    octets
        Bytes of its content.
    """

    sha256: Sha256
    octets: int = Field(ge=0)


class SavedTable(_Model):
    """The rows of one table.

    Attributes
    ----------
    nom
        Name of the table, without its schema.
    colonnes
        Columns, in the order of the rows.
    lignes
        How many rows.
    """

    nom: str = Field(pattern=r"^[a-z_]{1,63}$")
    colonnes: list[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,63}$")]] = Field(min_length=1)
    lignes: int = Field(ge=0)


class SavedPublication(_Model):
    """The publication that was on line.

    Attributes
    ----------
    id
        Its identifier.
    millesime
        Year of the COG.
    tables
        Its tables; empty when the backup does not hold them.
    """

    id: PublicationId
    millesime: int
    tables: list[SavedTable] = []


class Manifest(_Model):
    """Everything that a restoration must know before it begins.

    Attributes
    ----------
    nature, version
        That it is a backup of the atlas, and of which form.
    faite_le
        When the backup was made.
    logiciel, code
        Version of the software; fingerprint of the code that decides what a publication holds.
    postgresql
        Major version of the database the rows came from.
    publication
        The one on line; None without any.
    historique
        Tables of the rates of all publications.
    publications
        Rows of the catalogue, as JSON objects.
    fichiers
        Every other member, by name.
    """

    nature: Literal["sauvegarde de l’atlas de l’internet citoyen"]
    version: Literal[1]
    faite_le: dt.datetime
    logiciel: str
    code: Sha256
    postgresql: int
    publication: SavedPublication | None
    historique: list[SavedTable]
    publications: list[dict[str, Any]]
    fichiers: dict[Name, Member]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Every table has its rows among the members."""
        wanted = {f"{CATALOGUE}/{table.nom}" for table in self.historique}
        if self.publication is not None:
            wanted |= {f"{TABLES}/{table.nom}" for table in self.publication.tables}
        wanted |= {f"{ATLAS}/atlas.toml", ORIGINAL}
        if not wanted <= set(self.fichiers):
            msg = "il manque des fichiers annoncés"
            raise ValueError(msg)
        return self

    def under(self, folder: str) -> dict[str, Member]:
        """Members of one folder, by their name inside it."""
        start = f"{folder}/"
        return {
            name.removeprefix(start): member
            for name, member in self.fichiers.items()
            if name.startswith(start)
        }


NATURE: Literal["sauvegarde de l’atlas de l’internet citoyen"] = (
    "sauvegarde de l’atlas de l’internet citoyen"
)
