"""Tracking codes: what a resident without an account holds in hand.

A code is an HMAC of the case's id under a secret of the server: it cannot be
guessed, and it need not be stored. The row keeps a keyed hash of it to be found by.
"""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from django.conf import settings

from linli.foundation.canonical import canonical

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
LENGTH = 12  # 60 bits
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def tracking_code(case_id: UUID) -> str:
    """Return the code, such as ``7K3M-Q2FD-88TA``."""
    number = int.from_bytes(_mac(b"code", case_id.bytes)[:8], "big")
    letters = "".join(ALPHABET[(number >> 5 * n) & 31] for n in range(LENGTH))
    return "-".join(letters[n : n + 4] for n in range(0, LENGTH, 4))


def track_of(code: str) -> str:
    """Return the hash a case is found by; forgiving of case, spaces and look-alike letters."""
    plain = code.upper().translate(_READ_AS)
    return _mac(b"track", plain.encode()[:64]).hex()


def intake_key(caller: str, key: str) -> str:
    """Return the keyed hash of a client's idempotency key, bound to the caller."""
    return _mac(b"key", canonical([caller, key])).hex()


def intake_body(flow: str, data: str) -> str:
    """Return the keyed hash of what was sent under that key."""
    return _mac(b"body", canonical([flow, data])).hex()


def _mac(purpose: bytes, message: bytes) -> bytes:
    secret = settings.TRACKING_SECRET.encode()
    return hmac.new(secret, purpose + b":" + message, hashlib.sha256).digest()
