"""Where bytes lie: Django's storage ``files`` (a directory, or S3 by setting); no URL leads into it."""

from __future__ import annotations

from uuid import UUID

from django.core.files.storage import Storage, storages

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
