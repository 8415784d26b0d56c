"""The rules a flow's row may ask, each with what it allows beside what it refuses."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import UUID

import pytest

from linli.foundation.rules import ANYONE, CLOCK, IMPORT, Actor, Moment
from linli.kernel.cases import rules
from linli.kernel.cases.choices import ON_BEHALF
from linli.kernel.cases.queries import routing
from tests.world import TEN

ME, SHE, CASE, DESK, OTHER = (UUID(int=number) for number in range(1, 6))


def a_post(desk=DESK, path="/1/2/", may=("handle",), kind="grid"):
    return SimpleNamespace(desk_id=desk, path=path, may=frozenset(may), desk_kind=kind)


def a_case(**more):
    given = {"pk": CASE, "holder_id": DESK, "by_kind": "person", "by_id": ME, "channel": "web", "done_by_id": SHE,
             "open_assignments": [], "path": "/1/2/3/"}  # fmt: skip
    return SimpleNamespace(**given | more)


def allowed(rule, actor=None, posts=(), **case):
    return rule.allows(Moment(actor or Actor("person", ME), a_case(**case), TEN, tuple(posts)))


@pytest.mark.parametrize(
    ("posts", "holds"),
    [([a_post()], True), ([a_post(OTHER)], False), ([a_post(OTHER), a_post()], True), ([], False)],
)
def test_the_holder_sits_at_the_desk_that_holds_it(posts, holds):
    assert allowed(rules.holder, posts=posts) is holds


def test_a_post_at_no_desk_holds_not_even_what_nobody_holds():
    assert allowed(rules.holder, posts=[a_post(None)], holder_id=None) is False


@pytest.mark.parametrize(
    ("posts", "calls", "called"),
    [
        ([a_post()], [DESK], True),
        ([a_post(), a_post(OTHER)], [OTHER], True),
        ([a_post()], [OTHER], False),
        ([a_post()], [OTHER, DESK], True),
        ([a_post()], [], False),
        ([], [DESK], False),
    ],
)
def test_called_is_whose_desk_has_an_open_call(posts, calls, called):
    open_calls = [SimpleNamespace(desk_id=desk) for desk in calls]

    assert allowed(rules.called, posts=posts, open_assignments=open_calls) is called


@pytest.mark.parametrize(
    ("actor", "case", "is_reporter"),
    [
        (Actor("code", CASE), {"by_kind": "anonymous"}, True),
        (Actor("code", OTHER), {"by_kind": "anonymous"}, False),
        (Actor("code", OTHER), {"by_kind": "code", "by_id": OTHER}, False),
        (Actor("person", ME), {}, True),
        (Actor("person", SHE), {}, False),
        (Actor("person", ME), {"by_kind": "import"}, False),
        (Actor("import", ME), {}, False),
        (ANYONE, {"by_kind": "anonymous", "by_id": ANYONE.id}, False),
        *[(Actor("person", ME), {"channel": channel}, False) for channel in ON_BEHALF],
        *[(Actor("code", CASE), {"channel": channel}, True) for channel in ON_BEHALF],
    ],
)
def test_the_reporter_has_the_code_or_the_account_and_did_not_write_it_for_somebody(actor, case, is_reporter):
    assert allowed(rules.reporter, actor, **case) is is_reporter


def test_the_clocks_steps_are_the_clocks_alone():
    others = [ANYONE, IMPORT, Actor("person", ME), Actor("code", CASE)]

    assert allowed(rules.clock, CLOCK) is True
    assert [allowed(rules.clock, actor) for actor in others] == [False] * 4


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (Actor("person", ME), True),
        (Actor("person", SHE), False),
        (Actor("code", ME), False),
        (CLOCK, False),
    ],
)
def test_who_checks_is_a_person_and_another_than_who_did_it(actor, may):
    assert allowed(rules.another_than_the_doer, actor) is may


def test_calls_that_are_open_keep_it_open_and_only_they_are_called_off():
    open_call = [SimpleNamespace(desk_id=OTHER)]

    assert [allowed(rules.everybody_called_is_done, open_assignments=calls) for calls in ([], open_call)] == [
        True, False,
    ]  # fmt: skip
    assert [allowed(rules.somebody_is_called, open_assignments=calls) for calls in ([], open_call)] == [
        False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(("above", "may"), [(object(), True), (None, False)])
def test_at_the_top_nothing_is_escalated(above, may, monkeypatch):
    asked = []
    monkeypatch.setattr(routing, "above", lambda case, desk: asked.append((case.pk, desk)) or above)

    assert allowed(rules.has_desk_above) is may
    assert asked == [(CASE, DESK)]


@pytest.mark.parametrize(
    ("posts", "may"),
    [
        ([a_post(may=("approve",))], True),
        ([a_post(may=("handle",))], False),
        ([a_post(may=("approve",), path="/1/9/")], False),
        ([a_post(may=("approve",), path="")], False),
        ([a_post(may=("approve",), path="/1/2/3/4/")], False),
        ([a_post(may=("handle",)), a_post(may=("approve",), path="/1/9/")], False),
        ([a_post(may=("approve",), path="/1/9/"), a_post(may=("approve",), path="/1/")], True),
        ([], False),
    ],
)
def test_a_capability_counts_on_the_ground_of_its_own_post(posts, may):
    assert allowed(rules.may("approve", "no"), posts=posts) is may
