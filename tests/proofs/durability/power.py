"""A power cut as SQLite's files see it: what was written and not synced may be gone, in any order.

:func:`record` runs transactions through a VFS of apsw's that writes down every write,
truncation, sync and deletion, and when a commit was acknowledged. :func:`cuts` goes
through that record and lays out, for any point in it, a folder as the disk would have
it after the power had gone at that point. Writes are kept or dropped whole.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

NAME = "cut.db"
PAGES_TO_CHECKPOINT = 50  # far fewer than shipped, so that many cuts fall into a checkpoint
TABLES = """
CREATE TABLE matter (id INTEGER PRIMARY KEY, number TEXT UNIQUE, said TEXT);
CREATE TABLE event (id INTEGER PRIMARY KEY, matter INTEGER REFERENCES matter (id), digest BLOB);
CREATE TABLE record (id INTEGER PRIMARY KEY, matter INTEGER REFERENCES matter (id), cipher BLOB);
CREATE INDEX event_matter ON event (matter)
"""
EVENTS = 2  # of each matter, written in the same transaction


@dataclass
class Trace:
    """What happened to the files, in order: (what, file, …); and after how many of it each commit was acknowledged."""

    operations: list[tuple[Any, ...]] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    first: int = 0  # operations before the first transaction

    def acknowledged_by(self, point: int) -> int:
        """Return how many commits had been acknowledged before the operation at ``point``."""
        return bisect_right(self.acknowledged, point)

    def checkpoints(self) -> int:
        return sum(operation == ("sync", NAME) for operation in self.operations[self.first :])


class _Recorder(apsw.VFS):
    """The system's own VFS, and a trace of what goes through it."""

    def __init__(self, name: str, trace: Trace) -> None:
        super().__init__(name, "")
        self._trace = trace

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 -- apsw's name
        return _Recorded(name, flags, self._trace)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 -- apsw's name
        self._trace.operations.append(("delete", Path(filename).name))
        super().xDelete(filename, syncdir)


class _Recorded(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], trace: Trace) -> None:
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "temporary").name
        self._trace = trace
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 -- apsw's name
        self._trace.operations.append(("write", self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 -- apsw's name
        self._trace.operations.append(("truncate", self._name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 -- apsw's name
        self._trace.operations.append(("sync", self._name))
        super().xSync(flags)


def record(folder: Path, pragmas: Mapping[str, object], transactions: int) -> Trace:
    """Commit so many transactions under these pragmas; return what the disk was asked for."""
    folder.mkdir()
    trace = Trace()
    recorder = _Recorder(folder.name, trace)
    connection = apsw.Connection(str(folder / NAME), vfs=folder.name)
    # A VFS written in Python has no shared memory; with it or without, the log is written and synced alike.
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name}={value}")
        assert str(connection.pragma(name)) == str(value), f"{name} was not taken"
    connection.pragma("wal_autocheckpoint", PAGES_TO_CHECKPOINT)
    connection.execute(TABLES)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the tables themselves are not at stake
    trace.first = len(trace.operations)
    for number in range(1, transactions + 1):
        _commit(connection, number)
        trace.acknowledged.append(len(trace.operations))
    kept = Trace(list(trace.operations), trace.acknowledged, trace.first)  # closing writes too
    connection.close()
    recorder.unregister()
    return kept


def _commit(connection: apsw.Connection, number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO matter VALUES (?, ?, ?)", (number, f"0603-{number:07d}", "灯不亮" * 60))
    for _event in range(EVENTS):
        connection.execute("INSERT INTO event (matter, digest) VALUES (?, ?)", (number, bytes(32)))
    connection.execute("INSERT INTO record (matter, cipher) VALUES (?, ?)", (number, bytes(200)))
    connection.execute("COMMIT")


def cuts(trace: Trace, points: Iterable[int], chance: random.Random, folder: Path) -> Iterator[int]:
    """For each point, in order, lay out the folder after a power cut before that operation; yield the point."""
    durable: dict[str, bytearray] = {}
    pending: dict[str, list[tuple[Any, ...]]] = {}
    done = 0
    folder.mkdir()
    for point in sorted(points):
        for operation in trace.operations[done:point]:
            _happen(operation, durable, pending)
        done = point
        _lay_out(folder, durable, pending, chance)
        yield point


def _happen(
    operation: tuple[Any, ...], durable: dict[str, bytearray], pending: dict[str, list[tuple[Any, ...]]]
) -> None:
    what, name = operation[:2]
    if what == "sync":
        for earlier in pending.pop(name, []):
            _apply(earlier, durable.setdefault(name, bytearray()))
    elif what == "delete":
        durable.pop(name, None)
        pending.pop(name, None)
    else:
        pending.setdefault(name, []).append(operation)


def _apply(operation: tuple[Any, ...], content: bytearray) -> None:
    if operation[0] == "truncate":
        del content[operation[2] :]
        return
    offset, data = operation[2:]
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


def _lay_out(
    folder: Path,
    durable: Mapping[str, bytearray],
    pending: Mapping[str, list[tuple[Any, ...]]],
    chance: random.Random,
) -> None:
    """Write the files: what was synced, and of the rest nothing or a random part."""
    for file in folder.iterdir():
        file.unlink()
    for name in durable.keys() | pending.keys():
        content = bytearray(durable.get(name, b""))
        luck = chance.choice((0.0, 0.5))
        for operation in pending.get(name, []):
            if chance.random() < luck:
                _apply(operation, content)
        (folder / name).write_bytes(content)


@dataclass(frozen=True, slots=True)
class Found:
    """What is there after a cut: matters in order, and what is wrong with the database."""

    matters: int
    wrong: str


def found(folder: Path) -> Found:
    """Open what the cut left, as the next start does, and look through it."""
    connection = None
    try:
        connection = apsw.Connection(str(folder / NAME))
        wrong = connection.pragma("integrity_check")
        matters = [row[0] for row in connection.execute("SELECT id FROM matter ORDER BY id")]
        halves = connection.execute(
            "SELECT count(*) FROM matter WHERE (SELECT count(*) FROM event WHERE matter = matter.id) <> ?"
            " OR (SELECT count(*) FROM record WHERE matter = matter.id) <> 1",
            (EVENTS,),
        ).fetchone()[0]
        strays = connection.execute(
            "SELECT count(*) FROM event WHERE matter > ?", (len(matters),)
        ).fetchone()[0]
    except apsw.Error as error:
        return Found(0, f"{type(error).__name__}: {error}")
    finally:
        if connection is not None:
            connection.close()
    if matters != list(range(1, len(matters) + 1)):
        wrong = "a matter is missing before a later one"
    elif halves or strays:
        wrong = f"half a transaction: {halves} and {strays}"
    return Found(len(matters), "" if wrong == "ok" else str(wrong))
