"""Folders: held by one process, and on the disk."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(folder: Path, *, shared: bool = False, wait: bool = True) -> Iterator[bool]:
    """Hold a folder's lock, alone or with others who share it; give whether it is held.

    It is not only where ``wait`` is false and somebody else, in any process or thread,
    holds it. The lock goes with the process, however it ends, and binds those who ask.
    """
    how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield _taken(handle, how if wait else how | fcntl.LOCK_NB)
    finally:
        os.close(handle)


def fsync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _taken(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how)
    except BlockingIOError:
        return False
    return True
