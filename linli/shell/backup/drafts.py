"""One backup being written: under a name that nobody reads until all of it is on the disk."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from secrets import token_bytes

from linli.foundation import folders
from linli.shell.backup import manifests, parts, shelf
from linli.shell.backup.manifests import Manifest

KEY_BYTES = 32


class Draft:
    """A key of its own, parts one after the other, the manifest last."""

    def __init__(self, folder: Path, kind: str, id: str, now: datetime) -> None:
        self._manifest = Manifest(
            id=id,
            kind=kind,
            taken_at=now.isoformat(),
            key=base64.b64encode(token_bytes(KEY_BYTES)).decode(),
            parts=[],
        )
        name = f"{shelf.KEYS}{id}" if kind == manifests.KEYS else id
        self._folder, self._name = folder / f"{shelf.PARTIAL}{name}", folder / name
        self._folder.mkdir(mode=0o700)

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        manifest = self._manifest
        written = parts.write(self._folder / name, chunks, manifest.secret(), manifest.about(name))
        manifest.parts.append(written)

    def finish(self, counts: dict[str, dict[str, int]], settings: dict[str, str] | None = None) -> Path:
        """Give it its name, and return where it lies."""
        self._manifest.counts.update(counts)
        self._manifest.settings.update(settings or {})
        manifests.write(self._folder, self._manifest)
        folders.fsync(self._folder)
        self._folder.rename(self._name)
        folders.fsync(self._name.parent)
        return self._name
