"""Ordering :mod:`migrating` about, and all that two databases hold, to be compared."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from bench import site

FILES = {"default": "linli.sqlite3", "keys": "keys.sqlite3"}
OURS = (
    "cases",
    "figures",
    "files",
    "journal",
    "notices",
    "people",
    "places",
    "rulebook",
    "search",
    "vault",
)
WHEN = "applied"  # of a migration: the one column that may differ


class Migrator:
    """A process that migrates in children of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, do: str, folder: Path, **more: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        folder.mkdir(exist_ok=True)
        self._process.stdin.write(json.dumps({"do": do, "folder": str(folder), **more}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def migrator(folder: Path) -> Iterator[Migrator]:
    """Start one whose secrets and files lie in ``folder/data``."""
    command = [sys.executable, "-m", "tests.proofs.durability.migrating"]
    with (folder / "migrating.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=site.ROOT,
            env=site.embedded(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        yield Migrator(process)
        assert process.stdin is not None
        process.stdin.close()


def held(folder: Path) -> dict[str, Any]:
    """Return every definition and every row of both databases."""
    found: dict[str, Any] = {}
    for alias, file in FILES.items():
        with closing(sqlite3.connect(folder / file)) as connection:
            definitions = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
            found[alias] = connection.execute(definitions).fetchall()
            for table in [name for kind, name, _table, _sql in found[alias] if kind == "table"]:
                found[f"{alias}.{table}"] = _rows(connection, table)
            found[f"{alias} intact"] = connection.execute("PRAGMA integrity_check").fetchall()
            found[f"{alias} strays"] = connection.execute("PRAGMA foreign_key_check").fetchall()
    return found


def _rows(connection: sqlite3.Connection, table: str) -> list[str]:
    columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")') if row[1] != WHEN]
    named = ", ".join(f'"{column}"' for column in columns)
    return sorted(map(repr, connection.execute(f'SELECT {named} FROM "{table}"')))
