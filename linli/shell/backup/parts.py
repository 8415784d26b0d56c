"""The files of a backup: packed, encrypted, and each with the SHA-256 of what lies on the disk."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import InvalidInput
from linli.kernel.vault.memory import ciphers

CHUNK = 1024 * 1024
BLOCK = 512  # tar's
FAST = 1  # zlib's level

DAMAGED = _("备份文件 %(file)s 损坏了或者不完整，不能用它恢复。请换一份备份。")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup: its name, its size in bytes, and the SHA-256 (hex) of it as it lies there."""

    name: str
    bytes: int
    sha256: str


def damaged(file: Path) -> InvalidInput:
    return InvalidInput(DAMAGED % {"file": file})


def write(file: Path, chunks: Iterable[bytes], key: bytes, about: bytes) -> Part:
    """Encrypt the chunks into a new file that is on the disk when this returns."""
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        for chunk in ciphers.seal_all(key, chunks, about):
            output.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        output.flush()
        os.fsync(output.fileno())
    return Part(file.name, size, digest.hexdigest())


def check(folder: Path, part: Part) -> None:
    """Refuse a file that is not, byte for byte, what was written."""
    file = folder / part.name
    try:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise damaged(file) from error
    if digest != part.sha256:
        raise damaged(file)


def read(file: Path, key: bytes, about: bytes) -> Iterator[bytes]:
    """Yield what was encrypted. It is to be believed once the last chunk has come without a refusal."""
    try:
        with file.open("rb") as content:
            yield from ciphers.unseal_all(key, content, about)
    except ciphers.Unreadable as error:
        raise damaged(file) from error


def contents(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        while chunk := content.read(CHUNK):
            yield chunk


def packed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(FAST)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack in pieces of bounded size: a database may hold long stretches of nothing."""
    unpacker = zlib.decompressobj()
    for chunk in chunks:
        rest = chunk
        while rest:
            yield unpacker.decompress(rest, CHUNK)
            rest = unpacker.unconsumed_tail
    yield unpacker.flush()


def save(file: Path, chunks: Iterable[bytes]) -> None:
    """Write a new file, readable by its owner only."""
    file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        output.writelines(chunks)
        output.flush()
        os.fsync(output.fileno())


def joined(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """Yield a tar archive of the files, each under the name beside it."""
    for name, path in files:
        head = tarfile.TarInfo(name)
        head.size = path.stat().st_size
        yield head.tobuf()
        yield from contents(path)
        yield bytes(-head.size % BLOCK)
    yield bytes(2 * BLOCK)


def parted(chunks: Iterator[bytes], folder: Path) -> int:
    """Write the files of an archive into the folder; return how many. The archive is read to its end."""
    files = 0
    source = io.BufferedReader(_Chunks(chunks), CHUNK)
    with tarfile.open(fileobj=source, mode="r|") as archive:
        for head in archive:
            target = folder / head.name
            content = archive.extractfile(head)
            if content is None or not target.resolve().is_relative_to(folder.resolve()):
                raise InvalidInput(DAMAGED % {"file": head.name})
            save(target, iter(lambda content=content: content.read(CHUNK), b""))  # type: ignore[misc]
            files += 1
    for _rest in chunks:  # what proves the archive whole comes last
        continue
    return files


class _Chunks(io.RawIOBase):
    """A file to read from, whose bytes come from an iterator."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            if (chunk := next(self._chunks, None)) is None:
                return 0
            self._rest = chunk
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
