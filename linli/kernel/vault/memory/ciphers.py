"""Authenticated encryption, by the cipher that ``settings.VAULT_CIPHER`` names.

What is sealed begins with one byte for the cipher and twelve for the nonce, so that a
setting may change and old values stay readable.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12
TAG = 16
AES, SM = 1, 2
CIPHERS = {"AES-GCM": AES, "SM4-GCM": SM}


class Unreadable(Exception):
    """The key is gone, or value, key and place do not belong together."""


def seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    """Encrypt ``plain`` and bind it to ``about``. ``key`` has 32 bytes."""
    kind = CIPHERS[settings.VAULT_CIPHER]
    nonce = os.urandom(NONCE)
    body = _seal_sm4(key, nonce, plain, about) if kind == SM else AESGCM(key).encrypt(nonce, plain, about)
    return bytes([kind]) + nonce + body


def unseal(key: bytes, sealed: bytes | memoryview, about: bytes) -> bytes:
    """Return what was sealed, or raise :class:`Unreadable`."""
    whole = bytes(sealed)
    kind, nonce, body = whole[:1], whole[1 : 1 + NONCE], whole[1 + NONCE :]
    try:
        if kind == bytes([AES]):
            return AESGCM(key).decrypt(nonce, body, about)
        if kind == bytes([SM]):
            return _unseal_sm4(key, nonce, body, about)
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error
    raise Unreadable


def mac(key: bytes, *parts: str) -> bytes:
    """Return HMAC-SM3 over the parts, which cannot run into each other."""
    maker = hmac.HMAC(key, hashes.SM3())
    for part in parts:
        encoded = part.encode()
        maker.update(len(encoded).to_bytes(4, "big") + encoded)
    return maker.finalize()


def _seal_sm4(key: bytes, nonce: bytes, plain: bytes, about: bytes) -> bytes:
    encryptor = Cipher(SM4(_sm4_key(key)), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(about)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def _unseal_sm4(key: bytes, nonce: bytes, body: bytes, about: bytes) -> bytes:
    decryptor = Cipher(SM4(_sm4_key(key)), modes.GCM(nonce, body[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(about)
    return decryptor.update(body[:-TAG]) + decryptor.finalize()


def _sm4_key(key: bytes) -> bytes:
    """SM4 takes 16 bytes; derived, so that no key serves two ciphers."""
    return HKDF(algorithm=hashes.SM3(), length=16, salt=None, info=b"linli SM4-GCM").derive(key)
