"""Where the tile archives of an installation are: apart from the settings, which start faster."""

from __future__ import annotations

from geo_service.faults import InstallationError
from geo_service.secret_files import read_store_keys
from geo_service.settings import Settings
from tiles.errors import TilesError
from tiles.store import ArchiveStore, BucketStore, FolderStore


def archive_store(settings: Settings) -> ArchiveStore:
    """Give the place servers read the tile archives from.

    Parameters
    ----------
    settings
        ``archives_url``, else the state folder.

    Raises
    ------
    InstallationError
        If the object store cannot be used.
    """
    if settings.archives_url is None:
        return FolderStore(settings.publications_dir)
    read_store_keys()
    try:
        return BucketStore(settings.archives_url)
    except TilesError as error:
        raise InstallationError(str(error)) from None
