"""Can what the vault holds be opened at all? For those who watch over the installation; no value is read."""

from __future__ import annotations

from typing import Literal

from django.core.exceptions import ImproperlyConfigured

from linli.kernel.vault.memory import keys
from linli.kernel.vault.memory.ciphers import Unreadable
from linli.kernel.vault.models import DataKey, Record

Trouble = Literal["", "master", "other_master", "empty"]


def key_trouble() -> Trouble:
    """Say what is wrong with the keys.

    ``master``: the master key is not set or cannot be read. ``other_master``: it does not open
    the key store's first and last key. ``empty``: values are there, and not one key.
    """
    try:
        keys.current_generation()
    except ImproperlyConfigured:
        return "master"
    ids = DataKey.objects.using(keys.STORE).order_by("id").values_list("id", flat=True)
    ends = {found for found in (ids.first(), ids.last()) if found}
    if not ends:
        return "empty" if Record.objects.exclude(key_id=None)[:1].exists() else ""
    try:
        keys.secrets_of(list(ends))
    except Unreadable:
        return "other_master"
    return ""
