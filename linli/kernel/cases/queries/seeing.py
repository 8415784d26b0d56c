"""What somebody may see. What they may not is absent: "not found", never "forbidden"."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from linli.foundation import paths
from linli.foundation.flow import CompiledFlow
from linli.foundation.rules import Actor, Moment
from linli.foundation.sql import Asked
from linli.kernel.cases import registry
from linli.kernel.cases.choices import ON_BEHALF
from linli.kernel.cases.models import Assignment, Case, Passage
from linli.kernel.cases.queries.codes import track_of
from linli.kernel.rulebook import queries as rulebook

if TYPE_CHECKING:
    from linli.kernel.people.queries import Viewer

M = TypeVar("M", bound=Model)
MOST_SHAPES = 1000  # kinds of viewers remembered; there are as many as combinations of posts


def visible_to(viewer: Viewer) -> QuerySet[Case]:
    """The cases this viewer may know of.

    What their desks hold, have in hand or were called to, and what has passed through
    them; what they reported; and, where a post supervises, what lies under its place. To
    know of a case is not to read its words: see ``showing``. A confidential case (a
    protected matter) is seen by the desk that holds it and by who reported it.
    """
    return Case.objects.filter(_seen_by(viewer))


def find(viewer: Viewer, case_id: UUID) -> Case | None:
    """Return one case if this viewer may know of it, as :func:`visible_to` has it."""
    return _ONE.one(Case, viewer, pk=case_id)


class AskedAs:
    """A look-up for somebody looking whose SQL is made once for all viewers of a shape.

    Viewers of a shape hold the same kinds of post, at other desks and on other ground.
    ``build`` takes a viewer and values by name and returns a queryset; ``examples`` are as
    :class:`Asked` has them. The stand-in that ``build`` is given has what the shape tells and
    nothing else: a condition on anything else about a viewer could not be written without
    coming by here.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **examples: Any) -> None:
        self._build = build
        self._examples = examples
        self._made: dict[tuple[Any, ...], Asked] = {}

    def one(self, model: type[M], viewer: Viewer, **given: Any) -> M | None:
        """Return the first row as an instance; None if there is none."""
        asked, values = self._for(viewer)
        return asked.one(model, **values, **given)

    def every(self, model: type[M], viewer: Viewer, **given: Any) -> list[M]:
        """Return the rows as instances; the query must ask for all columns and no others."""
        asked, values = self._for(viewer)
        return asked.every(model, **values, **given)

    def rows(self, viewer: Viewer, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows as ``values_list`` would."""
        asked, values = self._for(viewer)
        return asked.rows(**values, **given)

    def _for(self, viewer: Viewer) -> tuple[Asked, dict[str, Any]]:
        shape = (viewer.actor.kind, *(_shape(post) for post in viewer.posts))
        if (asked := self._made.get(shape)) is None:
            if len(self._made) >= MOST_SHAPES:
                self._made.clear()
            asked = self._made[shape] = self._make(shape)
        values = {"actor": viewer.actor.id}
        for number, post in enumerate(viewer.posts):
            values |= _values(number, post.desk_id, post.path)
        return asked, values

    def _make(self, shape: tuple[Any, ...]) -> Asked:
        kind, *posts = shape
        examples: dict[str, Any] = {"actor": UUID(int=2)}
        stands: list[Any] = []
        for number, (has_desk, desk_kind, has_path, supervises) in enumerate(posts):
            desk_id = UUID(int=100 + number) if has_desk else None
            path = f"/example/{number}/" if has_path else ""
            examples |= _values(number, desk_id, path)
            may = {"supervise"} if supervises else set()
            stands.append(SimpleNamespace(desk_id=desk_id, desk_kind=desk_kind, path=path, may=may))
        stand_in: Any = SimpleNamespace(actor=Actor(kind, examples["actor"]), posts=stands)
        wanted = set(self._examples)
        return Asked(
            lambda **given: self._build(stand_in, **{name: given[name] for name in wanted}),
            unused=set(examples),
            **examples,
            **self._examples,
        )


def _shape(post: Any) -> tuple[bool, str, bool, bool]:
    return bool(post.desk_id), post.desk_kind, bool(post.path), "supervise" in post.may


def _values(number: int, desk_id: UUID | None, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {f"desk{number}": desk_id} if desk_id else {}
    return {**found, **({f"path{number}": path, f"end{number}": paths.successor(path)} if path else {})}


_ONE = AskedAs(lambda viewer, pk: visible_to(viewer).filter(pk=pk), pk=UUID(int=1))


def _seen_by(viewer: Viewer) -> Q:
    seen = Q(pk__in=[])
    for reason in reasons(viewer):
        seen |= reason
    for path in supervised(viewer):
        seen |= paths.under(path) & Q(confidential=False)
    return seen


def reasons(viewer: Viewer) -> list[Q]:
    """The conditions of which any one lets them see a case, but for its lying under a place they supervise.

    Each has an index that leads to its newest cases: see ``newest``.
    """
    found = [own(viewer)]
    desks = [post.desk_id for post in viewer.posts if post.desk_id]
    if desks:
        called = Assignment.objects.filter(case=OuterRef("pk"), desk_id__in=desks)
        passed = Passage.objects.filter(case=OuterRef("pk"), desk_id__in=desks)
        working = [Q(handler_id__in=desks), Q(Exists(called)), Q(Exists(passed))]
        found += [Q(holder_id__in=desks), *(one & Q(confidential=False) for one in working), open_to(viewer)]
    return found


def open_to(viewer: Viewer) -> Q:
    """The condition that it waits to be claimed, and that a desk of theirs on this ground may claim it."""
    found = Q(pk__in=[])
    for app in registry.every():
        for state, kind in app.open_to.items():
            for post in viewer.posts:
                if post.desk_kind == kind and post.path:
                    found |= Q(flow=app.flow.name, state=state, confidential=False) & paths.under(post.path)
    return found


def own(viewer: Viewer) -> Q:
    """The condition that they reported it: by account, or by the tracking codes in hand."""
    if viewer.actor.kind == "person":
        return Q(by_kind="person", by_id=viewer.actor.id) & ~Q(channel__in=ON_BEHALF)
    return Q(pk__in=[viewer.actor.id]) if viewer.actor.kind == "code" else Q(pk__in=[])


def supervised(viewer: Viewer) -> list[str]:
    """Return the paths under which a post of theirs supervises."""
    return [post.path for post in viewer.posts if post.path and "supervise" in post.may]


def late_calls() -> Q:
    """The condition on a call (吹哨) that its clock has run out, that it is open, and that its case is too."""
    return Q(done_at=None, overdue_at__isnull=False, case__closed_at=None, case__confidential=False)


def with_late_calls(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Return those of the cases to which a unit was called that is late."""
    return cases.filter(Exists(Assignment.objects.filter(late_calls(), case=OuterRef("pk"))))


def by_code(code: str) -> Case | None:
    """Return the case with this tracking code; one index look-up whatever is asked."""
    return Case.objects.filter(track=track_of(code)).first()


def as_seen(case: Case, moment: Moment) -> CompiledFlow:
    """Return the flow as the version the case began with has it."""
    return rulebook.profile_of(case.flow, case.rules_id)


def ids(cases: QuerySet[Case]) -> list[UUID]:
    return list(cases.values_list("pk", flat=True))
