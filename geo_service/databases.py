"""Which database the atlas is in, and how to reach it as its owner, publisher or reader.

Without ``GEO_DATABASE_URL`` it is in the private cluster of the checkout; with it, in a database
somebody else runs: nothing is started or stopped there.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from geo_service import roles
from geo_service.faults import InstallationError
from geo_service.postgresql import EXTENSIONS
from geo_service.private_cluster import PrivateCluster
from geo_service.roles import PUBLISHER, READER
from geo_service.settings import Settings

#: Name of the database in the private cluster.
DATABASE = "atlas"

#: Seconds to wait for a database that somebody else runs.
CONNECT_TIMEOUT = 10

#: Startup options that turn the owner's connection into a reader's, or a publisher's.
_READING = f"-c role={READER} -c default_transaction_read_only=on"
_PUBLISHING = f"-c role={PUBLISHER}"


def is_private(settings: Settings) -> bool:
    """Tell whether the atlas is in the private cluster."""
    return settings.database_url is None and settings.database_read_url is None


def cluster(settings: Settings) -> PrivateCluster:
    """Return the private cluster of these settings, started or not."""
    return PrivateCluster(settings.cluster_dir)


def owner_url(settings: Settings) -> str:
    """Return the libpq URL of who owns the atlas, or may at least load it, without connecting.

    Raises
    ------
    InstallationError
        If only the reader's address is set: this machine then only serves.
    """
    if settings.database_url is not None:
        return settings.database_url
    if settings.database_read_url is not None:
        raise InstallationError(
            "Cette machine ne fait que lire l'atlas : GEO_DATABASE_READ_URL est définie sans "
            "GEO_DATABASE_URL. Définissez aussi GEO_DATABASE_URL pour charger des données."
        )
    return cluster(settings).url(DATABASE)


def reader_url(settings: Settings) -> str:
    """Return the libpq URL of a role that can only read, without connecting.

    It is ``GEO_DATABASE_READ_URL``; else the private cluster's own reading role; else
    ``GEO_DATABASE_URL`` with startup options that take the reading role and refuse to write (a
    connection pooler such as PgBouncer drops these options: set ``GEO_DATABASE_READ_URL`` then).
    """
    if settings.database_read_url is not None:
        return settings.database_read_url
    if settings.database_url is None:
        return cluster(settings).url(DATABASE, READER)
    return _with_options(settings.database_url, _READING)


def publisher_url(settings: Settings) -> str:
    """Return the libpq URL of the role that publishes and can do nothing else, without connecting.

    It is the private cluster's own publishing role; else ``GEO_DATABASE_URL`` with the startup
    option that takes this role.

    Raises
    ------
    InstallationError
        If only the reader's address is set.
    """
    if is_private(settings):
        return cluster(settings).url(DATABASE, PUBLISHER)
    return _with_options(owner_url(settings), _PUBLISHING)


def _with_options(url: str, options: str) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query["options"] = f"{query.get('options', '')} {options}".strip()
    # libpq decodes %20, not the + of web forms.
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


def replica_urls(settings: Settings) -> tuple[str, ...]:
    """Return the libpq URLs of the replicas that the API reads from too.

    Raises
    ------
    InstallationError
        If there are some, and the database they are replicas of is the private cluster: it keeps
        no write-ahead log for others to follow, and listens to no network.
    """
    if settings.database_read_urls and is_private(settings):
        raise InstallationError(
            "GEO_DATABASE_READ_URLS est définie, mais la base privée ne peut pas avoir de "
            "répliques. Définissez aussi GEO_DATABASE_READ_URL (le serveur principal, compte de "
            "lecture), ou supprimez cette variable."
        )
    return settings.database_read_urls


def prepare_owner(settings: Settings) -> str:
    """Make the database ready to be written to: extensions, roles, catalogue, rights.

    The private cluster is started and its database made. A database somebody else runs is reached,
    and given what it lacks if this account owns it; another account finds it prepared.

    Returns
    -------
    str
        :func:`owner_url`.

    Raises
    ------
    InstallationError
        If the database is away, or lacks what this account may not add.
    """
    url = owner_url(settings)
    if is_private(settings):
        _start_private(settings)
        with psycopg.connect(url) as conn:
            prepare_catalogue(conn)
    else:
        _prepare_foreign(url)
    return url


def prepare_publisher(settings: Settings) -> str:
    """Make the database ready as :func:`prepare_owner` does, then leave the owner's rights.

    Returns
    -------
    str
        :func:`publisher_url`.

    Raises
    ------
    InstallationError
        As :func:`prepare_owner`.
    """
    prepare_owner(settings)
    return publisher_url(settings)


def prepare_reader(settings: Settings) -> str:
    """Make the database ready to be read: start the private cluster, trust any other.

    Returns
    -------
    str
        :func:`reader_url`. The database of somebody else may be away: the API starts all the same
        and says so until it is back.
    """
    replica_urls(settings)
    if is_private(settings):
        _start_private(settings)
    return reader_url(settings)


def public_name(url: str) -> str:
    """Name a database by host and name, without user or password, to be shown to people."""
    parts = urlsplit(url)
    host = parts.hostname or dict(parse_qsl(parts.query)).get("host", "localhost")
    return f"{parts.path.strip('/')} sur {host}"


def _start_private(settings: Settings) -> None:
    private = cluster(settings)
    private.start()
    private.ensure_database(DATABASE)


def _prepare_foreign(url: str) -> None:
    name = public_name(url)
    try:
        conn = psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT)
    except psycopg.OperationalError as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise InstallationError(
            f"La base {name} ne répond pas ({reason}). "
            "Vérifiez GEO_DATABASE_URL et que le serveur PostgreSQL est démarré."
        ) from None
    with conn:
        for extension in EXTENSIONS:
            _add_extension(conn, extension, name)
        if roles.is_owner(conn):
            _add_roles(conn, name)
            roles.grant(conn, alone=False)
            prepare_catalogue(conn)
        elif not roles.may_publish(conn):
            raise InstallationError(
                f"La base {name} n'est pas prête pour ce compte, qui n'en est pas propriétaire. "
                "Lancez une fois « geo-service db up » avec le compte qui la possède, puis "
                f'« GRANT {PUBLISHER} TO "{conn.info.user}" ».'
            )


def prepare_catalogue(conn: psycopg.Connection) -> None:
    """Make the catalogue and grant it to both roles, on a connection of the owner."""
    # SQLAlchemy is not imported by a machine that only serves.
    from etl import publication  # noqa: PLC0415

    publication.ensure_catalogue(conn)
    roles.grant_catalogue(conn)


def _add_extension(conn: psycopg.Connection, extension: str, name: str) -> None:
    # The catalogue's schema may bear the name of the account, and would then be the first one.
    command = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(
        sql.Identifier(extension)
    )
    try:
        conn.execute(command)
    except psycopg.errors.InsufficientPrivilege:
        remedy = f"demandez à son administrateur d'y lancer « {command.as_string(conn)} »"
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
        remedy = "installez sur son serveur le paquet « postgresql-15-postgis-3 » (Debian)"
    else:
        return
    raise InstallationError(f"La base {name} n'a pas l'extension « {extension} » : {remedy}.")


def _add_roles(conn: psycopg.Connection, name: str) -> None:
    """Make the roles (which cannot log in here) and let the owner take them."""
    try:
        roles.make(conn)
    except psycopg.errors.InsufficientPrivilege:
        raise InstallationError(
            f"La base {name} n'a pas les rôles de l'atlas : demandez à son administrateur d'y "
            f"lancer « CREATE ROLE {READER} NOLOGIN; CREATE ROLE {PUBLISHER} NOLOGIN; "
            f'GRANT {READER}, {PUBLISHER} TO "{conn.info.user}" » (sans les rôles déjà là).'
        ) from None
