"""Counting: events into counted rows, counted rows into sums. Every part can be repeated."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice, product
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from linli.foundation.paths import ROOT, ancestors
from linli.kernel.figures import registry
from linli.kernel.figures.choices import VALUES
from linli.kernel.figures.models import STANDING_DAY, Counted, Progress, Rollup, Spot, Standing
from linli.kernel.figures.registry import Figure
from linli.kernel.journal import queries as journal
from linli.kernel.journal.queries import Positioned

SHANGHAI = ZoneInfo("Asia/Shanghai")
CONSUMER = ""  # the consumer's own row of Progress
BATCH = 500
ROWS_PER_STATEMENT = 500

Cell = tuple[str, str, date, str, str]  # path, family, day, category, county
Stands = dict[tuple[str, UUID], Standing]


@transaction.atomic
def count(batch: Sequence[Positioned]) -> int:
    """Count the events in every figure that is level with the consumer; return how many were new.

    Called again with events it has counted, it does nothing: positions at or below
    the consumer's own are passed over.
    """
    marks = _locked_marks()
    fresh = [item for item in batch if item.position > marks[CONSUMER]]
    if not fresh:
        return 0
    level = [f for code, f in registry.declared().items() if marks.get(code, 0) == marks[CONSUMER]]
    _count(level, fresh)
    _move([CONSUMER, *(f.code for f in level)], fresh[-1].position)
    return len(fresh)


@transaction.atomic
def catch_up(now: datetime, *, batches: int = 20) -> int:
    """Bring figures that lag (newly declared) up to the consumer; return how many events were read."""
    marks = _locked_marks()
    read = 0
    for code, figure in registry.declared().items():
        for batch in islice(_missed(marks.get(code, 0), marks[CONSUMER]), batches):
            _count([figure], batch)
            _move([code], batch[-1].position)
            read += len(batch)
    return read


@transaction.atomic
def rebuild(code: str) -> int:
    """Forget what a figure counted and count it again from the journal; return how many events were read."""
    figure = registry.get(code)
    marks = _locked_marks()
    for model in (Counted, Standing):
        model.objects.filter(figure=code).delete()
    Rollup.objects.filter(family=figure.family).update(**{figure.field: None})
    Rollup.objects.filter(**dict.fromkeys(VALUES)).delete()
    read = 0
    for batch in _missed(0, marks[CONSUMER]):
        _count([figure], batch)
        read += len(batch)
    _move([code], marks[CONSUMER])
    return read


def _locked_marks() -> dict[str, int]:
    """Lock the consumer's row, so that counting and rebuilding come one after another."""
    Progress.objects.get_or_create(figure=CONSUMER)
    Progress.objects.select_for_update().get(figure=CONSUMER)
    return dict(Progress.objects.values_list("figure", "position"))


def _move(codes: Iterable[str], position: int) -> None:
    Progress.objects.bulk_create(
        [Progress(figure=code, position=position) for code in codes],
        update_conflicts=True,
        unique_fields=["figure"],
        update_fields=["position"],
    )


def _missed(after: int, until: int) -> Iterator[list[Positioned]]:
    """Give the journal's events after one position up to another, in batches."""
    while after < until:
        batch = [item for item in journal.since(after, BATCH) if item.position <= until]
        if not batch:
            return
        yield batch
        after = batch[-1].position


def _count(figures: Sequence[Figure], batch: Sequence[Positioned]) -> None:
    gone = _withdraw(figures, batch)
    kept = [item for item in batch if item.event.subject_id not in gone]
    named = {name: [f for f in figures if f.is_named(name)] for name in {item.event.name for item in kept}}
    read = [(f, item) for item in kept for f in named[item.event.name] if f.reads(item.event)]
    stands = _stands([(figure, item) for figure, item in read if figure.stock])
    before = {key: standing.position for key, standing in stands.items()}
    rows: list[Counted] = []
    for figure, item in read:
        rows.extend(_restand(figure, item, stands) if figure.stock else _plain(figure, item))
    Counted.objects.bulk_create(rows, batch_size=ROWS_PER_STATEMENT)
    _keep(stands, before)
    _roll_up(rows, figures)


def _withdraw(figures: Sequence[Figure], batch: Sequence[Positioned]) -> set[UUID]:
    """Take subjects that were withdrawn (a matter that turned out to be protected) out of the figures."""
    names = registry.withdrawing()
    gone = {item.event.subject_id for item in batch if item.event.name in names}
    if gone:
        of = {"figure__in": [figure.code for figure in figures], "subject_id__in": gone}
        rows = list(Counted.objects.filter(**of))
        for row in rows:
            row.value = -row.value
        _roll_up(rows, figures)
        Counted.objects.filter(**of).delete()
        Standing.objects.filter(**of).delete()
    return gone


def _row(figure: Figure, item: Positioned, value: int) -> Counted:
    event = item.event
    return Counted(
        figure=figure.code,
        position=item.position,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        county=event.county,
        path=event.data.get("path", ""),
        day=event.at.astimezone(SHANGHAI).date(),
        category=event.data.get("category", ""),
        value=value,
    )


def _plain(figure: Figure, item: Positioned) -> list[Counted]:
    value = figure.measure(item.event)
    return [] if value is None else [_row(figure, item, value)]


def _stands(read: Sequence[tuple[Figure, Positioned]]) -> Stands:
    """Return what the subjects of these events stand for, in one query."""
    found = Standing.objects.filter(
        figure__in={figure.code for figure, _ in read},
        subject_id__in={item.event.subject_id for _, item in read},
    )
    return {(standing.figure, standing.subject_id): standing for standing in found}


