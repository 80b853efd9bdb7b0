"""Settings of the service, read from ``GEO_…`` environment variables (and ``PORT``)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from geo_service.faults import InstallationError
from geo_service.operations.processors import processors_allowed
from geo_service.operations.settings import OperationSettings
from geo_service.replication import MAX_LAG
from geo_service.secret_files import SecretFiles


def project_root() -> Path:
    """Return the folder the atlas is made in.

    Returns
    -------
    Path
        The nearest folder with an ``atlas.toml``, from the current one upwards; else the checkout
        this module is in; else the current folder (an installed package, away from any atlas).
    """
    current = Path.cwd()
    for folder in (current, *current.parents):
        if (folder / "atlas.toml").is_file():
            return folder
    checkout = Path(__file__).resolve().parents[1]
    return checkout if (checkout / "pyproject.toml").is_file() else current


def _postgresql_url(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        msg = "l'adresse ne se lit pas comme une URL"
        raise ValueError(msg) from None
    if parts.scheme not in {"postgresql", "postgres"}:
        msg = "l'adresse doit commencer par « postgresql:// »"
        raise ValueError(msg)
    if not parts.path.strip("/"):
        msg = "l'adresse doit finir par le nom de la base, par exemple « …/atlas »"
        raise ValueError(msg)
    try:
        conninfo_to_dict(value)
    except ProgrammingError:
        # Its message would show a piece of the address, maybe of the password.
        msg = "l'adresse n'est pas de celles que PostgreSQL accepte"
        raise ValueError(msg) from None
    return value


def _several(value: object) -> object:
    """Split addresses written one after the other; a comma in an address is written %2C."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _archives_url(value: str) -> str:
    if not value.startswith("s3://") or not value.removeprefix("s3://").strip("/"):
        msg = "l'adresse doit être de la forme « s3://seau/dossier »"
        raise ValueError(msg)
    return value


ArchivesUrl = Annotated[str, AfterValidator(_archives_url)]

#: Most processes started when nobody says how many: each holds the tables of the atlas in memory.
_MOST_PROCESSES = 4


def _processors() -> int:
    """Count the processors this process may use; only Linux tells them from the machine's."""
    return min(len(processors_allowed()) or os.cpu_count() or 1, _MOST_PROCESSES)


PostgresqlUrl = Annotated[str, AfterValidator(_postgresql_url)]
# NoDecode: pydantic-settings would otherwise want JSON.
PostgresqlUrls = Annotated[tuple[PostgresqlUrl, ...], NoDecode, BeforeValidator(_several)]


class Settings(OperationSettings):
    """What may differ between two machines that run the same atlas.

    Those of observation and limits are in :class:`OperationSettings`.

    Attributes
    ----------
    database_url
        PostgreSQL URL of the role that owns and publishes the atlas; ``None``: the private cluster.
    database_read_url
        PostgreSQL URL of a role that can only read; ``None``: derived, see
        :mod:`geo_service.databases`.
    database_read_urls
        PostgreSQL URLs of replicas of that database, for the same role; separated by spaces.
    replica_max_lag
        Seconds of lag beyond which a replica is asked only what no other server can answer.
    state_dir
        Folder of everything the project makes: private cluster, downloads, tile archives.
    archives_url
        ``s3://bucket/prefix`` that servers read the tile archives from; ``None``: the state folder.
    config
        ``atlas.toml``: which sources the atlas is made of.
    host, port
        Address the HTTP server listens on. The port is ``GEO_PORT``, else ``PORT``, else 8000.
    workers
        Processes that answer HTTP requests; one for each processor, four at most, by default.
    behind_proxy
        Whether a proxy of ours writes ``Forwarded`` or ``X-Forwarded-Proto`` and
        ``X-Forwarded-Host``: documents then name the address that the public sees.
    log_level
        Least serious level written to the log.
    """

    model_config = SettingsConfigDict(env_prefix="GEO_", env_ignore_empty=True, frozen=True)

    database_url: PostgresqlUrl | None = None
    database_read_url: PostgresqlUrl | None = None
    database_read_urls: PostgresqlUrls = ()
    replica_max_lag: float = Field(default=MAX_LAG, ge=1, le=86_400)
    archives_url: ArchivesUrl | None = None
    state_dir: Path = Field(default_factory=lambda: project_root() / ".atlas")
    config: Path = Field(default_factory=lambda: project_root() / "atlas.toml")
    host: str = "127.0.0.1"
    port: int = Field(
        default=8000, ge=1, le=65535, validation_alias=AliasChoices("GEO_PORT", "PORT", "port")
    )
    workers: int = Field(default_factory=_processors, ge=1, le=64)
    behind_proxy: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read addresses that hold a password from files too (``GEO_…_FILE``)."""
        return init_settings, SecretFiles(settings_cls, "GEO_"), env_settings

    @property
    def cluster_dir(self) -> Path:
        """Folder of the private PostgreSQL cluster."""
        return self.state_dir / "postgres"

    @property
    def downloads_dir(self) -> Path:
        """Folder of the packages downloaded from the registries."""
        return self.state_dir / "telechargements"

    @property
    def publications_dir(self) -> Path:
        """Folder of the tile archives, one folder per publication."""
        return self.state_dir / "publications"


#: pydantic's error types, in the words of the person who set the variable.
_REASONS = {
    "int_parsing": "ce n'est pas un nombre entier",
    "float_parsing": "ce n'est pas un nombre",
    "bool_parsing": "les valeurs admises sont true et false",
    "greater_than_equal": "la valeur doit être au moins {ge}",
    "less_than_equal": "la valeur doit être au plus {le}",
    "literal_error": "les valeurs admises sont {expected}",
    "value_error": "{error}",
}


def _variable(location: str) -> str:
    """Name the environment variable a field was read from; pydantic names the first alias only."""
    if location == "GEO_PORT" and "GEO_PORT" not in os.environ:
        return "PORT"
    return location if location == "GEO_PORT" else f"GEO_{location.upper()}"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Returns
    -------
    Settings
        Validated settings, paths made absolute from the current folder.

    Raises
    ------
    InstallationError
        If a variable has a value that cannot be used; the message names each of them.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        problems = []
        for item in error.errors(include_url=False):
            name = _variable(str(item["loc"][0]))
            reason = _REASONS.get(item["type"], "valeur refusée").format(**item.get("ctx", {}))
            reason = reason.replace(" or ", " ou ")
            # The value of a database URL holds a password: it is never shown.
            value = "" if "URL" in name else f" = « {item['input']} »"
            problems.append(f"{name}{value} : {reason}")
        joined = " ; ".join(problems)
        raise InstallationError(
            f"Réglage refusé. {joined}. Corrigez ou supprimez cette variable d'environnement."
        ) from None
    return settings.model_copy(
        update={"state_dir": settings.state_dir.absolute(), "config": settings.config.absolute()}
    )
