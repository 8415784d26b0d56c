"""What ``linli doctor`` asks besides: the machine itself, and how the installation is set up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core import checks
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from packaging.requirements import Requirement

from linli.shell.watching.trouble import Check, Trouble

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRESQL = 150_000
APART = timedelta(seconds=2)  # by which the database's clock may differ from this machine's
FOR_OTHERS = 0o007
SECRETS = "secrets.env"
SHOWN = 5  # names in one sentence
NEEDED = ("vendor/base.js", "vendor/base.css", "ui/ui.js")  # of the browser files


def versions(_now: datetime) -> Iterator[Trouble]:
    if sys.version_info < OLDEST_PYTHON:
        yield Trouble(_("Python 太旧，要 3.11 以上。"), _("装 Python 3.11，再运行 make setup。"))
    if other := _not_as_pinned(Path(settings.ROOT, "requirements.lock")):
        yield Trouble(
            _("装的程序库和这一版要的不一样：%(names)s。") % {"names": "、".join(other[:SHOWN])},
            _("运行 make setup，再重新启动。"),
            is_grave=False,
        )


def _not_as_pinned(lock: Path) -> list[str]:
    """Name the libraries that are lacking, or have another version than the lock file's."""
    if not lock.exists():
        return []
    lines = [line.rstrip(" \\") for line in lock.read_text(encoding="utf-8").splitlines()]
    wanted = [Requirement(line) for line in lines if line[:1].isalnum()]
    return [one.name for one in wanted if (not one.marker or one.marker.evaluate()) and not _is_there(one)]


def _is_there(wanted: Requirement) -> bool:
    try:
        return wanted.specifier.contains(metadata.version(wanted.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


def rights(_now: datetime) -> Iterator[Trouble]:
    """Can others on this machine read what is secret, and can we write where we must?"""
    if data := getattr(settings, "DATA", None):
        if Path(data).stat().st_mode & FOR_OTHERS:
            yield Trouble(
                _("这台机器上的其他人能看到数据目录。"), _("运行 chmod o= %(folder)s。") % {"folder": data}
            )
        secrets = Path(data, SECRETS)
        if secrets.exists() and secrets.stat().st_mode & 0o077:
            yield Trouble(_("其他人能读密钥文件。"), _("运行 chmod 600 %(file)s。") % {"file": secrets})
    for name in ("DATA", "MEDIA_ROOT", "ROOTS_FOLDER", "BACKUPS_FOLDER"):
        folder = getattr(settings, name, None)
        if folder and Path(folder).exists() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            yield Trouble(
                _("程序写不进 %(folder)s。") % {"folder": folder},
                _("用运行网站的那个账号来查；把目录的主人改成它（chown）。"),
            )


def time_is_kept(_now: datetime) -> Iterator[Trouble]:
    """Is the machine's clock set by others? Where nobody can tell, nothing is said."""
    if not (program := shutil.which("timedatectl")):
        return
    done = subprocess.run(  # noqa: S603 -- a program of the system, without input
        [program, "show", "--property=NTPSynchronized", "--value"],
        capture_output=True, text=True, timeout=5, check=False,
    )  # fmt: skip
    if done.stdout.strip() == "no":
        yield Trouble(
            _("这台机器没有自动对时，期限会算错。"), _("运行 timedatectl set-ntp true。"), is_grave=False
        )


def zone(_now: datetime) -> Iterator[Trouble]:
    try:
        ZoneInfo(settings.TIME_ZONE)
    except ZoneInfoNotFoundError:
        yield Trouble(_("系统里没有北京时间的时区数据。"), _("运行 make setup，里面带着 tzdata。"))


def static_files(_now: datetime) -> Iterator[Trouble]:
    """Were the browser's files collected, and are they where the list says?"""
    folder = Path(str(settings.STATIC_ROOT))
    try:
        listed = json.loads((folder / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    except (OSError, ValueError, KeyError):
        listed = {}
    if [name for name in NEEDED if name not in listed or not (folder / listed[name]).exists()]:
        yield Trouble(
            _("网页要用的样式和脚本没有收齐，页面会打不开。"),
            _("运行 make setup 和 linli prepare，再重新启动。"),
        )


def set_up(_now: datetime) -> Iterator[Trouble]:
    """What is set so that it cannot stay so."""
    if settings.DEMONSTRATION:
        yield Trouble(
            _("演示模式开着：所有账号和密码都写在网页上。"),
            _("这里有真实数据的话，马上去掉 LINLI_DEMONSTRATION，重新启动。"),
            is_grave=False,
        )
    if not settings.SMS:
        yield Trouble(
            _("没有设置短信网关：验证码和短信发不出去，居民不能登录。"),
            _("设置 LINLI_SMS（见 docs/settings.md）。"),
            is_grave=False,
        )
    for found in checks.run_checks():
        if found.level >= checks.ERROR:
            yield Trouble(
                _("程序自检不通过：%(what)s。") % {"what": found.msg},
                found.hint or _("把这一句交给技术人员。"),
            )


def server(_now: datetime) -> Iterator[Trouble]:
    """PostgreSQL: its version, its zone, its clock."""
    for alias in connections:
        if connections[alias].vendor != "postgresql":
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::int, current_setting('timezone'), clock_timestamp()"
            )
            version, zone_name, at = cursor.fetchone()
        if version < OLDEST_POSTGRESQL:
            yield Trouble(_("PostgreSQL 太旧，要 15 以上。"), _("升级数据库，先做备份。"))
        if zone_name != "UTC":
            yield Trouble(
                _("数据库账号的时区不是 UTC。"),
                _("运行 ALTER ROLE linli SET timezone TO 'UTC'。"),
                is_grave=False,
            )
        if abs(at - timezone.now()) > APART:
            yield Trouble(_("数据库的时钟和这台机器的对不上。"), _("两台机器都打开自动对时。"))


MACHINE = (
    Check("versions", _("程序和程序库的版本"), versions, needs_database=False),
    Check("rights", _("目录和密钥文件的权限"), rights, needs_database=False),
    Check("time", _("自动对时"), time_is_kept, needs_database=False),
    Check("zone", _("时区"), zone, needs_database=False),
    Check("static", _("样式和脚本"), static_files, needs_database=False),
    Check("set_up", _("设置"), set_up, needs_database=False),
    Check("server", _("数据库服务器"), server),
)
