"""The register of checks, and how they are run: all on one snapshot, which blocks no writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be: which check, a plain sentence, and where."""

    check: str
    sentence: Any
    where: str = ""


@dataclass(slots=True)
class Report:
    """What checks note beside findings: how many rows they have looked at, and remarks."""

    counts: dict[str, int] = field(default_factory=dict)
    remarks: list[Any] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number


Check = Callable[[Report], Iterator[Finding]]
CHECKS: dict[str, Check] = {}
NONSENSE = _("有一处内容不像是系统写下的，这一项没能核对完。")
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
ENOUGH = 100  # findings of one check: what comes after them tells nothing new


def register(name: str, check: Check) -> None:
    """Have ``check(report)`` run by ``linli verify``; it yields findings and counts what it has seen."""
    CHECKS[name] = check


def run(only: list[str] | None = None) -> Report:
    """Run the checks (or only the named ones) and return what they found."""
    report = Report()
    with snapshot():
        for name, check in CHECKS.items():
            if only is None or name in only:
                _run(name, check, report)
    return report


def _run(name: str, check: Check, report: Report) -> None:
    """Note what a check finds; what cannot be read at all is a finding too, and does not end the others."""
    try:
        report.findings += islice(check(report), ENOUGH)
    except UNREADABLE as error:
        report.findings.append(Finding(name, NONSENSE, type(error).__name__))


@contextmanager
def snapshot() -> Iterator[None]:
    """See one state of the database throughout, while others go on writing."""
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "sqlite":
        connection.ensure_connection()  # the mode is known only then
        mode, connection.transaction_mode = connection.transaction_mode, None  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                yield
        finally:
            connection.transaction_mode = mode  # type: ignore[attr-defined]
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
