"""Fresh copies of the migrated databases, for tests that commit.

Append-only tables refuse to be emptied, and no trigger is switched off for a test,
so a test that commits gets databases of its own and they are thrown away with it.
Every thread's connection goes to the copy: Django's connections share one settings
dictionary, and only the name in it changes.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from django.db import connections
from psycopg import sql


def keep_template(folder: Path) -> dict[str, str]:
    """Return, per alias, what to copy from: a file on SQLite, a database on PostgreSQL."""
    return {alias: _template(alias, folder) for alias in connections}


@contextmanager
def fresh_copy(templates: dict[str, str], folder: Path) -> Iterator[None]:
    """Point every connection, of this thread and of others, at copies while the block runs."""
    before = {alias: connections[alias] for alias in connections}
    names = {alias: before[alias].settings_dict["NAME"] for alias in before}
    for alias, template in templates.items():
        before[alias].close()
        copy = _copy(alias, template, folder)
        del connections[alias]
        connections.settings[alias]["NAME"] = copy
    try:
        yield
    finally:
        for alias, old in before.items():
            copy = connections.settings[alias]["NAME"]
            connections[alias].close()
            connections.settings[alias]["NAME"] = names[alias]
            connections[alias] = old
            _drop(alias, copy)


def _template(alias: str, folder: Path) -> str:
    connection = connections[alias]
    if connection.vendor == "postgresql":
        return str(connection.settings_dict["NAME"])
    file = folder / f"{alias}.sqlite3"
    connection.ensure_connection()
    with sqlite3.connect(file) as copy:
        connection.connection.backup(copy)
    copy.close()
    return str(file)


def _copy(alias: str, template: str, folder: Path) -> str:
    if connections[alias].vendor == "postgresql":
        name = f"copy_{uuid4().hex}"
        _administer(
            alias,
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)),
        )
        return name
    return shutil.copyfile(template, folder / f"{alias}.sqlite3").as_posix()


def _drop(alias: str, name: str) -> None:
    if connections[alias].vendor == "postgresql":
        _administer(alias, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    else:
        for file in Path(name).parent.glob(f"{Path(name).name}*"):
            file.unlink()


def _administer(alias: str, statement: sql.Composed) -> None:
    settings = connections.settings[alias]
    with psycopg.connect(
        host=settings["HOST"], user=settings["USER"], dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(statement)
