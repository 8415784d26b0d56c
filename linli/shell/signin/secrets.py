"""The box in which second factors' secrets are kept: Fernet under keys derived from SECRET_KEY."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

SEALED, LISTED = ("secret", "seed"), ("migrated_codes",)  # what allauth has sealed of an authenticator's data


def box() -> MultiFernet:
    """Return the box; what was put in under an older key (SECRET_KEY_FALLBACKS) can still be read."""
    return _box((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def renew(data: dict[str, Any]) -> dict[str, Any]:
    """Return what an authenticator keeps, sealed anew under the key of now.

    Raises ``cryptography.fernet.InvalidToken`` for what none of the keys can read.
    """
    again = lambda text: box().rotate(text.encode()).decode()
    sealed = {name: again(data[name]) for name in SEALED if name in data}
    listed = {name: [again(one) for one in data[name]] for name in LISTED if name in data}
    return data | sealed | listed


@lru_cache(maxsize=2)
def _box(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"linli.signin.second_factor").derive(secret.encode())
    return urlsafe_b64encode(derived)
