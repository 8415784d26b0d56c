"""Put a backup back: into an empty folder only, after every byte of it has been compared."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from linli.foundation import folders
from linli.foundation.errors import InvalidInput, WrongState
from linli.shell.backup import manifests, parts, shelf
from linli.shell.backup.manifests import Manifest
from linli.shell.backup.taking import DEFAULT, FILES, KEYS, ROOTS, reading, rows, source

STAGE = ".restoring"
SECRETS = "secrets.env"
SETTINGS = "settings.env"

NOT_EMPTY = _("%(folder)s 不是空的。恢复只能恢复到空文件夹里，里面最多放着 secrets.env。")
OTHER_SECRETS = _("%(file)s 和正在用的那一份不一样，请核对用的是哪一处的 secrets.env。")
NO_KEYS = _("%(folder)s 里没有密钥库的副本（keys- 开头的文件夹），恢复了也读不出个人信息。")
OLD_KEYS = _("密钥库的副本 %(keys)s 比数据备份 %(data)s 旧，恢复了会读不出一部分个人信息。")
OTHER_KIND = _("%(folder)s 不是数据备份。")
OTHER_COUNT = _("恢复出来的表 %(table)s 有 %(found)d 行，备份时是 %(said)d 行。")
BROKEN = _("恢复出来的数据库 %(alias)s 没有通过完整性检查。")


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup and the copy of the keys that goes with it, each compared with its manifest."""

    folder: Path
    data: Manifest
    keys_folder: Path
    keys: Manifest


def opened(folder: Path) -> Opened:
    """Compare every byte of a backup and of its keys, or refuse and name the file that is damaged."""
    data = manifests.checked(folder)
    keys_folder = shelf.newest_keys(folder.parent)
    if data.kind != manifests.DATA:
        raise InvalidInput(OTHER_KIND % {"folder": folder})
    if keys_folder is None:
        raise InvalidInput(NO_KEYS % {"folder": folder.parent})
    keys = manifests.checked(keys_folder)
    if keys.kind != manifests.KEYS or keys.taken < data.taken:
        raise InvalidInput(OLD_KEYS % {"keys": keys_folder.name, "data": folder.name})
    return Opened(folder, data, keys_folder, keys)


def restore(*, backup: Path, target: Path, secrets: Path) -> Opened:
    """Write a whole data folder, with these secrets; nothing has its name before all is on the disk."""
    _refuse_unless_empty(target, secrets)
    if not backup.parent.is_dir():
        raise InvalidInput(manifests.NO_BACKUP % {"folder": backup})
    stage = target / STAGE
    with folders.locked(
        backup.parent, shared=True
    ):  # a backup that ends meanwhile would take older keys away
        found = opened(backup)
        stage.mkdir(mode=0o750, parents=True)
        _unpack(found, stage)
    _move_up(stage, target, secrets)
    return found


def _unpack(found: Opened, stage: Path) -> None:
    for name in (FILES, ROOTS):
        (stage / name).mkdir(mode=0o750)
    archives = [part.name for part in found.data.parts if part.name != DEFAULT]
    files = sum(parts.parted(_chunks(found.folder, found.data, name), stage) for name in archives)
    if files != (said := found.data.counts[FILES][FILES]):
        raise InvalidInput(OTHER_COUNT % {"table": FILES, "found": files, "said": said})
    _database(found.keys_folder, found.keys, KEYS, stage)
    _database(found.folder, found.data, DEFAULT, stage)
    lines = [f"{name}={value}\n" for name, value in sorted(found.data.settings.items())]
    parts.save(stage / SETTINGS, ["".join(lines).encode()])


def _refuse_unless_empty(target: Path, secrets: Path) -> None:
    there = {path.name for path in target.iterdir()} if target.exists() else set()
    if there - {SECRETS}:
        raise WrongState(NOT_EMPTY % {"folder": target})
    if there and (target / SECRETS).read_bytes() != secrets.read_bytes():
        raise WrongState(OTHER_SECRETS % {"file": target / SECRETS})


def _chunks(folder: Path, manifest: Manifest, name: str) -> Iterator[bytes]:
    return parts.read(folder / name, manifest.secret(), manifest.about(name))


def _database(folder: Path, manifest: Manifest, alias: str, stage: Path) -> None:
    """Unpack a database; its structure and the rows of every table are compared at once."""
    file = stage / source(alias).name
    parts.save(file, parts.unpacked(_chunks(folder, manifest, alias)))
    with closing(reading(file, "&immutable=1")) as copy:
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise InvalidInput(BROKEN % {"alias": alias})
    found = rows(file)
    for table, said in manifest.counts[alias].items():
        if found.get(table) != said:
            raise InvalidInput(OTHER_COUNT % {"table": table, "found": found.get(table, 0), "said": said})


def _move_up(stage: Path, target: Path, secrets: Path) -> None:
    """Give everything its place; the main database comes last, so that half a folder serves nobody."""
    if not (target / SECRETS).exists():
        parts.save(target / SECRETS, [secrets.read_bytes()])
    os.sync()
    main = source(DEFAULT).name
    for path in sorted(stage.iterdir(), key=lambda path: path.name == main):
        path.rename(target / path.name)
    shutil.rmtree(stage)
    os.sync()
