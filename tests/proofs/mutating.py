"""Try every wrong of the access functions against the tests that belong to them: ``python -m tests.proofs.mutating``.

The tests are collected and run once in this process, which notes for each which functions it
has called. Then the process is copied (fork) for every wrong: in the copy the code of the
living functions is exchanged, and the tests that call them run until one fails. On SQLite in
memory each copy has the database to itself, as it was. Arguments: where to write what was
found, the group to try (``deciding.GROUPS``), and which of its files (all if none is named).
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.proofs.deciding import FEW, GROUPS
from tests.proofs.mutants import Mutant, mutants_of

ROOT = Path(__file__).parents[2]
AT_ONCE = 2
LONGEST = 120  # seconds that a wrong is given before it counts as found: it goes round for ever
ALIVE, FOUND, NOT_MADE = 0, 1, 250
NOT_HERE = "not (proof or browser or servers or slow or shared)"


@dataclass
class Runner:
    """The plugin: what there is to try, and what was found. ``calls`` names the functions of each test."""

    files: dict[str, FEW]
    results: dict[str, str] = field(default_factory=dict)
    calls: dict[pytest.Item, set[tuple[str, str]]] = field(default_factory=dict)
    lasted: dict[pytest.Item, float] = field(default_factory=dict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = [item for item in session.items if not _commits(item)]
        self._run_once(items)
        living = _living(list(self.files))
        kept = _caches()
        gc.freeze()  # what there is now is looked through by no copy's collector
        lucky: dict[str, list[pytest.Item]] = defaultdict(list)
        under_way: dict[int, tuple[Mutant, list[pytest.Item]]] = {}
        for mutant in wrongs(self.files):
            tests = self._tests_of(mutant, lucky[mutant.file + mutant.function])
            if not tests:
                self.results[mutant.name] = result = "no test calls it"
                print(f"{result}: {mutant.name}", flush=True)
                continue
            if len(under_way) >= AT_ONCE:
                self._wait(under_way, lucky)
            under_way[_copy(mutant, tests, living, kept)] = (mutant, tests)
        while under_way:
            self._wait(under_way, lucky)
        return True

    def _run_once(self, items: list[pytest.Item]) -> None:
        wanted = {str(ROOT / file): file for file in self.files}
        kept = _caches()
        for number, item in enumerate(items):
            _empty(kept)
            called: set[tuple[str, str]] = set()
            began = time.perf_counter()
            with _noting(wanted, called):
                reports = _run(item, items[(number + 1) % len(items)])
            self.lasted[item] = time.perf_counter() - began
            if any(report.failed for report in reports):
                print(f"\nnot used, it fails before anything is wrong: {item.nodeid}")
                continue
            self.calls[item] = called

    def _tests_of(self, mutant: Mutant, lucky: list[pytest.Item]) -> list[pytest.Item]:
        """Return the tests that call the function: those that found another wrong in it first, then the short ones."""
        outer = (mutant.file, mutant.function)
        calling = [item for item, called in self.calls.items() if outer in called]
        return sorted(
            calling, key=lambda item: (lucky.index(item) if item in lucky else 99, self.lasted[item])
        )

    def _wait(self, under_way: dict[int, Any], lucky: dict[str, list[pytest.Item]]) -> None:
        pid, status = os.waitpid(-1, 0)
        mutant, tests = under_way.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        self.results[mutant.name] = result = {ALIVE: "alive", NOT_MADE: "not made"}.get(code, "found")
        if result != "found":
            print(f"{result} at line {mutant.line}: {mutant.name}", flush=True)
        if code >= FOUND and (killer := tests[code - FOUND] if code - FOUND < len(tests) else None):
            others = lucky[mutant.file + mutant.function]
            lucky[mutant.file + mutant.function] = [
                killer,
                *[other for other in others if other is not killer],
            ]


def wrongs(files: dict[str, FEW]) -> Iterator[Mutant]:
    """Give every wrong for the functions that decide in these files."""
    for file, parts in files.items():
        for mutant in mutants_of(ROOT / file, file):
            if not parts or mutant.function.partition(".")[0] in parts:
                yield mutant


def _commits(item: pytest.Item) -> bool:
    return bool({"committed_db", "live_site"} & set(getattr(item, "fixturenames", ())))


def _run(item: pytest.Item, after: pytest.Item) -> list[pytest.TestReport]:
    """Run one test; what belongs to the whole run stays set up for the next."""
    return runtestprotocol(item, log=False, nextitem=after)


class _noting:  # noqa: N801 -- reads as a verb where it is used
    """While it lasts, note which functions of these files are called, by file and name."""

    def __init__(self, wanted: dict[str, str], called: set[tuple[str, str]]) -> None:
        self._wanted, self._called = wanted, called

    def __enter__(self) -> None:
        sys.setprofile(self._note)

    def __exit__(self, *_error: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: Any, event: str, _argument: object) -> None:
        if event == "call" and (file := self._wanted.get(frame.f_code.co_filename)):
            self._called.add((file, _named(frame.f_code)))


def _named(code: CodeType) -> str:
    return code.co_qualname.replace(".<locals>", "")


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _living(files: list[str]) -> dict[str, list[FunctionType]]:
    """Return the functions there are in this process, of each file."""
    for file in files:
        importlib.import_module(file.removesuffix(".py").replace("/", "."))
    there: dict[str, list[FunctionType]] = defaultdict(list)
    for one in gc.get_objects():
        if type(one) is FunctionType:  # to ask a lazy object what it is would be to make it
            there[one.__code__.co_filename].append(one)
    return there


def _caches() -> list[Callable[[], None]]:
    """Return how to empty each thing that keeps what a function has once answered."""
    found: list[Callable[[], None]] = []
    for one in gc.get_objects():
        kind = type(one).__name__  # by name: the models cannot be imported before the run has begun
        if kind in {"Asked", "AskedAs"}:
            found.append(one._made.clear)
        elif kind == "Remembered":
            found.append(functools.partial(setattr, one, "_kept", None))
        elif type(one) is functools._lru_cache_wrapper and one.__module__.startswith("linli"):
            found.append(one.cache_clear)
    return found


def _empty(caches: list[Callable[[], None]]) -> None:
    for empty in caches:
        empty()


def _copy(
    mutant: Mutant,
    tests: list[pytest.Item],
    living: dict[str, list[FunctionType]],
    kept: list[Callable[[], None]],
) -> int:
    """Copy the process; in the copy the wrong is made and the tests run. Return its id.

    The copy ends with 0 if no test has failed, else with the number of the one that did, from 1.
    """
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    answer = NOT_MADE
    try:
        signal.alarm(LONGEST)
        _exchange(mutant, living[str(ROOT / mutant.file)])
        answer = FOUND
        _empty(kept)
        failed = (
            number
            for number, item in enumerate(tests)
            if any(report.failed for report in _run(item, tests[(number + 1) % len(tests)]))
        )
        first = next(failed, None)
        answer = ALIVE if first is None else FOUND + min(first, 200)
    finally:
        os._exit(answer)


def _exchange(mutant: Mutant, living: list[FunctionType]) -> None:
    """Give the living functions the code that they have in the module with the wrong in it."""
    path = str(ROOT / mutant.file)
    first = compile(Path(path).read_text(encoding="utf-8"), path, "exec")
    wrong = compile(mutant.make(), path, "exec")
    by_place = {_place(code): code for code in _codes(wrong)}
    exchanged = 0
    for code in _codes(first):
        instead = by_place.get(_place(code))
        if instead is None or instead == code:
            continue
        for function in living:
            if function.__code__ == code:
                function.__code__ = instead
                exchanged += 1
    if not exchanged:
        raise LookupError(mutant.name)


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def main(where: str, group: str, *only: str) -> int:
    files = GROUPS[group].files
    runner = Runner({file: files[file] for file in only or files})
    there = [str(ROOT / test) for test in GROUPS[group].tests]
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-n", "0", "-m", NOT_HERE, *there], plugins=[runner])
    Path(where).write_text(json.dumps(runner.results, ensure_ascii=False, indent=1), encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
