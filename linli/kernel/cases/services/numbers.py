"""Case numbers: leased in blocks, gaps allowed, with a check digit (ISO 7064 mod 11,10)."""

from __future__ import annotations

import threading
from collections import deque

from django.db import connection, transaction
from stdnum.iso7064 import mod_11_10

from linli.kernel.cases.models import NumberBlock

BLOCK = 100
_free: dict[tuple[str, str], deque[int]] = {}
_lock = threading.Lock()


def next_number(county: str) -> str:
    """Return a case number such as ``0603-0000386-4`` that no other case has.

    Outside a transaction a block is leased and kept by the process. Inside one a
    single number is taken, so that a rollback cannot give one out twice.
    """
    if connection.in_atomic_block:
        return _written(county, _lease(county, 1))
    with _lock:
        free = _free.setdefault((str(connection.settings_dict["NAME"]), county), deque())
        if not free:
            first = _lease(county, BLOCK)
            free.extend(range(first, first + BLOCK))
        return _written(county, free.popleft())


@transaction.atomic
def _lease(county: str, count: int) -> int:
    block, _new = NumberBlock.objects.select_for_update().get_or_create(county=county)
    first = block.next_serial
    block.next_serial = first + count
    block.save(update_fields=["next_serial"])
    return first


def _written(county: str, serial: int) -> str:
    digits = f"{county[2:]}{serial:07d}"
    return f"{digits[:-7]}-{digits[-7:]}-{mod_11_10.calc_check_digit(digits)}"