def _restand(figure: Figure, item: Positioned, stands: Stands) -> list[Counted]:
    """Put the subject where and at what the event leaves it; return what that changes."""
    level = figure.measure(item.event)
    if level is None:
        return []
    new = _row(figure, item, level)
    key = (figure.code, new.subject_id)
    old = stands.get(key)
    stands[key] = Standing(
        pk=old.pk if old else None,
        **{name: getattr(new, name) for name in _STANDING},
    )
    if old is None or (old.county, old.path, old.category) == (new.county, new.path, new.category):
        new.value = level - (old.value if old else 0)
        return [new] if new.value else []
    gone = _row(figure, item, -old.value)
    gone.part, gone.county, gone.path, gone.category = 1, old.county, old.path, old.category
    return [row for row in (gone, new) if row.value]


_STANDING = ("figure", "subject_kind", "subject_id", "position", "county", "path", "day", "category", "value")


def _keep(stands: Stands, before: Mapping[tuple[str, UUID], int]) -> None:
    """Write what stands now, and drop what no longer stands for anything."""
    changed = [standing for key, standing in stands.items() if before.get(key) != standing.position]
    Standing.objects.filter(pk__in=[s.pk for s in changed if s.pk and not s.value]).delete()
    for standing in changed:
        standing.pk = None  # rows are found by their natural key
    Standing.objects.bulk_create(
        [standing for standing in changed if standing.value],
        batch_size=ROWS_PER_STATEMENT,
        update_conflicts=True,
        unique_fields=["figure", "subject_id"],
        update_fields=[name for name in _STANDING if name not in ("figure", "subject_id")],
    )


def _roll_up(rows: Iterable[Counted], figures: Sequence[Figure]) -> None:
    """Add the rows to the sums of every place above them."""
    of = {figure.code: figure for figure in figures}
    sums: dict[Cell, Counter[str]] = defaultdict(Counter)
    for row in rows:
        figure = of[row.figure]
        days = (row.day, STANDING_DAY) if figure.stock else (row.day,)
        for cell in product(_line(row.path), (figure.family,), days, {"", row.category}, (row.county,)):
            sums[cell][figure.field] += row.value
    # in one order for everybody, since rows are locked as they come
    cells = [(cell, values) for cell, values in sorted(sums.items()) if any(values.values())]
    used = [name for name in VALUES if any(values[name] for _cell, values in cells)]
    spots = _spots({cell[0] for cell, _values in cells})
    with connection.cursor() as cursor:
        for start in range(0, len(cells), ROWS_PER_STATEMENT):
            chunk = cells[start : start + ROWS_PER_STATEMENT]
            cursor.execute(*_upsert([_adapted(spots, *entry, used) for entry in chunk], used))


def _line(path: str) -> list[str]:
    """Return every place from everywhere ("/") down to the path."""
    return [ROOT, *ancestors(path)]


def _spots(paths: set[str]) -> dict[str, int]:
    """Return the number of each place, new ones for those that had none. Whoever counts holds the lock."""
    found: dict[str, int] = {}
    wanted = sorted(paths)
    for start in range(0, len(wanted), ROWS_PER_STATEMENT):
        some = wanted[start : start + ROWS_PER_STATEMENT]
        found |= dict(Spot.objects.filter(path__in=some).values_list("path", "id"))
    new = [Spot(path=path, parent=_above(path)) for path in wanted if path not in found]
    return found | {spot.path: spot.pk for spot in Spot.objects.bulk_create(new, ROWS_PER_STATEMENT)}


def _above(path: str) -> str | None:
    return None if path == ROOT else _line(path)[-2]


def _adapted(
    spots: Mapping[str, int], cell: Cell, values: Mapping[str, int], used: Iterable[str]
) -> tuple[Any, ...]:
    path, family, day, category, county = cell
    key = (spots[path], family, connection.ops.adapt_datefield_value(day), category, county)
    return *key, *(values[name] or None for name in used)


def _upsert(rows: Sequence[tuple[Any, ...]], used: Sequence[str]) -> tuple[str, list[Any]]:
    """Return the additive upsert and its values; only names of our own are put into the text.

    PostgreSQL is sent a list for each column: however many rows, the text stays the same.
    """
    table = connection.ops.quote_name(Rollup._meta.db_table)  # noqa: SLF001 -- Django's public model API
    if connection.vendor == "postgresql":
        lists = ", ".join(["%s::bigint[]", *_LISTS, *["%s::bigint[]"] * len(used)])
        source = f"SELECT * FROM UNNEST({lists})"  # noqa: S608 -- no input in it
        values: list[Any] = [list(column) for column in zip(*rows, strict=True)]
    else:
        line = f"({', '.join(['%s'] * len(rows[0]))})"
        source = "VALUES " + ", ".join([line] * len(rows))
        values = [part for row in rows for part in row]
    added = ", ".join(_ADDED.format(table=table, name=name) for name in used)
    text = (
        f"INSERT INTO {table} ({', '.join([*_KEY, *used])}) {source} "
        f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {added}"
    )
    return text, values


_KEY = ("place_id", "family", "day", "category", "county")
_LISTS = ("%s::varchar[]", "%s::date[]", "%s::varchar[]", "%s::varchar[]")
# Nothing and nothing is nothing; what adds up to 0 is written as nothing too, so that each sum has one spelling.
_ADDED = "{name} = NULLIF(COALESCE({table}.{name} + excluded.{name}, {table}.{name}, excluded.{name}), 0)"
