"""``linli doctor``: what is well, what is wrong, and what to do, in plain words.

It works where the site cannot start: settings are looked at before they are loaded, and nothing is
made that is not there. Ends with 0 if all is well, 1 with warnings, 2 if something is wrong.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import socket
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _

EMBEDDED, SERVERS = "config.settings.embedded", "config.settings.production"
NEEDED = (
    "SECRET_KEY", "LINLI_MASTER_KEY", "LINLI_TRACKING_SECRET", "DATABASE_URL", "KEYS_DATABASE_URL",
    "LINLI_HOSTS", "LINLI_STATIC", "LINLI_MEDIA", "LINLI_ROOTS",
)  # fmt: skip
WELL, WARNED, WRONG = 0, 1, 2
SIGNS = {WELL: "✓", WARNED: "!", WRONG: "✗"}
SECONDS = 5
DATABASE_SECONDS = 2
Said = tuple[str, str]  # what is wrong, and what to do


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: how bad it is, what it is, and what is wrong with what to do about each."""

    how: int
    what: str
    troubles: list[Said] = field(default_factory=list)


def main(words: list[str]) -> int:
    asked = _arguments(words)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", EMBEDDED)
    lines = [_settings()]
    if lines[0].how == WELL:
        lines += _site(asked.address)
    (_as_json if asked.json else _as_text)(lines)
    return max(line.how for line in lines)


def _arguments(words: list[str]) -> Namespace:
    parser = ArgumentParser(prog="linli doctor", description="What is well, what is wrong, and what to do.")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.add_argument("--address", default="127.0.0.1:8000", help="host:port at which the site is served")
    return parser.parse_args(words)


def _settings() -> Line:
    """Look at the settings without loading them where loading would make or replace something; then load them."""
    module = os.environ["DJANGO_SETTINGS_MODULE"]
    lacking = list(_not_there() if module == EMBEDDED else _not_set() if module == SERVERS else ())
    if not lacking:
        try:
            importlib.import_module(module)
            settings.INSTALLED_APPS  # noqa: B018 -- loads them
            _speak_plainly()
        except (ImproperlyConfigured, ImportError, ValueError, OSError) as error:
            _speak_plainly()
            said = _("设置读不懂：%(error)s") % {"error": error}
            lacking = [(said, _("照 docs/settings.md 改好这一项，再运行一次。"))]
    return Line(WRONG if lacking else WELL, _("设置齐全"), lacking)


def _not_there() -> Iterator[Said]:
    """One machine: to load the settings would found a new installation where there is none, or half of one."""
    folder = Path(os.environ.get("LINLI_DATA") or "var").resolve()
    database, secrets = folder / "linli.sqlite3", folder / "secrets.env"
    if database.exists() and secrets.exists():
        return
    _speak_plainly()
    if not database.exists():
        yield (
            _("%(folder)s 里没有数据：这里还没有安装过，或者目录不对。") % {"folder": folder},
            _("第一次安装就运行 linli prepare；装过的，用 LINLI_DATA 指对数据目录。"),
        )
    else:
        yield (
            _("%(file)s 不见了，没有它个人信息读不出来。") % {"file": secrets},
            _("把另外保管的那一份放回来。现在不要启动网站：它会另造一份，旧的数据就对不上了。"),
        )


def _not_set() -> Iterator[Said]:
    for name in (name for name in NEEDED if not os.environ.get(name)):
        _speak_plainly()
        said = _("%(name)s 没有设置。") % {"name": name}
        yield said, _("照 docs/settings.md 写进 /etc/linli/environment 里的文件，再运行一次。")


def _speak_plainly() -> None:
    """Say sentences as they stand in the code: the catalogues need applications that may not load."""
    if settings.configured:
        settings.USE_I18N = False
    else:
        settings.configure(USE_I18N=False)


