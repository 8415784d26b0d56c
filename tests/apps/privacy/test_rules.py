"""The rules of a request about somebody's data, each with what it allows beside what it refuses."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from linli.apps.privacy import rules
from linli.apps.privacy.choices import ClosedHow
from linli.foundation.rules import Actor, Moment
from linli.kernel.cases.choices import ON_BEHALF
from linli.kernel.rulebook.choices import Capability
from tests.world import TEN

ME, SHE = UUID(int=1), UUID(int=2)
DAYS = timedelta(days=30)
AT_A_DESK = min(ON_BEHALF)


def a_post(*may):
    return SimpleNamespace(may=frozenset(may))


def a_moment(*posts, **case):
    given = {
        "by_kind": "person",
        "by_id": SHE,
        "done_by_id": SHE,
        "facts": {},
        "closed_how": "",
        "closed_at": None,
    }
    return Moment(Actor("person", ME), SimpleNamespace(**given | case), TEN, posts)


RAISES, HANDLES = a_post(Capability.RAISE_FOR_OTHERS), a_post(Capability.HANDLE)


@pytest.mark.parametrize(
    ("channel", "posts", "may"),
    [
        (AT_A_DESK, [RAISES], True),
        (AT_A_DESK, [HANDLES, RAISES], True),
        (AT_A_DESK, [HANDLES], False),
        (AT_A_DESK, [], False),
        ("web", [], True),
        ("web", [RAISES], False),
        ("web", [HANDLES], False),
    ],
)
def test_who_sits_at_a_desk_asks_for_others_and_everybody_else_for_themselves(channel, posts, may):
    assert rules.may_come_in_by(channel, a_moment(*posts)) is may


@pytest.mark.parametrize(
    ("kind", "by", "may"),
    [("person", ME, False), ("person", SHE, True), ("code", ME, True), ("code", SHE, True)],
)
def test_who_registered_it_does_not_answer_it(kind, by, may):
    assert rules.another_than_who_registered.allows(a_moment(by_kind=kind, by_id=by)) is may


@pytest.mark.parametrize(("answered", "may"), [(ME, False), (SHE, True), (None, True)])
def test_who_answered_it_does_not_answer_it_again(answered, may):
    assert rules.another_than_who_answered.allows(a_moment(done_by_id=answered)) is may


@pytest.mark.parametrize(
    ("facts", "may"), [({}, True), ({"contested": False}, True), ({"contested": True}, False)]
)
def test_an_answer_is_contested_once(facts, may):
    assert rules.not_contested_yet.allows(a_moment(facts=facts)) is may


@pytest.mark.parametrize(
    ("how", "closed", "may"),
    [
        (ClosedHow.REFUSED, TEN, True),
        (ClosedHow.REFUSED, TEN - DAYS, True),
        (ClosedHow.REFUSED, TEN - DAYS - timedelta(microseconds=1), False),
        (ClosedHow.REFUSED, None, False),
        (ClosedHow.DONE, TEN, False),
        (ClosedHow.WITHDRAWN, TEN, False),
        (ClosedHow.DONE, None, False),
    ],
)
def test_only_what_was_refused_within_thirty_days_is_contested(how, closed, may):
    assert rules.was_refused_lately.allows(a_moment(closed_how=how, closed_at=closed)) is may
