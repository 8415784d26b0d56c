"""What requests add to who may do what, each rule with what it allows beside what it refuses."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from linli.apps.requests import rules
from linli.apps.requests.choices import BadRating, ClosedHow
from linli.foundation.rules import ANYONE, IMPORT, Actor, Moment
from linli.kernel.cases.choices import ON_BEHALF, Channel
from linli.kernel.people import queries as people
from tests.world import TEN

ME, SHE, DESK, OTHER = (UUID(int=number) for number in range(1, 5))
PROFILE = SimpleNamespace(settings={})


def a_post(desk=DESK, path="/1/2/", may=("handle",), kind="grid"):
    return SimpleNamespace(desk_id=desk, path=path, may=frozenset(may), desk_kind=kind)


def a_case(**more):
    given = {"handler_id": DESK, "path": "/1/2/3/", "facts": {}, "closed_at": None, "closed_how": "", "done_by_id": SHE,
             "due_at": None, "open_assignments": []}  # fmt: skip
    return SimpleNamespace(**given | more)


def moment(actor=None, posts=(), profile=PROFILE, bearer=None, **case):
    return Moment(
        actor or Actor("person", ME), a_case(**case), TEN, tuple(posts), profile=profile, bearer=bearer
    )


DISPATCHES = ("dispatch",)


@pytest.mark.parametrize(
    ("desk_path", "posts", "may"),
    [
        ("/1/2/", [a_post(path="/1/", may=DISPATCHES)], True),
        ("/1/2/", [a_post(path="/1/2/", may=DISPATCHES)], False),
        ("/1/2/", [a_post(path="/1/9/", may=DISPATCHES)], False),
        ("/1/2/", [a_post(path="/1/")], False),
        ("/1/2/", [a_post(path="", may=DISPATCHES)], False),
        ("/1/2/", [a_post(path="/1/9/", may=DISPATCHES), a_post(path="/1/", may=DISPATCHES)], True),
        ("/1/2/", [], False),
        (None, [a_post(path="/1/2/", may=DISPATCHES)], True),
        (None, [a_post(path="/1/2/3/", may=DISPATCHES)], False),
    ],
)
def test_a_suspension_is_granted_from_wider_ground_than_the_desk_that_asks(
    desk_path, posts, may, monkeypatch
):
    desk = SimpleNamespace(path=desk_path) if desk_path else None
    monkeypatch.setattr(people, "desks", lambda: SimpleNamespace(get=lambda pk: desk if pk == DESK else None))

    assert rules.may_approve_suspension.allows(moment(posts=posts)) is may


@pytest.mark.parametrize(
    ("channel", "actor", "posts", "may"),
    [
        (Channel.WEB, ANYONE, [], True),
        (Channel.IMPORT, IMPORT, [], True),
        (Channel.IMPORT, Actor("person", ME), [a_post(may=("raise_for_others",))], False),
        *[(channel, ANYONE, [], False) for channel in ON_BEHALF],
        *[(channel, Actor("person", ME), [a_post()], False) for channel in ON_BEHALF],
        *[
            (channel, Actor("person", ME), [a_post(), a_post(may=("raise_for_others",))], True)
            for channel in ON_BEHALF
        ],
    ],
)
def test_for_somebody_else_it_comes_in_by_a_post_and_from_an_import_by_the_import(channel, actor, posts, may):
    assert rules.may_come_in_by(channel, moment(actor, posts)) is may


@pytest.mark.parametrize(
    ("posts", "may"),
    [
        ([a_post(kind="members")], True),
        ([a_post(kind="grid")], False),
        ([a_post(kind="members", path="/1/9/")], False),
        ([a_post(kind="grid"), a_post(kind="members", path="/1/")], True),
        ([], False),
    ],
)
def test_members_claim_what_lies_where_they_are_registered(posts, may):
    assert rules.may_claim.allows(moment(posts=posts)) is may


def test_a_matter_is_contested_once():
    assert rules.not_contested_yet.allows(moment()) is True
    assert rules.not_contested_yet.allows(moment(facts={"contested": True})) is False


@pytest.mark.parametrize(
    ("settings", "since", "may"),
    [
        ({}, timedelta(days=15), True),
        ({}, timedelta(days=15, microseconds=1), False),
        ({"reopen_days": 3}, timedelta(days=3), True),
        ({"reopen_days": 3}, timedelta(days=4), False),
        ({}, None, False),
    ],
)
def test_what_was_closed_comes_back_within_its_days(settings, since, may):
    closed_at = None if since is None else TEN - since
    profile = SimpleNamespace(settings=settings)

    assert rules.soon_enough_to_reopen.allows(moment(profile=profile, closed_at=closed_at)) is may


def test_only_what_ended_by_being_done_comes_back():
    back = {how for how in ClosedHow if rules.ended_by_being_done.allows(moment(closed_how=how))}

    assert back == {ClosedHow.SOLVED, ClosedHow.NOT_RATED, ClosedHow.HANDLED, ClosedHow.ADVISED}
    assert rules.ended_by_being_done.allows(moment(closed_how="")) is False


def test_who_asked_does_not_grant():
    assert rules.another_than_who_asked.allows(moment(facts={"asked_by": str(SHE)})) is True
    assert rules.another_than_who_asked.allows(moment(facts={"asked_by": str(ME)})) is False
    assert rules.another_than_who_asked.allows(moment()) is True


@pytest.mark.parametrize(
    ("actor", "posts", "may"),
    [
        (ME, [], True),
        (SHE, [], False),
        (ME, [a_post(OTHER)], True),
        (ME, [a_post(OTHER), a_post()], False),
        (SHE, [a_post(OTHER)], False),
    ],
)
def test_neither_who_did_it_nor_their_desk_judges_it(actor, posts, may):
    assert rules.another_than_the_judged.allows(moment(Actor("person", actor), posts)) is may


def test_a_profile_says_when_a_bad_rating_opens_it_again():
    assert rules.only_unsolved(PROFILE) is False
    assert rules.only_unsolved(SimpleNamespace(settings={"bad_rating": BadRating.EITHER})) is False
    assert rules.only_unsolved(SimpleNamespace(settings={"bad_rating": BadRating.UNSOLVED})) is True


@pytest.mark.parametrize(("late", "may"), [(timedelta(0), True), (timedelta(microseconds=1), False)])
def test_it_is_rated_until_its_limit(late, may):
    assert rules.still_time_to_rate.allows(moment(due_at=TEN - late)) is may
    assert rules.still_time_to_rate.allows(moment()) is True


@pytest.mark.parametrize("had", [True, False])
def test_a_desk_that_had_a_hand_does_not_judge_with_the_reporters_code(had, monkeypatch):
    bearer, asked = object(), []
    monkeypatch.setattr(rules, "had_a_hand", lambda _case, viewer: asked.append(viewer) or had)

    assert rules.in_the_reporters_own_hand.allows(moment(bearer=bearer)) is not had
    assert asked == [bearer]
    assert rules.in_the_reporters_own_hand.allows(moment()) is True


@pytest.mark.parametrize(
    ("posts", "calls", "may"),
    [
        ([a_post()], [], True),
        ([a_post()], [(OTHER, TEN)], True),
        ([a_post()], [(DESK, None)], True),
        ([a_post()], [(DESK, TEN)], False),
        ([a_post()], [(DESK, TEN), (OTHER, None)], False),
        ([a_post(), a_post(OTHER)], [(DESK, TEN), (OTHER, None)], True),
    ],
)
def test_an_arrival_is_signed_once(posts, calls, may):
    open_calls = [SimpleNamespace(desk_id=desk, arrived_at=at) for desk, at in calls]

    assert rules.not_arrived_yet.allows(moment(posts=posts, open_assignments=open_calls)) is may


def test_who_approves_has_the_right_over_the_place():
    approves = rules.may_approve_completion.allows

    assert approves(moment(posts=[a_post(may=("approve",))])) is True
    assert approves(moment(posts=[a_post(may=("approve",), path="/1/9/")])) is False
