"""Declaring personal data. What is not declared here cannot be put into the vault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from linli.kernel.vault.choices import CHILD, GENERAL, SENSITIVE, Klass, Purpose, Who

__all__ = ["CHILD", "COLUMNS", "FIELDS", "GENERAL", "PLAIN", "SENSITIVE"]
__all__ += ["Personal", "column", "not_personal", "personal"]


@dataclass(frozen=True, slots=True)
class Personal:
    """What is known of a kind of personal value.

    code       ``<module>.<field>``, stored with every value
    label      what people call it
    klass      general, sensitive or of a child
    purposes   why it may be opened
    mask       what is shown instead: ``mask(value) -> str``
    retention  how long it is kept after its matter is closed
    basis      the legal basis
    lookup     normalises a value for exact search, or None: not searchable
    identifies names or reaches the person: goes first where the rest has to stay for a while
    who        who sees it at all
    """

    code: str
    label: Any
    klass: Klass
    purposes: tuple[Purpose, ...]
    mask: Callable[[str], str]
    retention: timedelta
    basis: str
    lookup: Callable[[str], str] | None = None
    identifies: bool = False
    who: tuple[Who, ...] = ()


FIELDS: dict[str, Personal] = {}
COLUMNS: dict[tuple[str, str], Personal] = {}
PLAIN: dict[tuple[str, str], str] = {}  # columns that only look personal, and why they are not


def personal(
    *,
    code: str,
    label: Any,
    klass: Klass,
    purposes: tuple[Purpose, ...],
    mask: Callable[[str], str],
    retention: timedelta,
    basis: str,
    lookup: Callable[[str], str] | None = None,
    identifies: bool = False,
    who: tuple[Who, ...] = (),
) -> Personal:
    """Declare a kind of value kept in the vault; a declaration that lacks something is refused.

    That ``who`` is said the system check sees to (``vault.E006``).
    """
    declared = Personal(code, label, klass, tuple(purposes), mask, retention, basis, lookup, identifies, who)
    _refuse_incomplete(declared)
    if FIELDS.get(code, declared).label != label:
        raise ImproperlyConfigured(f"Personal field {code!r} is declared twice.")
    FIELDS[code] = declared
    return declared


def column(
    model: str,
    field: str,
    *,
    label: Any,
    klass: Klass,
    purposes: tuple[Purpose, ...],
    mask: Callable[[str], str],
    retention: timedelta,
    basis: str,
    who: tuple[Who, ...] = (),
) -> Personal:
    """Declare a plain column that is personal: ``column("people.Account", "name", …)``."""
    declared = Personal(f"{model}.{field}", label, klass, tuple(purposes), mask, retention, basis, who=who)
    _refuse_incomplete(declared)
    COLUMNS[(model.lower(), field)] = declared
    return declared


def not_personal(model: str, field: str, why: str) -> None:
    """Explain a column that only looks personal: ``not_personal("people.Desk", "phone", "of an office")``."""
    if not why:
        raise ImproperlyConfigured(f"{model}.{field} needs a reason.")
    PLAIN[(model.lower(), field)] = why


def _refuse_incomplete(declared: Personal) -> None:
    lacking = [
        name
        for name, given in {
            "code": declared.code,
            "label": declared.label,
            "purposes": declared.purposes,
            "basis": declared.basis,
            "retention": declared.retention > timedelta(0),
        }.items()
        if not given
    ]
    if strange := [purpose for purpose in declared.purposes if purpose not in Purpose.values]:
        lacking.append(f"known purposes instead of {strange}")
    if declared.klass not in Klass.values:
        lacking.append("a class")
    if lacking:
        raise ImproperlyConfigured(f"Personal field {declared.code!r} lacks {', '.join(lacking)}.")
