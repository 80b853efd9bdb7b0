"""Secrets read from files, as containers and systemd give them, rather than from variables.

A variable is seen by whoever inspects the container or reads ``/proc/…/environ``; a file is seen by
those who may open it. ``GEO_DATABASE_URL_FILE`` names the file of ``GEO_DATABASE_URL``, and so on
for every setting that may hold a password.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from geo_service.faults import InstallationError

#: What the name of a variable ends with when it names a file.
SUFFIX: Final = "_FILE"
#: Bytes of a secret: a list of URLs is far below.
_LARGEST: Final = 16_384
#: Variables of the S3 client that hold a secret; the client itself reads no file.
_KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

_REASONS: Final[dict[type[OSError], str]] = {
    FileNotFoundError: "il n'existe pas",
    IsADirectoryError: "c'est un dossier",
    PermissionError: "ce compte n'a pas le droit de le lire",
}


def secret_of(variable: str) -> str | None:
    """Read the secret that ``{variable}_FILE`` names.

    Parameters
    ----------
    variable
        Name of the variable whose value is in the file.

    Returns
    -------
    str or None
        Its content without the spaces and line ends around it; None if no file is named.

    Raises
    ------
    InstallationError
        If the file cannot be read, is empty or too large, or if the variable itself is set too:
        nobody could tell which of the two is meant.
    """
    named = f"{variable}{SUFFIX}"
    path = os.environ.get(named)
    if not path:
        return None
    if os.environ.get(variable):
        raise InstallationError(
            f"Réglage refusé. {variable} et {named} sont définies toutes deux : gardez l'une."
        )
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST + 1)
        text = content.decode().strip()
    except OSError as error:
        reason = _REASONS.get(type(error), f"{error.strerror}")
        raise InstallationError(
            f"Réglage refusé. Le fichier {path} ({named}) ne se lit pas : {reason}."
        ) from None
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > _LARGEST:
        raise InstallationError(
            f"Réglage refusé. Le fichier {path} ({named}) doit contenir un secret et rien d'autre, "
            f"en texte UTF-8 de {_LARGEST} octets au plus."
        )
    return text


def holds_secret(field: str) -> bool:
    """Tell whether a setting may hold a password: the addresses of databases."""
    return field.startswith("database_")


class SecretFiles(PydanticBaseSettingsSource):
    """Source of the settings whose value is in a file.

    Parameters
    ----------
    settings
        Class of the settings.
    prefix
        What the names of the variables start with.
    """

    def __init__(self, settings: type[BaseSettings], prefix: str) -> None:
        super().__init__(settings)
        self._prefix = prefix

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Give the value of a field, its name, and that it is no JSON."""
        del field
        value = secret_of(f"{self._prefix}{field_name.upper()}")
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Give the values of all fields that have a file."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
            if holds_secret(name)
        }
        return {name: value for name, value in found.items() if value is not None}


def read_store_keys(names: Iterable[str] = _KEYS) -> None:
    """Give the S3 client the keys that are in files, through the variables that it reads.

    They are put in the variables of this process alone: its ``/proc/…/environ`` keeps what it was
    started with.

    Parameters
    ----------
    names
        Variables that the client reads.

    Raises
    ------
    InstallationError
        If a file cannot be used.
    """
    for name in names:
        value = secret_of(name)
        if value is not None:
            os.environ[name] = value
            os.environ.pop(f"{name}{SUFFIX}")
