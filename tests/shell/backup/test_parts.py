"""What passes through the ciphers and the archive comes out as it went in, whatever its length."""

from __future__ import annotations

import io
import os

import pytest

from linli.foundation.errors import InvalidInput
from linli.kernel.vault.memory import ciphers
from linli.shell.backup import parts

KEY = bytes(range(32))
SIZES = [0, 1, 15, 16, 4096, ciphers.CHUNK - 1, ciphers.CHUNK, ciphers.CHUNK + 1, 3 * ciphers.CHUNK + 7]


@pytest.mark.parametrize("cipher", ["AES-GCM", "SM4-GCM"])
@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_as_it_passes_is_unsealed_as_it_was(size, cipher, settings):
    settings.VAULT_CIPHER = cipher
    plain = os.urandom(size)
    sealed = b"".join(ciphers.seal_all(KEY, [plain[:7], plain[7:]], b"about"))

    assert b"".join(ciphers.unseal_all(KEY, io.BytesIO(sealed), b"about")) == plain
    assert len(sealed) == size + 1 + ciphers.NONCE + ciphers.TAG
    assert ciphers.unseal(KEY, sealed, b"about") == plain


@pytest.mark.parametrize(
    ("key", "about", "change"),
    [
        (KEY[::-1], b"about", lambda sealed: sealed),
        (KEY, b"other", lambda sealed: sealed),
        (KEY, b"about", lambda sealed: b"\x09" + sealed[1:]),
        (KEY, b"about", lambda sealed: sealed[:-1]),
        (KEY, b"about", lambda sealed: sealed[:20]),
    ],
    ids=["key", "about", "cipher", "cut", "headless"],
)
def test_what_does_not_belong_together_is_unreadable(key, about, change):
    sealed = b"".join(ciphers.seal_all(KEY, [b"x" * 1000], b"about"))

    with pytest.raises(ciphers.Unreadable):
        list(ciphers.unseal_all(key, io.BytesIO(change(sealed)), about))


def test_long_stretches_of_nothing_are_unpacked_in_pieces():
    plain = bytes(64 * parts.CHUNK)
    packed = list(parts.packed([plain]))
    pieces = list(parts.unpacked(packed))

    assert sum(map(len, packed)) < parts.CHUNK
    assert max(map(len, pieces)) <= parts.CHUNK
    assert b"".join(pieces) == plain


def test_an_archive_gives_back_every_file(tmp_path):
    for name, size in (("empty", 0), ("one", 1), ("block", 512), ("large", parts.CHUNK + 1)):
        (tmp_path / name).write_bytes(os.urandom(size))
    files = [(f"files/served/ab/{path.name}", path) for path in sorted(tmp_path.iterdir())]
    target = tmp_path / "new"
    target.mkdir()

    assert parts.parted(parts.joined(files), target) == 4
    assert [(target / name).read_bytes() == path.read_bytes() for name, path in files] == [True] * 4


def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "x").write_bytes(b"x")

    with pytest.raises(InvalidInput):
        parts.parted(parts.joined([("../y", tmp_path / "x")]), tmp_path / "new")
    assert not (tmp_path / "y").exists()
