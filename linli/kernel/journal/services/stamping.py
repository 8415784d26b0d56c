"""Telling every process that something it remembers has changed."""

from __future__ import annotations

import secrets

from django.db import connection, transaction

from linli.kernel.journal import memory
from linli.kernel.journal.models import Stamp


def bump(stamp: str) -> None:
    """Make every process load anew what it keeps under ``stamp``; call it before changing the data."""
    if not connection.in_atomic_block:
        raise RuntimeError("A stamp moves inside the transaction of the change.")
    version = secrets.randbits(62)
    Stamp.objects.bulk_create(
        [Stamp(name=stamp, version=version)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["version"],
    )
    memory.note(stamp, version)
    transaction.on_commit(lambda: memory.forget(stamp))
