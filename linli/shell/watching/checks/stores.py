"""Databases, disks and keys: can anything be kept here, and read again?"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext_lazy as _

from linli.foundation import disk, sqlite
from linli.kernel.vault.queries import standing as vault
from linli.shell.watching.trouble import Trouble

MIB = 1024 * 1024
SOON = 4  # times the rest that must be free: from there on it is said, and not yet red
IN_VAIN = 1.0  # seconds: a server that is there and refuses is quicker
FOLDERS = ("DATA", "MEDIA_ROOT", "ROOTS_FOLDER", "BACKUPS_FOLDER")
KEYS = {
    "master": (
        _("主密钥没有设置，或者读不懂，个人信息既存不进去也读不出来。"),
        _("把另外保管的 LINLI_MASTER_KEY 原样放回配置里，重新启动。"),
    ),
    "other_master": (
        _("主密钥打不开密钥库：它不是当初用的那一把。"),
        _("换回另外保管的那一把；换过密钥的，新旧两把都要写上（1:旧的,2:新的）。千万不要另造一把。"),
    ),
    "empty": (
        _("密钥库是空的，而个人信息还在：现在读不出来。"),
        _("从备份里恢复密钥库（keys），再重新启动。恢复之前不要清理任何数据。"),
    ),
}
log = structlog.get_logger("linli.health")


def databases(_now: datetime) -> Iterator[Trouble]:
    """Ask each database for something, and read back how SQLite was opened.

    A server that let us wait in vain is not asked for its other database.
    """
    silent: set[tuple[object, object]] = set()
    for alias in connections:
        where = connections[alias].settings_dict
        server = (where["HOST"] or alias, where["PORT"])
        if server in silent:
            yield _does_not_answer(alias)
            continue
        if _file_is_gone(alias):
            yield Trouble(
                _("数据库 %(alias)s 的文件不见了。") % {"alias": alias},
                _("先停下来，不要重新启动：找回文件，或者从备份里恢复（linli restore）。"),
            )
            continue
        begun = time.monotonic()
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
            wrong = sqlite.problems(connections[alias])
        except DatabaseError as error:
            log.error("database", alias=alias, kind=type(error).__name__)
            disk.note(error, _now)
            if time.monotonic() - begun > IN_VAIN:
                silent.add(server)
            yield _does_not_answer(alias)
        else:
            for one in wrong:
                yield Trouble(
                    _("数据库的打开方式不对，断电可能丢东西：%(what)s。") % {"what": one},
                    _("恢复程序自带的数据库设置，重新启动。"),
                )


def _does_not_answer(alias: str) -> Trouble:
    return Trouble(
        _("数据库 %(alias)s 没有应答。") % {"alias": alias},
        _("看数据库是不是在运行，地址和密码对不对，磁盘是不是满了。"),
    )


def _file_is_gone(alias: str) -> bool:
    """Is there a file no longer that is to hold it? To connect would make an empty one in its place."""
    connection = connections[alias]
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]
        return False
    return not Path(str(connection.settings_dict["NAME"])).exists()


def old_sqlite(_now: datetime) -> Iterator[Trouble]:
    """An old SQLite may damage its file when several processes write to it."""
    for said in sqlite.warnings():
        yield Trouble(said, _("只用 linli serve 提供服务；系统升级后会带来新的 SQLite。"), is_grave=False)


def only_writer(_now: datetime) -> Iterator[Trouble]:
    """Asked of a web process alone: was it started by ``linli serve``, which holds the data folder?"""
    if getattr(settings, "DATA", None) and sqlite.is_old() and os.environ.get("LINLI_EMBEDDED") != "1":
        yield Trouble(
            _(
                "这个网站进程不是 linli serve 启动的，没有占住数据目录；SQLite 又太旧，几个进程一起写会损坏数据。"
            ),
            _("停掉它，改用 linli serve 启动。"),
        )


@cache
def _shipped() -> frozenset[tuple[str, str]]:
    """The last migrations of each app, as they lie on the disk."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def migrations(_now: datetime) -> Iterator[Trouble]:
    for alias in connections:
        if _shipped() - set(MigrationRecorder(connections[alias]).applied_migrations()):
            yield Trouble(
                _("数据库 %(alias)s 的结构比程序旧：升级只做了一半。") % {"alias": alias},
                _("运行 linli prepare，再重新启动。"),
            )


def room(_now: datetime) -> Iterator[Trouble]:
    """Is there more free than the rest that must be left (``LINLI_LEAST_FREE``)?"""
    least = settings.LEAST_FREE_MIB
    free = min(free_mib().values(), default=None)
    if free is None or free >= SOON * least:
        return
    yield Trouble(
        _("磁盘快要满了，新的诉求可能存不下。") if free < least else _("磁盘剩得不多了。"),
        _("删掉用不着的文件，或者换大一些的磁盘；数据目录里的东西不要动手删。"),
        is_grave=free < least,
    )


def free_mib() -> dict[str, int]:
    """Return the MiB free where each folder of this installation lies, by the name of its setting."""
    free = {}
    for name in FOLDERS:
        folder = getattr(settings, name, None)
        if folder and Path(folder).exists():
            stat = os.statvfs(folder)
            free[name] = stat.f_bavail * stat.f_frsize // MIB
    return free


def failing_disk(now: datetime) -> Iterator[Trouble]:
    if disk.failed_at(now):
        yield Trouble(
            _("磁盘出过错：一小时内有东西没能写进去或者读出来。"),
            _("马上备份（linli backup），查系统日志和磁盘，必要时换盘；换好以后运行 linli verify。"),
        )


def keys(_now: datetime) -> Iterator[Trouble]:
    if trouble := vault.key_trouble():
        yield Trouble(*KEYS[trouble])
