"""A directory whose files are on the disk when ``save`` returns."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from linli.foundation import folders


class DurableFiles(FileSystemStorage):
    """Writes a whole file under its name or none: partial file, fsync, rename, fsync of the folder.

    A name is written again rather than renamed: names are ours and hold one content each.
    """

    def path(self, name: str) -> str:
        if not self.base_location:
            raise ImproperlyConfigured("MEDIA_ROOT is empty: there is no folder for pictures.")
        return super().path(name)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        self._make_folder(target.parent)
        partial = target.with_name(f".{target.name}.{uuid4().hex}")
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.writelines(content.chunks())
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError:
            partial.unlink(missing_ok=True)  # half a file on a full disk is in the way of everything else
            raise
        folders.fsync(target.parent)
        return name

    def _make_folder(self, folder: Path) -> None:
        """Make the folder and those above it, each name durable in the folder that holds it."""
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        folders.fsync(folder.parent)
