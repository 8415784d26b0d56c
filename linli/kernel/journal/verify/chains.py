"""Each subject's chain of events, and the subject as its last event left it. All are walked once, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from linli.kernel.journal.models import Event, Journalled
from linli.kernel.journal.queries import DIGESTED, digest_of, seal_of
from linli.kernel.journal.verify import raw, spelling
from linli.kernel.journal.verify.checking import Finding, Report

NAME = "journal.chain"

CHANGED = _("一条记录的内容被改动过。")
GAP = _("记录不连续，中间少了或多了记录。")
UNLINKED = _("记录与它前面的一条对不上。")
UNLIKE_LAST = _("现在的状态与最后一条记录不符。")
UNSEALED_CHANGE = _("受保护的内容被改动过，没有相应的记录。")
NEVER_BORN = _("有内容，却没有任何记录。")
GONE = _("有记录，对应的内容却不见了。")

COLUMNS = (*DIGESTED, "digest", "id")
KIND, ID, VERSION, TO_STATE, SEALED, PREV, DIGEST, ROW = map(
    COLUMNS.index, ("subject_kind", "subject_id", "version", "to_state", "sealed", "prev", "digest", "id")
)


class Last(NamedTuple):
    """What a subject's last event says of it; before the first there is nothing."""

    version: int = 0
    digest: bytes = b""
    sealed: bytes = b""
    to_state: str = ""


def check(report: Report) -> Iterator[Finding]:
    """Walk every chain from its first event, and compare every subject with its last one."""
    subjects = {model.kind(): Subjects(model, report) for model in journalled()}
    in_order = Event.objects.order_by("subject_id", "version", "subject_kind")
    events = raw.rows(in_order.values_list(*spelling.held(Event, COLUMNS)))
    spelled, seen = spelling.as_object(Event, DIGESTED), 0
    for subject_id, history in groupby(events, itemgetter(ID)):
        # Two subjects of different kinds may share an id: their events stand in turns.
        lasts: dict[str, Last] = {}
        for event in history:
            seen += 1
            yield from _link(event, lasts, spelled)
        for kind, last in lasts.items():
            if kind in subjects:
                yield from subjects[kind].compare(subject_id, last)
    report.count("events", seen)
    for one in subjects.values():
        yield from one.rest()


def journalled() -> list[type[Journalled]]:
    return [model for model in apps.get_models() if issubclass(model, Journalled)]


def _link(event: tuple[Any, ...], lasts: dict[str, Last], spelled: spelling.Quick) -> Iterator[Finding]:
    kind, version, digest = event[KIND], event[VERSION], event[DIGEST]
    last = lasts.get(kind, _NOTHING)
    if version != last.version + 1:
        yield Finding(NAME, GAP, f"{_where(kind, event[ID])} #{version}")
    if event[PREV] != last.digest:
        yield Finding(NAME, UNLINKED, f"{_where(kind, event[ID])} #{version}")
    if _quick(spelled, event) != digest and _careful(Event, event[ROW], digest_of) != digest:
        yield Finding(NAME, CHANGED, f"{_where(kind, event[ID])} #{version}")
    lasts[kind] = Last(version, digest, event[SEALED], event[TO_STATE])


_NOTHING = Last()


def _quick(spelled: spelling.Quick, values: Sequence[Any]) -> bytes | None:
    """Return the digest of the quick spelling; None where there is none."""
    try:
        return spelling.sm3(spelled(values))
    except spelling.MISSED:
        return None


def _careful(model: type[Model], pk: Any, digested: Callable[[Any], bytes]) -> bytes | None:
    """Return the digest of a row as it is made when it is written; None where nothing like it could ever be written."""
    try:
        return digested(model._base_manager.get(pk=pk))  # noqa: SLF001 -- no manager may hide rows
    except spelling.MISSED:
        return None


def _where(kind: str, subject_id: Any) -> str:
    return f"{kind} {raw.uuid(subject_id)}"


class Subjects:
    """The rows of one kind, in the order in which their chains come past."""

    def __init__(self, model: type[Journalled], report: Report) -> None:
        self._model, self._kind, self._report = model, model.kind(), report
        names = ("id", "version", "head", "state", *model.SEALED)
        every = model._base_manager.order_by("pk").values_list(*spelling.held(model, names))  # noqa: SLF001 -- no manager may hide rows
        self._spelled = spelling.as_object(model, model.SEALED)
        self._rows = raw.rows(every)
        self._next = next(self._rows, None)

    def compare(self, subject_id: Any, last: Last) -> Iterator[Finding]:
        """Compare the row with this id; those before it have no event at all."""
        while self._next is not None and self._next[0] < subject_id:
            yield self._found(NEVER_BORN, self._pop(self._next))
        if self._next is None or self._next[0] != subject_id:
            yield Finding(NAME, GONE, _where(self._kind, subject_id))
        elif problem := self._problem(row := self._pop(self._next), last):
            yield self._found(problem, row)

    def rest(self) -> Iterator[Finding]:
        while self._next is not None:
            yield self._found(NEVER_BORN, self._pop(self._next))

    def _pop(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        self._report.count("subjects")
        self._next = next(self._rows, None)
        return row

    def _found(self, problem: Any, row: tuple[Any, ...]) -> Finding:
        return Finding(NAME, problem, _where(self._kind, row[0]))

    def _problem(self, row: tuple[Any, ...], last: Last) -> Any:
        pk, version, head, state, *sealed = row
        if (version, head, state) != (last.version, last.digest, last.to_state):
            return UNLIKE_LAST
        quick = _quick(self._spelled, sealed) if self._model.SEALED else b""
        fits = quick == last.sealed or _careful(self._model, raw.uuid(pk), seal_of) == last.sealed
        return "" if fits else UNSEALED_CHANGE
