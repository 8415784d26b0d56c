"""Checks that the record is whole. ``linli verify`` runs all that are registered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be: which check, a plain sentence, and where."""

    check: str
    sentence: Any
    where: str = ""


@dataclass(slots=True)
class Report:
    """What a check may note beside findings: how many rows it has looked at, and remarks."""

    counts: dict[str, int] = field(default_factory=dict)
    remarks: list[Any] = field(default_factory=list)


Check = Callable[[Report], Iterator[Finding]]
CHECKS: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    CHECKS[name] = check
