"""The secrets of an embedded installation: made on its first start, kept in one file.

A server installation has no such file; its secrets come from the environment.
"""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import suppress
from pathlib import Path

from linli.foundation import folders

# Random bytes in each. Django asks for more than 50 characters, the vault for exactly 32 bytes.
SECRETS = {"SECRET_KEY": 48, "LINLI_MASTER_KEY": 32, "LINLI_TRACKING_SECRET": 32, "LINLI_BACKUP_KEY": 32}
# Older installations have none: they get one, since nothing can have been encrypted with it.
OLDER = "SECRET_KEY_FALLBACKS"
ADDED_LATER = ("LINLI_BACKUP_KEY",)


def load(file: Path) -> dict[str, str]:
    """Return the secrets in the file, making it first if it is not there.

    Raises ``ValueError`` if others may read it or if one is missing: guessing
    or replacing a key would make what was encrypted with it unreadable.
    """
    if not file.exists():
        _make(file)
    if file.stat().st_mode & 0o077:
        raise ValueError(f"Others can read {file}. Run: chmod 600 {file}")
    found = _read(file)
    if [name for name in SECRETS if not found.get(name)] == list(ADDED_LATER):
        found = _add_later(file)
    if missing := [name for name in SECRETS if not found.get(name)]:
        raise ValueError(f"{file} lacks {', '.join(missing)}. Put back the copy that was kept apart.")
    return found


def older(found: dict[str, str]) -> list[str]:
    """Return what was ``SECRET_KEY`` before, newest first: somebody has put it there, in a line of its own."""
    return [word for part in found.get(OLDER, "").split(",") if (word := part.strip())]


def _read(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="ascii").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _add_later(file: Path) -> dict[str, str]:
    """Add what an older installation lacks, once: who comes second finds what the first has added."""
    with folders.locked(file.parent):
        found = _read(file)
        lacking = [name for name in ADDED_LATER if not found.get(name)]
        if lacking:
            text = file.read_text(encoding="ascii").rstrip("\n") + "\n"
            added = "".join(f"{name}={_secret(SECRETS[name])}\n" for name in lacking)
            _draft(file, text + added).replace(file)
        return _read(file)


def _make(file: Path) -> None:
    """Write the file whole and durable, or not at all; never over an existing one."""
    lines = ["# Back this file up, apart from the data. Without it, personal data cannot be read again."]
    lines += [f"{name}={_secret(size)}" for name, size in SECRETS.items()]
    draft = _draft(file, "\n".join(lines) + "\n")
    with suppress(FileExistsError):  # another process was faster: its secrets count
        os.link(draft, file)
    draft.unlink()


def _draft(file: Path, text: str) -> Path:
    """Write the text beside the file, readable by its owner only, and return where."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
    ) as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    return draft


def _secret(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode("ascii")
