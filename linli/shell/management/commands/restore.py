"""``linli restore --verify``: put a backup back into an empty folder, and prove that it is whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.errors import DomainError
from linli.shell.backup import restoring, shelf, standing, taking

PREFIX = ".restored-"


class Command(BaseCommand):
    help = "Restore a backup into an empty folder. With --verify and no --to: a drill, gone afterwards."
    requires_system_checks = []  # they would open a connection that may write

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", nargs="?", type=Path, help="a backup (default: the newest)")
        parser.add_argument("--to", type=Path, help="an empty folder; secrets.env may lie in it")
        parser.add_argument("--verify", action="store_true", help="prove that it is whole, and note that")

    def handle(self, *, backup: Path | None, to: Path | None, verify: bool, **_options: Any) -> None:
        if to is None and not verify:
            raise CommandError(_("没有说恢复到哪里：请写 --to 和一个空文件夹；只是演练就写 --verify。"))
        if backup is None and not settings.BACKUPS_FOLDER:
            raise CommandError(_("没有说用哪份备份：请设置 LINLI_BACKUPS，或者在命令后面写上备份的文件夹。"))
        try:
            home = taking.source(taking.DEFAULT).parent
            chosen = (backup or shelf.newest(Path(settings.BACKUPS_FOLDER))).resolve()
            with _target(to, home) as target:
                self._restore(chosen, target, home, verify=verify)
        except DomainError as error:
            raise CommandError(str(error.message)) from error

    def _restore(self, backup: Path, target: Path, home: Path, *, verify: bool) -> None:
        began = time.monotonic()
        found = restoring.restore(backup=backup, target=target, secrets=home / restoring.SECRETS)
        written = time.monotonic() - began
        proof = _asked(target, verify=verify)
        took = time.monotonic() - began
        for line in proof["findings"]:
            self.stdout.write(f"✗ {line}")
        if proof["findings"]:
            raise CommandError(
                _("恢复出来了，但没有通过验证：发现 %(n)d 处问题。") % {"n": len(proof["findings"])}
            )
        if proof["erased"]:
            self.stdout.write(_("备份以后已经删除的 %(n)d 项个人信息没有恢复。") % {"n": proof["erased"]})
        if verify:
            standing.record(
                standing.Proven(
                    backup.name, found.data.taken_at, timezone.now().isoformat(), round(took, 1),
                    {**proof["counts"], "pages": proof["pages"]},
                )
            )  # fmt: skip
        counted = "，".join(f"{what} {number}" for what, number in sorted(proof["counts"].items()))
        said = _("已验证：%(counted)s，页面 %(pages)d。") % {"counted": counted, "pages": proof["pages"]}
        self.stdout.write(said if verify else _("已恢复，还没有验证。"))
        self.stdout.write(
            _("恢复 %(written).1f 秒，连同验证一共 %(took).1f 秒。") % {"written": written, "took": took}
        )


@contextmanager
def _target(to: Path | None, home: Path) -> Iterator[Path]:
    """Give the folder to restore into: the one that was named, or one that goes when the drill is over."""
    if to is not None:
        yield to.resolve()
        return
    for left in home.glob(f"{PREFIX}*"):  # of a drill that was cut off
        shutil.rmtree(left)
    folder = Path(mkdtemp(prefix=PREFIX, dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _asked(target: Path, *, verify: bool) -> dict[str, Any]:
    """Have the restored folder looked at by a process that runs on it, as `linli serve` would."""
    ours = {
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        "LINLI_DATA": str(target),
        "LINLI_VAULT_CIPHER": settings.VAULT_CIPHER,
        "LINLI_LOG_LEVEL": "WARNING",
    }
    if Path(str(settings.STATIC_ROOT), "staticfiles.json").exists():
        ours["LINLI_STATIC"] = str(settings.STATIC_ROOT)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    command = [sys.executable, "-m", "django", "prove_restored", *(["--verify"] if verify else [])]
    done = subprocess.run(  # noqa: S603 -- our own program, arguments of our own making
        command, env={**clean, **ours}, cwd=settings.ROOT, stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        raise CommandError(_("恢复出来的文件夹 %(folder)s 打不开。") % {"folder": target})
    said: dict[str, Any] = json.loads(done.stdout)
    return said
