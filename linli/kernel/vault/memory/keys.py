"""The master key, and the data keys that this process has minted ahead.

A process mints keys in blocks: one commit in the key store, then each value takes one
from memory. A key is given out once and never put back, so no two values, and no two
persons, ever share one; what a dead process had left over is never used.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.utils import timezone

from linli.foundation import sql
from linli.foundation.ids import new_id
from linli.foundation.sql import Asked
from linli.kernel.vault.memory.ciphers import Unreadable, opener, seal, unseal
from linli.kernel.vault.models import DataKey, IndexKey

STORE = "keys"
BLOCK = 500
LOW = 100
KEY_BYTES = 32
# A block that is older is thrown away, so that the sweep knows which keys can still be taken.
BLOCK_LIFE = timedelta(hours=1)


class Minted(NamedTuple):
    id: UUID
    secret: bytes


class _Block:
    """The keys minted ahead, good for one process and one key store."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.keys: list[Minted] = []
        self.home: tuple[object, ...] = ()
        self.minted_at: datetime | None = None

    def fit(self, now: datetime) -> list[Minted]:
        """Return the keys that may still be used: none after a fork, in another store, or when old."""
        home = _home()
        old = self.minted_at is None or not timedelta(0) <= now - self.minted_at < BLOCK_LIFE
        if self.home != home or old:
            self.keys, self.home, self.minted_at = [], home, now
        return self.keys


_block = _Block()
_BY_ID = Asked(lambda ids: DataKey.objects.using(STORE).filter(id__in=ids), ids=[UUID(int=1)])
_index_keys: dict[tuple[object, ...], bytes] = {}


def take(count: int, now: datetime) -> list[Minted]:
    """Return ``count`` keys that were never given out before.

    Inside an open transaction of the key store, keys are minted for this call only:
    what may be rolled back is not kept.
    """
    if connections[STORE].in_atomic_block:
        return _mint(count, now)
    with _block.lock:
        keys = _block.fit(now)
        if len(keys) < count:
            keys += _mint(max(count, BLOCK), now)
        return [keys.pop() for _ in range(count)]


def top_up(now: datetime) -> int:
    """Mint ahead if the block runs low; return how many."""
    if connections[STORE].in_atomic_block:
        return 0
    with _block.lock:
        keys = _block.fit(now)
        fresh = _mint(BLOCK, now) if len(keys) < LOW else []
        keys += fresh
    return len(fresh)


def forget_block() -> None:
    """Throw the block away, for example because the key store is another one now."""
    with _block.lock:
        _block.keys.clear()


def secrets_of(ids: list[UUID]) -> dict[UUID, bytes]:
    """Return the data keys that still exist, unwrapped. They are never cached: erased means erased."""
    found = {}
    for key in _BY_ID.every(DataKey, using=STORE, ids=list(ids)) if ids else ():
        found[key.id] = unseal(_master(key.generation), key.wrapped, key.id.bytes)
    return found


def unwrapper() -> Callable[[bytes | memoryview, int, bytes], bytes]:
    """Return what unwraps data keys (wrapped, generation, id) one after the other, the master keys made ready once."""
    openers: dict[int, Callable[[bytes | memoryview, bytes], bytes]] = {}

    def unwrapped(wrapped: bytes | memoryview, generation: int, id: bytes) -> bytes:
        if generation not in openers:
            openers[generation] = opener(_master(generation))
        return openers[generation](wrapped, id)

    return unwrapped


def held_or_minted(wanted: Mapping[str, UUID | None]) -> dict[str, Minted]:
    """Return a key for each name: the one named, where it still exists, else one never used before."""
    ids = [key_id for key_id in wanted.values() if key_id]
    secrets = secrets_of(ids) if ids else {}
    lacking = [name for name, key_id in wanted.items() if key_id not in secrets]
    found = dict(zip(lacking, take(len(lacking), timezone.now()), strict=True))
    found |= {name: Minted(key_id, secrets[key_id]) for name, key_id in wanted.items() if key_id in secrets}
    return found


def index_key() -> bytes:
    """Return the key of the look-up index, made at first need and remembered once it is committed."""
    home = _home()
    if home not in _index_keys:
        secret = _index_key()
        if connections[STORE].in_atomic_block:
            return secret
        _index_keys[home] = secret
    return _index_keys[home]


def _index_key() -> bytes:
    row = IndexKey.objects.using(STORE).filter(name="lookup").first()
    if row is None:
        generation, secret = current_generation(), os.urandom(KEY_BYTES)
        fresh = IndexKey(
            name="lookup", generation=generation, wrapped=seal(_master(generation), secret, b"lookup")
        )
        IndexKey.objects.using(STORE).bulk_create([fresh], ignore_conflicts=True)
        row = IndexKey.objects.using(STORE).get(name="lookup")
    return unseal(_master(row.generation), row.wrapped, b"lookup")


def index_is_whole() -> bool:
    """Is the key of the look-up index there, and does it unwrap as it is stored now?"""
    row = IndexKey.objects.using(STORE).filter(name="lookup").first()
    if row is None:
        return False
    try:
        unseal(_master(row.generation), row.wrapped, b"lookup")
    except Unreadable:
        return False
    return True


def rewrap(wrapped: bytes | memoryview, generation: int, about: bytes) -> bytes:
    """Return a wrapped key under the current master key."""
    return seal(_master(current_generation()), unseal(_master(generation), wrapped, about), about)


def current_generation() -> int:
    return max(_masters())


def _home() -> tuple[object, ...]:
    """This process and its key store: a fork, or another store, must not go on with what was held before."""
    return (os.getpid(), connections[STORE].vendor, str(connections[STORE].settings_dict["NAME"]))


def _mint(count: int, now: datetime) -> list[Minted]:
    generation = current_generation()
    master = _master(generation)
    minted = [Minted(new_id(), os.urandom(KEY_BYTES)) for _ in range(count)]
    rows = [
        DataKey(
            id=key.id, wrapped=seal(master, key.secret, key.id.bytes), generation=generation, minted_at=now
        )
        for key in minted
    ]
    for start in range(0, count, BLOCK):
        sql.insert(*rows[start : start + BLOCK])
    return minted


def _master(generation: int) -> bytes:
    try:
        return _masters()[generation]
    except KeyError as error:
        raise Unreadable(f"Master key generation {generation} is not configured.") from error


def _masters() -> dict[int, bytes]:
    """Read ``MASTER_KEY``: one base64 key of 32 bytes, or ``1:<key>,2:<key>`` while one is being replaced."""
    parts = [part.strip().rpartition(":") for part in settings.MASTER_KEY.split(",") if part.strip()]
    try:
        keys = {
            int(generation or 1): base64.b64decode(key, validate=True) for generation, _colon, key in parts
        }
    except ValueError as error:
        raise ImproperlyConfigured("LINLI_MASTER_KEY cannot be read.") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
        raise ImproperlyConfigured("LINLI_MASTER_KEY must hold keys of 32 bytes in base64.")
    return keys
