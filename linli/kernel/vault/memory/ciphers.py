"""Authenticated encryption, by the cipher that ``settings.VAULT_CIPHER`` names.

What is sealed begins with one byte for the cipher and twelve for the nonce, so that a
setting may change and old values stay readable.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12
TAG = 16
BY_AES, BY_SM = 1, 2
CIPHERS = {"AES-GCM": BY_AES, "SM4-GCM": BY_SM}
CHUNK = 1024 * 1024


class Unreadable(Exception):
    """The key is gone, or value, key and place do not belong together."""


def seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    """Encrypt ``plain`` and bind it to ``about``. ``key`` has 32 bytes."""
    kind = CIPHERS[settings.VAULT_CIPHER]
    nonce = os.urandom(NONCE)
    body = _seal_sm4(key, nonce, plain, about) if kind == BY_SM else AESGCM(key).encrypt(nonce, plain, about)
    return bytes([kind]) + nonce + body


def unseal(key: bytes, sealed: bytes | memoryview, about: bytes) -> bytes:
    """Return what was sealed, or raise :class:`Unreadable`."""
    whole = bytes(sealed)
    kind, nonce, body = whole[:1], whole[1 : 1 + NONCE], whole[1 + NONCE :]
    try:
        if kind == bytes([BY_AES]):
            return AESGCM(key).decrypt(nonce, body, about)
        if kind == bytes([BY_SM]):
            return _unseal_sm4(key, nonce, body, about)
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error
    raise Unreadable


def opener(key: bytes) -> Callable[[bytes | memoryview, bytes], bytes]:
    """Return what :func:`unseal` does under this one key, made ready once for many values."""
    by_aes = AESGCM(key)

    def opened(sealed: bytes | memoryview, about: bytes) -> bytes:
        if sealed[:1] != bytes([BY_AES]):
            return unseal(key, sealed, about)
        try:
            return by_aes.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], about)
        except (InvalidTag, ValueError) as error:
            raise Unreadable from error

    return opened


def seal_all(key: bytes, chunks: Iterable[bytes], about: bytes) -> Iterator[bytes]:
    """Encrypt what is too long for memory, as it passes: one message, laid out as by :func:`seal`.

    GCM takes at most 64 GiB in one message; the library raises ``ValueError`` beyond.
    """
    kind, nonce = CIPHERS[settings.VAULT_CIPHER], os.urandom(NONCE)
    encryptor = Cipher(_algorithm(kind, key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(about)
    yield bytes([kind]) + nonce
    for chunk in chunks:
        yield encryptor.update(chunk)
    yield encryptor.finalize() + encryptor.tag


def unseal_all(key: bytes, file: BinaryIO, about: bytes) -> Iterator[bytes]:
    """Decrypt what :func:`seal_all` wrote. Nothing of it may be believed before the last chunk has come.

    Raises :class:`Unreadable`, at the latest after the last chunk: the tag is compared there.
    """
    left = file.seek(0, os.SEEK_END) - 1 - NONCE - TAG
    if left < 0:
        raise Unreadable
    file.seek(-TAG, os.SEEK_END)
    tag = file.read(TAG)
    file.seek(0)
    try:
        mode = modes.GCM((head := file.read(1 + NONCE))[1:], tag)
        decryptor = Cipher(_algorithm(head[0], key), mode).decryptor()
        decryptor.authenticate_additional_data(about)
        while left:
            chunk = file.read(min(CHUNK, left))
            left -= len(chunk)
            yield decryptor.update(chunk)
        yield decryptor.finalize()
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error


def mac(key: bytes, *parts: str) -> bytes:
    """Return HMAC-SM3 over the parts, which cannot run into each other."""
    maker = hmac.HMAC(key, hashes.SM3())
    for part in parts:
        encoded = part.encode()
        maker.update(len(encoded).to_bytes(4, "big") + encoded)
    return maker.finalize()


def _algorithm(kind: int, key: bytes) -> AES | SM4:
    if kind not in CIPHERS.values():
        raise ValueError("An unknown cipher.")
    return SM4(_sm4_key(key)) if kind == BY_SM else AES(key)


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