def _site(address: str) -> Iterator[Line]:
    logging.disable(logging.CRITICAL)  # what is wrong is told below
    _do_not_wait_for_databases()
    try:
        django.setup()
        checks = importlib.import_module("linli.shell.watching.checks")
        machine = importlib.import_module("linli.shell.watching.machine")
        trouble = importlib.import_module("linli.shell.watching.trouble")
    except Exception as error:  # noqa: BLE001 -- whatever it is, the doctor says so and ends
        said = _("程序装不起来：%(kind)s。") % {"kind": type(error).__name__}
        yield Line(WRONG, _("程序能启动"), [(said, _("运行 make setup；还不行就把这一句交给技术人员。"))])
        return
    for found in trouble.ask((*machine.MACHINE, *checks.CHECKS), timezone.now()):
        troubles = [(str(one.sentence), str(one.advice)) for one in found.troubles]
        if not found.was_asked:
            troubles = [(_("没有查：数据库没有应答。"), _("先修好数据库，再运行一次。"))]
        is_wrong = found.is_grave or not found.was_asked
        yield Line(WRONG if is_wrong else WARNED if troubles else WELL, str(found.check.label), troubles)
    yield _port(address)


def _do_not_wait_for_databases() -> None:
    """Have each asked for itself and soon given up on: a pool of connections would try for as long as a site does."""
    for database in settings.DATABASES.values():
        options = database.get("OPTIONS", {})
        if options.pop("pool", None):
            options["connect_timeout"] = DATABASE_SECONDS


def _port(address: str) -> Line:
    """Does the site answer at its address? If not: is the port free for it?"""
    how, troubles = WARNED, []
    try:
        build_opener(ProxyHandler({})).open(f"http://{address}/health", timeout=SECONDS).close()
        how = WELL
    except HTTPError as error:
        how = WRONG
        if "json" in (error.headers.get("Content-Type") or ""):
            troubles = [(_("网站在运行，但是自己说有地方坏了。"), _("照别的几条修。"))]
        else:
            troubles = [(_("占着这个端口的是别的程序。"), _("换一个端口，或者停掉那个程序。"))]
    except (HTTPException, OSError, ValueError):
        if _is_taken(address):
            troubles = [(_("占着这个端口的程序没有应答。"), _("看占用端口的是谁（ss -ltnp）。"))]
        else:
            troubles = [
                (_("网站没有在运行，端口是空的。"), _("运行 linli serve，或者用 --address 说对地址。"))
            ]
    return Line(how, _("网站在 %(address)s 应答") % {"address": address}, troubles)


def _is_taken(address: str) -> bool:
    host, _colon, port = address.rpartition(":")
    with socket.socket() as one:
        one.settimeout(SECONDS)
        return port.isdigit() and one.connect_ex((host, int(port))) == 0


def _as_text(lines: list[Line]) -> None:
    out = [text for line in lines for text in _text(line)]
    wrong, warned = (sum(line.how == how for line in lines) for how in (WRONG, WARNED))
    out.append(
        _("都好。") if not wrong + warned
        else _("坏了 %(wrong)d 处，要留意 %(warned)d 处。") % {"wrong": wrong, "warned": warned}
    )  # fmt: skip
    sys.stdout.write("\n".join(out) + "\n")


def _text(line: Line) -> Iterator[str]:
    yield f"{SIGNS[line.how]} {line.what}"
    for said, do in line.troubles:
        yield f"    {said}"
        yield f"    → {do}"


def _as_json(lines: list[Line]) -> None:
    names = {WELL: "well", WARNED: "warning", WRONG: "wrong"}
    body = {
        "status": names[max(line.how for line in lines)],
        "looked_at": [
            {
                "what": line.what,
                "how": names[line.how],
                "troubles": [{"is": said, "do": do} for said, do in line.troubles],
            }
            for line in lines
        ],
    }
    sys.stdout.write(json.dumps(body, ensure_ascii=False, indent=1) + "\n")
