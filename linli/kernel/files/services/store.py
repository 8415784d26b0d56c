"""Where bytes lie: Django's storage ``files`` (a directory, or S3 by setting); no URL leads into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.core.files.storage import FileSystemStorage, Storage, storages

from linli.foundation import folders

QUARANTINE = "quarantine"


def storage() -> Storage:
    return storages["files"]


def quarantined(id: UUID) -> str:
    """The name of what was received."""
    return f"{QUARANTINE}/{id}"


def folder(id: UUID) -> str:
    """The folder of what is served. A UUIDv7 begins with its time, so its end spreads the folders."""
    return f"served/{id.hex[-2:]}/{id}"


def served(id: UUID, size: str) -> str:
    return f"{folder(id)}/{size}.webp"


def delete_received(id: UUID) -> None:
    """Remove what was received of a picture that needs it no more, or leave that to the sweep."""
    with removing() as may:
        if may:
            storage().delete(quarantined(id))


def delete_served(id: UUID) -> None:
    """Remove all that is served of one picture, whatever an interrupted run left there."""
    where = folder(id)
    try:
        names = storage().listdir(where)[1]
    except FileNotFoundError:
        return
    for name in names:
        storage().delete(f"{where}/{name}")
    storage().delete(where)


def root() -> Path | None:
    """Return the folder of the bytes, None where they lie in a store of another kind."""
    found = storage()
    if isinstance(found, FileSystemStorage) and found.base_location:
        return Path(found.location)
    return None


@contextmanager
def removing() -> Iterator[bool]:
    """May bytes be removed while the block runs? Not while somebody, in any process, holds them."""
    if (folder := root()) is None:
        yield True  # such a store is backed up by its own means
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with folders.locked(folder, shared=True, wait=False) as is_free:
        yield is_free


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Have nothing removed from the folder of the bytes while the block runs; new ones may still come."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with folders.locked(folder):
        yield
