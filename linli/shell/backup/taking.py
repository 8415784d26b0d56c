"""Take a backup while the site runs.

Order is what makes it whole. Pictures are written before the row that names them, keys
before what they encrypt, a day's root after its seal. So: first the roots, then the main
database, then the pictures (from which nothing is removed meanwhile), then the keys. The
databases are copied by SQLite's own backup from a connection that can only read: a second
process that writes is what an old SQLite does not bear.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connections
from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import WrongState
from linli.kernel.files.services import store
from linli.shell.backup import manifests, parts, shelf
from linli.shell.backup.drafts import Draft

DEFAULT, KEYS = "default", "keys"
STAGE = ".backup"
ARCHIVE = 4 * 2**30  # bytes of pictures in one part
OURS, UNSAID = "LINLI_", ("KEY", "SECRET", "TEST", "EMBEDDED")
FILES, ROOTS = "files", "roots"

NOT_SQLITE = _(
    "这里用的是 PostgreSQL：请用数据库自己的备份（pgBackRest 或 pg_basebackup 加 WAL 归档），见 docs/operations.md。"
)
IN_MEMORY = _("数据库只在内存里，没有可以备份的文件。")
ELSEWHERE = _("照片不在本机的文件夹里，这个命令备份不了，见 docs/backup.md。")


def take(*, folder: Path, now: datetime) -> Path:
    """Write a copy of the keys and a backup of the data into ``folder``; return where the data is."""
    databases = {alias: source(alias) for alias in (DEFAULT, KEYS)}
    if (media := store.root()) is None:
        raise WrongState(ELSEWHERE)
    media.mkdir(mode=0o700, parents=True, exist_ok=True)
    with shelf.alone(folder), _fresh(databases[DEFAULT].parent) as stage, _fresh(media) as links:
        id = shelf.next_id(folder, now)
        roots = [*_below(Path(settings.ROOTS_FOLDER), ROOTS)] if settings.ROOTS_FOLDER else []
        with store.held(media):
            _copy(databases[DEFAULT], stage / DEFAULT)
            files = [*_linked(media, links)]
        _copy(databases[KEYS], stage / KEYS)
        # The copy of the keys stands before what was encrypted with them does.
        _write_keys(Draft(folder, manifests.KEYS, id, now), stage)
        written = _write_data(Draft(folder, manifests.DATA, id, now), stage, [*roots, *files])
        shelf.tidy(folder, now)
    return written


def source(alias: str) -> Path:
    """Return the file of a database, or say why there is none."""
    if connections[alias].vendor != "sqlite":
        raise WrongState(NOT_SQLITE)
    name = str(connections[alias].settings_dict["NAME"])
    if connections[alias].is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's
        raise WrongState(IN_MEMORY)
    return Path(name)


def reading(file: Path, options: str = "") -> sqlite3.Connection:
    """Open a database that is not written to: no log is folded in either when this is closed."""
    return sqlite3.connect(f"file:{quote(str(file))}?mode=ro{options}", uri=True)


def rows(file: Path) -> dict[str, int]:
    """Count the rows of each table of a copy that nobody writes to."""
    with closing(reading(file, "&immutable=1")) as copy:
        named = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return {name: _count(copy, name) for (name,) in named}


def _count(copy: sqlite3.Connection, table: str) -> int:
    found = copy.execute(f"SELECT count(*) FROM {connections[DEFAULT].ops.quote_name(table)}").fetchone()  # noqa: S608 -- quoted
    return int(found[0])


@contextmanager
def _fresh(folder: Path) -> Iterator[Path]:
    """Give an empty folder below this one, gone afterwards; so is what a dead backup has left there."""
    stage = folder / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o700)
    try:
        yield stage
    finally:
        shutil.rmtree(stage)


def _copy(database: Path, copy: Path) -> None:
    """Copy one state of a database, in one go: writers go on, and are not seen."""
    with (
        closing(reading(database)) as live,
        closing(sqlite3.connect(copy)) as staged,
    ):
        live.backup(staged, pages=-1)


def _below(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Yield each whole file below a folder with the name it has in the backup; none has a dot in front."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for one in sorted(names):
            path = Path(where, one)
            if not one.startswith("."):
                yield f"{name}/{path.relative_to(folder)}", path


def _linked(media: Path, links: Path) -> Iterator[tuple[str, Path]]:
    """Give each picture a second name, so that it stays when it is removed from its first."""
    for number, (name, path) in enumerate(_below(media, FILES)):
        link = links / str(number)
        try:
            link.hardlink_to(path)
        except OSError:  # a file system without second names
            shutil.copyfile(path, link)
        yield name, link


def _write_keys(draft: Draft, stage: Path) -> None:
    draft.add(KEYS, parts.packed(parts.contents(stage / KEYS)))
    draft.finish({KEYS: rows(stage / KEYS)})


def _write_data(draft: Draft, stage: Path, files: list[tuple[str, Path]]) -> Path:
    draft.add(DEFAULT, parts.packed(parts.contents(stage / DEFAULT)))
    for number, group in enumerate(_groups(files), start=1):
        draft.add(f"{FILES}-{number:04}", parts.joined(group))
    return draft.finish({DEFAULT: rows(stage / DEFAULT), FILES: {FILES: len(files)}}, _said())


def _groups(files: list[tuple[str, Path]]) -> Iterator[list[tuple[str, Path]]]:
    """Yield files in groups of about the size of one part."""
    group: list[tuple[str, Path]] = []
    size = 0
    for name, path in files:
        group.append((name, path))
        size += path.stat().st_size
        if size >= ARCHIVE:
            yield group
            group, size = [], 0
    if group:
        yield group


def _said() -> dict[str, str]:
    """The settings of this process that are no secrets."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(OURS) and not any(word in name for word in UNSAID)
    }
