"""What a backup says of itself. Sealed under the installation's backup key, which is in no backup."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import InvalidInput
from linli.kernel.vault.memory import ciphers
from linli.shell.backup import parts

FILE = "manifest"
HEAD = b"linli-backup 1 "
DATA, KEYS = "data", "keys"

NO_BACKUP = _("%(folder)s 里没有备份。")
WRONG_KEY = _(
    "打不开 %(file)s：密钥（secrets.env 里的 LINLI_BACKUP_KEY）不是做这份备份时的那一把，或者这个文件损坏了。"
)
NO_KEY = _("没有备份密钥：请在 secrets.env 里放好 LINLI_BACKUP_KEY。")


@dataclass(frozen=True, slots=True)
class Manifest:
    """``key`` (base64) encrypts the parts; ``counts`` has the rows of each table, by database.

    ``taken_at`` is when the databases were copied; ``settings`` are those of the
    installation that are no secrets, so that whoever restores knows them.
    """

    id: str
    kind: str
    taken_at: str
    key: str
    parts: list[parts.Part]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def taken(self) -> datetime:
        return datetime.fromisoformat(self.taken_at)

    def secret(self) -> bytes:
        return base64.b64decode(self.key)

    def about(self, part: str) -> bytes:
        """Bind a part to this backup: exchanged for that of another, it cannot be opened."""
        return f"{self.id} {part}".encode()


def write(folder: Path, manifest: Manifest) -> None:
    head = HEAD + manifest.id.encode() + b"\n"
    sealed = ciphers.seal(_key(), json.dumps(asdict(manifest)).encode(), head)
    parts.save(folder / FILE, [head, sealed])


def read(folder: Path) -> Manifest:
    """Open the manifest, or refuse with one sentence: none there, the wrong key, a damaged file."""
    file = folder / FILE
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidInput(NO_BACKUP % {"folder": folder}) from error
    head, _newline, sealed = content.partition(b"\n")
    if not head.startswith(HEAD):
        raise parts.damaged(file)
    try:
        plain = ciphers.unseal(_key(), sealed, head + b"\n")
    except ciphers.Unreadable as error:
        raise InvalidInput(WRONG_KEY % {"file": file}) from error
    said = json.loads(plain)
    return Manifest(**{**said, "parts": [parts.Part(**part) for part in said["parts"]]})


def checked(folder: Path) -> Manifest:
    """Open the manifest and compare every part with it."""
    manifest = read(folder)
    for part in manifest.parts:
        parts.check(folder, part)
    return manifest


def _key() -> bytes:
    key = base64.b64decode(settings.BACKUP_KEY)
    if len(key) != 32:
        raise InvalidInput(NO_KEY)
    return key
