"""Somebody with the database file: changes, removes, adds and swaps rows past all doors, at random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, connections, models, router, transaction

from linli.foundation.ids import new_id
from linli.kernel.vault.models import Record
from tests.proofs.sealed import SEALED, guarded_columns, model_of

FAR = 9000  # years from here on stand for "never" and cannot be moved up
WEIGHTS = {"edit": 11, "delete": 3, "insert": 3, "swap": 5}


class Edit(NamedTuple):
    table: str
    how: str
    column: str
    was: str = ""
    became: str = ""


def switch_guards_off() -> None:
    """As somebody with the database file would: no trigger and no check of the database stands in the way."""
    for alias in connections:
        connection = connections[alias]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET session_replication_role = replica")
                cursor.execute("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c'"
                               " AND connamespace = 'public'::regnamespace")  # fmt: skip
                for table, name in cursor.fetchall():
                    cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            else:
                cursor.execute("PRAGMA ignore_check_constraints = ON")
                tables = {model_of(label)._meta.db_table for label in SEALED}
                cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
                for name in [name for name, table in cursor.fetchall() if table in tables]:
                    cursor.execute(f'DROP TRIGGER "{name}"')


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever is written inside, in every database."""
    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(transaction.atomic(using=alias))
        yield
        for alias in connections:
            transaction.set_rollback(True, using=alias)


def tamper(label: str, chance: random.Random) -> Edit:
    """Do one random thing to a guarded table; another where its rows do not let that be done."""
    ways = SEALED[label].ways
    for _attempt in range(100):
        how = chance.choices(ways, weights=[WEIGHTS[way] for way in ways])[0]
        if done := _try(label, how, chance):
            return done
    raise AssertionError(f"Nothing can be done to {label}.")


def _try(label: str, how: str, chance: random.Random) -> Edit | None:
    """Return what was done; None where the rows or a unique index do not let it be done."""
    model = model_of(label)
    rows = list(_rows(label, model))
    if not rows:
        return None
    try:
        with transaction.atomic(using=_alias(model)):
            return _DO[how](label, model, rows, chance)
    except IntegrityError:
        return None


def _rows(label: str, model: type[models.Model]) -> models.QuerySet[Any]:
    found = model._base_manager.using(_alias(model)).filter(SEALED[label].rows).order_by("pk")
    if label == "vault.DataKey":  # keys minted ahead hang on nothing yet
        return found.filter(pk__in=list(Record.objects.exclude(key_id=None).values_list("key_id", flat=True)))
    return found


def _alias(model: type[models.Model]) -> str:
    return router.db_for_write(model)


def _edit(label: str, model: Any, rows: list[Any], chance: random.Random) -> Edit | None:
    row, field = chance.choice(rows), model._meta.get_field(chance.choice(guarded_columns(label)))
    was = getattr(row, field.attname)
    became = another(field, was, [getattr(one, field.attname) for one in rows], chance)
    if not _set(model, row.pk, field, became):
        return None
    return Edit(label, "edit", field.name, repr(was)[:60], repr(became)[:60])


def _delete(label: str, model: Any, rows: list[Any], chance: random.Random) -> Edit:
    row = chance.choice(rows)
    model._base_manager.filter(pk=row.pk)._raw_delete(_alias(model))
    return Edit(label, "delete", "", repr(row.pk))


def _insert(label: str, model: Any, rows: list[Any], chance: random.Random) -> Edit:
    """Add a row like one that is there, with what must be unique made so."""
    row, meta = chance.choice(rows), model._meta
    copy = model(**{field.attname: getattr(row, field.attname) for field in meta.concrete_fields})
    unique = [meta.pk.name, *(field.name for field in meta.concrete_fields if field.unique)]
    unique += [chance.choice(one.fields) for one in meta.total_unique_constraints]
    unique += [
        chance.choice(one.fields) for one in meta.constraints if isinstance(one, models.UniqueConstraint)
    ]
    for name in unique:
        field = meta.get_field(name)
        setattr(
            copy, field.attname, another(field, getattr(copy, field.attname), [], chance, may_be_null=False)
        )
    if isinstance(meta.pk, models.AutoField):
        copy.pk = None
    elif isinstance(meta.pk, models.BigIntegerField):
        copy.pk = max(one.pk for one in rows) + 1
    model._base_manager.using(_alias(model)).bulk_create([copy])
    return Edit(label, "insert", "", repr(row.pk))


