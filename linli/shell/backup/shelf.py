"""The folder in which backups lie: which there are, which to keep, one hand at a time.

``<id>/`` is a backup of the data, ``keys-<id>/`` a copy of the vault's key store. An id is the
time (UTC), so that names are in order.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from linli.foundation import folders, sqlite
from linli.foundation.errors import InvalidInput, WrongState
from linli.shell.backup import manifests

TIME = "%Y%m%dT%H%M%S.%fZ"
# What was erased is gone from backups after this. The vault keeps unused keys for longer: no backup needs one.
KEPT_FOR = timedelta(days=35)
KEYS = "keys-"
PARTIAL = ".partial-"

BUSY = _("%(folder)s 里正在做另一份备份，请等它做完。")
NONE = _("%(folder)s 里还没有备份。")
CLOCK = _("本机的时间比上一份备份 %(name)s 还早。请先对准时间，再做备份。")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; what an interrupted backup has left is cleared away."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with sqlite.only_writer(folder):
            for left in folder.glob(f"{PARTIAL}*"):
                shutil.rmtree(left)
            yield
    except sqlite.SecondWriter as error:
        raise WrongState(BUSY % {"folder": folder}) from error


def next_id(folder: Path, now: datetime) -> str:
    """Return the id of a backup made now; it must come after all that are there."""
    id = f"{now.astimezone(UTC):{TIME}}"
    there = sorted(
        path.name.removeprefix(KEYS) for path in folder.glob("*2*") if (path / manifests.FILE).exists()
    )
    if there and there[-1] >= id:
        raise WrongState(CLOCK % {"name": there[-1]})
    return id


def backups(folder: Path) -> list[Path]:
    """Return the backups of the data, oldest first."""
    return sorted(path.parent for path in folder.glob(f"2*/{manifests.FILE}"))


def newest(folder: Path) -> Path:
    if not (found := backups(folder)):
        raise InvalidInput(NONE % {"folder": folder})
    return found[-1]


def newest_keys(folder: Path) -> Path | None:
    found = sorted(path.parent for path in folder.glob(f"{KEYS}2*/{manifests.FILE}"))
    return found[-1] if found else None


def tidy(folder: Path, now: datetime) -> int:
    """Keep the last copy of the keys alone, and backups of the last 35 days; return how many went.

    A key destroyed since is in no copy any more: what it encrypts cannot be read from any backup.
    While somebody restores, nothing goes: it will the next time.
    """
    with folders.locked(folder, wait=False) as may:
        return _tidy(folder, now) if may else 0


def _tidy(folder: Path, now: datetime) -> int:
    last = newest_keys(folder)
    old = [path for path in folder.glob(f"{KEYS}2*") if path != last]
    old += [path for path in backups(folder)[:-1] if now - _taken(path) > KEPT_FOR]
    for path in old:
        shutil.rmtree(path)
    return len(old)


def _taken(path: Path) -> datetime:
    return datetime.strptime(path.name, TIME).replace(tzinfo=UTC)
