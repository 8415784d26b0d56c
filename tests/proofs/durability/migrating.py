"""``python -m tests.proofs.durability.migrating``: migrate in children that kill themselves.

Reads one order a line, as JSON, and answers each with how it ended:

- ``{"do": "migrate", "folder": …, "die": [name, n]}``: migrate both databases in the folder as
  ``linli serve`` does; kill -9 before the n-th statement or commit of the migration of that name
  ("default cases.0002…"; "before" and "afterwards" for what is outside of them). Counts the
  statements and commits of each, up to the one with which it is done. ``"alias"`` migrates one database alone, ``"executor": "django"``
  with Django's own executor.
- ``{"do": "fill", "folder": …}``: lay out a neighbourhood with cases, and go back to where later
  migrations of cases, vault, files and people had not been done yet.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402 -- after set-up
from django.core.management.commands import migrate  # noqa: E402 -- after set-up
from django.db import connections  # noqa: E402 -- after set-up
from django.db.migrations.executor import MigrationExecutor  # noqa: E402 -- after set-up
from django.db.migrations.loader import MigrationLoader  # noqa: E402 -- after set-up
from PIL import Image  # noqa: E402 -- after set-up

from linli.foundation.management.commands import migrate as ours  # noqa: E402 -- after set-up
from linli.foundation.rules import ANYONE, Actor, Moment  # noqa: E402 -- after set-up
from linli.kernel.cases import services as cases  # noqa: E402 -- after set-up
from linli.kernel.files import services as files  # noqa: E402 -- after set-up
from linli.kernel.journal import jobs  # noqa: E402 -- after set-up
from linli.kernel.vault import services as vault  # noqa: E402 -- after set-up
from tests.proofs.durability.migrated import FILES  # noqa: E402 -- after set-up
from tests.world import TEN, World, a_world  # noqa: E402 -- after set-up

CASES = 12
# As far back as rows are kept: whatever depends on an earlier migration of places would be dropped.
BEFORE = {"cases": "0001_initial", "vault": "0002_append_only", "files": "0001_first", "people": "0001_first"}


class Count:
    """Counts statements and commits by migration; kills this process before one of them."""

    def __init__(self, die: list[Any] | None) -> None:
        self.seen: Counter[str] = Counter()
        self.until: dict[str, int] = {}  # the last point at which a kill leaves the migration undone
        self._committed: set[str] = set()
        self.now, self._die = "before", tuple(die or ())

    def pass_by(self) -> None:
        self.seen[self.now] += 1
        if (self.now, self.seen[self.now]) == self._die:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.pass_by()
        if sql.startswith('INSERT INTO "django_migrations"'):
            self.until[self.now] = self.seen[self.now]
        return execute(sql, params, many, context)

    def committing(self, commit: Callable[[], Any]) -> Callable[[], Any]:
        def counted() -> Any:
            self.pass_by()
            if self.now in self.until and self.now not in self._committed:
                self.until[self.now] = self.seen[self.now]
                self._committed.add(self.now)
            return commit()

        return counted


def watch(count: Count) -> None:
    """Have every statement and commit of this process counted, by the migration it belongs to."""

    def progress(command: Any, action: str, migration: Any = None, *_how: Any) -> None:
        if action == "apply_start":
            count.now = f"{command.alias} {migration.app_label}.{migration.name}"

    def afterwards(*given: Any, **more: Any) -> None:
        count.now = "afterwards"
        tell(*given, **more)

    tell = migrate.emit_post_migrate_signal
    migrate.emit_post_migrate_signal = afterwards
    ours.Command.migration_progress_callback = progress
    for alias in connections:
        connection = connections[alias]
        connection.execute_wrappers.append(count.statement)
        connection._commit = count.committing(connection._commit)


def migrate_all(aliases: list[str]) -> None:
    for alias in aliases:
        ours.Command.alias = alias
        call_command("migrate", database=alias, interactive=False, verbosity=0)


def fill() -> None:
    """Lay out a neighbourhood and cases in several states, through the door; then go back."""
    migrate_all(list(connections))
    world = a_world("default", fresh=True)
    for number in range(CASES):
        a_case(world, number)
    while jobs.follow(TEN, strict=True):
        continue
    for app, name in BEFORE.items():
        call_command("migrate", app, name, interactive=False, verbosity=0)


def a_case(world: World, number: int) -> None:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), (number, 0, 0)).save(content, "PNG")
    photo = files.receive(io.BytesIO(content.getvalue()), actor=ANYONE, now=TEN)
    said = {"text": f"{number}号楼道灯不亮", "contact_phone": "13812345678", "photos": [str(photo.pk)]}
    place = {"place": str(world.building.pk)}
    case = cases.open_case(flow="request", data=said | place, moment=Moment(ANYONE, None, TEN)).case
    if number % 2:
        world.take(case, "sort", "community", sort="public", reason="law")
    vault.read(
        subject_kind="case", subject_id=case.pk, codes=["requests.text"], post_id=None, now=TEN,
        actor=Actor("person", world.people["grid"].pk), purpose="handle_case", task=case.number,
    )  # fmt: skip


def child(order: dict[str, Any]) -> dict[str, int]:
    for alias, file in FILES.items():
        connections.settings[alias]["NAME"] = str(Path(order["folder"]) / file)
    if order["do"] == "fill":
        fill()
        return {}
    if order.get("executor") == "django":
        migrate.MigrationExecutor = MigrationExecutor
    count = Count(order.get("die"))
    watch(count)
    migrate_all([order["alias"]] if "alias" in order else list(connections))
    return count.until | {name: most for name, most in count.seen.items() if name not in count.until}


def obey(order: dict[str, Any]) -> dict[str, Any]:
    """Do it in a child of this process; return how it ended."""
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        ended = 1
        try:
            os.write(writes, json.dumps(child(order)).encode())
            connections.close_all()
            ended = 0
        finally:
            if ended:
                sys.excepthook(*sys.exc_info())
            os._exit(ended)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        said = pipe.read()
    status = os.waitpid(pid, 0)[1]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return {"killed": killed, "ok": status == 0, "counted": json.loads(said) if said else {}}


if __name__ == "__main__":
    MigrationLoader(None)  # every migration is imported once, before children are made
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)