def _swap(label: str, model: Any, rows: list[Any], chance: random.Random) -> Edit | None:
    """Let two rows have each other's value: put in another order, nothing is new and nothing is missing."""
    field = model._meta.get_field(chance.choice(guarded_columns(label)))
    first = chance.choice(rows)
    rest = [model._meta.get_field(name).attname for name in guarded_columns(label) if name != field.name]
    others = [  # two that are alike in all else would only have changed places
        one
        for one in rows
        if getattr(one, field.attname) != getattr(first, field.attname)
        and any(getattr(one, name) != getattr(first, name) for name in rest)
    ]
    if not others or field.primary_key:
        return None
    second = chance.choice(others)
    mine, theirs = getattr(first, field.attname), getattr(second, field.attname)
    if field.unique or field.name in _in_unique(model):  # a value between, so that no two are the same
        _set(model, first.pk, field, another(field, mine, [], chance, may_be_null=False))
    _set(model, second.pk, field, mine)
    _set(model, first.pk, field, theirs)
    return Edit(label, "swap", field.name, repr(mine)[:60], repr(theirs)[:60])


_DO = {"edit": _edit, "delete": _delete, "insert": _insert, "swap": _swap}


def _in_unique(model: Any) -> set[str]:
    return {name for one in model._meta.constraints for name in getattr(one, "fields", ())}


def _set(model: Any, pk: Any, field: Any, value: Any) -> int:
    changed: int = model._base_manager.using(_alias(model)).filter(pk=pk).update(**{field.attname: value})
    return changed


def another(
    field: Any, was: Any, others: list[Any], chance: random.Random, *, may_be_null: bool = True
) -> Any:
    """Return a value that the column can hold and that is not the one it has."""
    if field.null and was is not None and may_be_null and chance.random() < 0.2:
        return None
    different = [one for one in others if one is not None and one != was]
    if different and not isinstance(field, models.BooleanField) and chance.random() < 0.3:
        return chance.choice(different)  # another row's value looks right
    target = field.target_field if field.is_relation else field
    return _MAKE[target.get_internal_type()](was, target, chance)


def _number(was: int | None, _field: Any, chance: random.Random) -> int:
    return (was or 0) + chance.choice([1, 2, 7])


def _text(was: str | None, field: Any, chance: random.Random) -> str:
    if was and chance.random() < 0.7:
        at = chance.randrange(len(was))
        return was[:at] + ("x" if was[at] != "x" else "y") + was[at + 1 :]
    return (
        f"{was or ''}x"
        if not field.max_length or len(was or "") < field.max_length
        else was[:-1]
        if was
        else "x"
    )


def _bytes(was: bytes | memoryview | None, _field: Any, chance: random.Random) -> bytes:
    held = bytes(was or b"")
    if not held:
        return b"\x01" * 32
    at = chance.randrange(len(held))
    return held[:at] + bytes([held[at] ^ chance.randrange(1, 256)]) + held[at + 1 :]


def _moment(was: datetime | None, _field: Any, chance: random.Random) -> datetime:
    held = was or datetime(2026, 3, 1, tzinfo=UTC)
    by = timedelta(microseconds=1) if chance.random() < 0.3 else timedelta(seconds=chance.randrange(1, 10**6))
    return held - by if held.year > FAR else held + by


def _day(was: date | None, _field: Any, chance: random.Random) -> date:
    held = was or date(2026, 3, 1)
    by = timedelta(days=chance.randrange(1, 400))
    return held - by if held.year > FAR else held + by


def _json(was: Any, _field: Any, chance: random.Random) -> Any:
    if isinstance(was, dict) and was and chance.random() < 0.8:
        key = chance.choice(sorted(was))
        if chance.random() < 0.3:
            return {name: value for name, value in was.items() if name != key}
        return {**was, key: _json(was[key], _field, chance)}
    if isinstance(was, dict):
        return {**was, "more": 1}
    if isinstance(was, list):
        return was[:-1] if was and chance.random() < 0.5 else [*was, 1]
    if isinstance(was, bool):
        return not was
    return was + 1 if isinstance(was, int) else f"{was or ''}x"


_MAKE: dict[str, Any] = {
    "AutoField": _number, "BigAutoField": _number, "IntegerField": _number, "BigIntegerField": _number,
    "PositiveIntegerField": _number, "PositiveSmallIntegerField": _number, "PositiveBigIntegerField": _number,
    "CharField": _text, "TextField": _text, "PathField": _text, "BinaryField": _bytes, "JSONField": _json,
    "DateTimeField": _moment, "DateField": _day, "UUIDField": lambda *_any: new_id(),
    "BooleanField": lambda was, *_any: not was,
}  # fmt: skip
