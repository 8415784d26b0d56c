"""Four eyes: who proposes does not approve."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from linli.foundation.errors import Absent, InvalidInput, NotAllowed, WrongState
from linli.foundation.ids import new_id
from linli.foundation.rules import ANYONE, CLOCK, IMPORT, Actor
from linli.kernel.journal.models import Event
from linli.kernel.rulebook import queries, registry, services
from linli.kernel.rulebook.models import Decision, Proposal, RuleSet
from linli.kernel.rulebook.queries.proposals import digest_of
from tests.kernel.rulebook.builders import ANNA, BEN, KEY, NOW, TODAY, a_rule, a_world

pytestmark = pytest.mark.django_db


def a_proposal(size: int = 1, **changed: object) -> Proposal:
    wish = {
        "key": KEY, "place_id": None, "valid_from": TODAY, "data": {"size": size}, "basis": "文件〔2026〕1号",
        "actor": ANNA, "now": NOW, **changed,
    }  # fmt: skip
    return services.propose(**wish)  # type: ignore[arg-type]


def test_a_proposal_changes_nothing_until_another_person_approves() -> None:
    proposal = a_proposal(7)
    assert queries.rule_or_none(KEY, "", TODAY) is None
    rule = services.approve(proposal_id=proposal.id, actor=BEN, now=NOW)
    assert queries.rule(KEY, "", TODAY).data == {"size": 7}
    assert (rule.made_by, rule.approved_by, rule.origin, rule.version) == (ANNA.id, BEN.id, "local", 1)
    assert list(queries.open_proposals()) == []


def test_who_proposed_cannot_approve() -> None:
    proposal = a_proposal()
    with pytest.raises(NotAllowed, match="另一个人审核"):
        services.approve(proposal_id=proposal.id, actor=ANNA, now=NOW)
    assert RuleSet.objects.count() == 0
    assert list(queries.open_proposals()) == [proposal]


def test_two_accounts_of_one_person_are_one_person(guards: list[registry.Guard]) -> None:
    def same_person(ask: registry.Ask) -> None:
        if ask.step == "approve" and {ask.actor.id, ask.other} == {ANNA.id, BEN.id}:
            raise NotAllowed("这是同一个人的两个账号。")

    registry.guard(same_person)
    proposal = a_proposal()
    with pytest.raises(NotAllowed, match="同一个人"):
        services.approve(proposal_id=proposal.id, actor=BEN, now=NOW)
    assert RuleSet.objects.count() == 0
    services.approve(proposal_id=proposal.id, actor=Actor("person", new_id()), now=NOW)
    assert RuleSet.objects.count() == 1


def test_a_guard_is_asked_about_the_place_and_the_step(guards: list[registry.Guard]) -> None:
    asked: list[tuple[str, str]] = []
    registry.guard(lambda ask: asked.append((ask.step, ask.path)))
    world = a_world()
    proposal = a_proposal(place_id=world.county.id)
    services.refuse(proposal_id=proposal.id, reason="依据不足", actor=BEN, now=NOW)
    assert asked == [("propose", world.county.path), ("refuse", world.county.path)]


def test_without_a_post_nobody_proposes_approves_or_publishes(
    guards: list[registry.Guard], rights: list[registry.Guard]
) -> None:
    proposal = a_proposal()
    guards[:] = rights
    with pytest.raises(NotAllowed, match="不在您的岗位职责里"):
        a_proposal(2)
    with pytest.raises(NotAllowed):
        services.approve(proposal_id=proposal.id, actor=BEN, now=NOW)
    with pytest.raises(NotAllowed):
        services.publish_calendar(year=2027, days=[], source="x", by=BEN, now=NOW)
    assert RuleSet.objects.count() == 0


@pytest.mark.parametrize("actor", [CLOCK, IMPORT, ANYONE, Actor("person"), Actor("code", new_id())])
def test_only_a_person_makes_rules(actor: Actor) -> None:
    with pytest.raises(NotAllowed, match="有岗位的工作人员"):
        a_proposal(actor=actor)
    proposal = a_proposal()
    with pytest.raises(NotAllowed, match="有岗位的工作人员"):
        services.approve(proposal_id=proposal.id, actor=actor, now=NOW)


def test_a_proposal_is_decided_once() -> None:
    proposal = a_proposal()
    services.approve(proposal_id=proposal.id, actor=BEN, now=NOW)
    for decide in (
        lambda: services.approve(proposal_id=proposal.id, actor=BEN, now=NOW),
        lambda: services.refuse(proposal_id=proposal.id, reason="晚了", actor=BEN, now=NOW),
    ):
        with pytest.raises(WrongState, match="已经有结论"):
            decide()
    assert RuleSet.objects.count() == 1


def test_a_refusal_gives_its_reason_and_makes_no_rule() -> None:
    proposal = a_proposal()
    with pytest.raises(InvalidInput, match="理由"):
        services.refuse(proposal_id=proposal.id, reason="  ", actor=BEN, now=NOW)
    decision = services.refuse(proposal_id=proposal.id, reason=" 依据不足 ", actor=BEN, now=NOW)
    assert (decision.reason, decision.rule) == ("依据不足", None)
    assert RuleSet.objects.count() == 0


def test_who_proposed_may_take_it_back() -> None:
    proposal = a_proposal()
    services.refuse(proposal_id=proposal.id, reason="写错了", actor=ANNA, now=NOW)
    assert list(queries.open_proposals()) == []


def test_what_there_is_not_cannot_be_decided() -> None:
    with pytest.raises(Absent, match="没有这份规则提议"):
        services.approve(proposal_id=new_id(), actor=BEN, now=NOW)


def test_a_rule_cannot_begin_in_the_past() -> None:
    with pytest.raises(InvalidInput, match="过去的日子"):
        a_proposal(valid_from=TODAY - timedelta(1))
    proposal = a_proposal()
    with pytest.raises(InvalidInput, match="过去的日子"):
        services.approve(proposal_id=proposal.id, actor=BEN, now=NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"basis": " "}, "请写明规则的依据"),
        ({"valid_to": TODAY}, "终止日期要晚于起始日期"),
        ({"data": {"size": "大"}}, "大小要写整数"),
        ({"data": {"size": 1.5}}, "只能写文字、整数"),
        ({"key": "t.unknown"}, "没有“t.unknown”这种规则"),
        ({"inherits": True}, "恢复上级规则"),
        ({"inherits": True, "data": {}}, "恢复上级规则"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_when_it_is_proposed(
    changed: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        a_proposal(**changed)
    assert Proposal.objects.count() == 0


def test_a_rule_for_a_place_there_is_not_is_refused() -> None:
    with pytest.raises(Absent, match="没有这个地方"):
        a_proposal(place_id=new_id())


def test_each_step_is_in_the_journal() -> None:
    world = a_world()
    rule = a_rule(1, world.county)
    proposal = Proposal.objects.get()
    told = Event.objects.filter(subject_kind__in=["rule", "rule_proposal"]).order_by("id")
    assert list(told.values_list("name", "by_id", "subject_id", "county")) == [
        ("rulebook.propose", ANNA.id, proposal.id, "520603"),
        ("rulebook.enact", BEN.id, rule.id, "520603"),
        ("rulebook.approve", BEN.id, proposal.id, "520603"),
    ]
    place = str(world.county.id)
    assert told[1].data == {"key": KEY, "version": 1, "place": place, "digest": digest_of(rule)}


def test_the_database_itself_wants_two_persons_for_a_local_rule() -> None:
    for approved_by in (None, ANNA.id):
        with pytest.raises(IntegrityError), transaction.atomic():
            RuleSet.objects.create(
                key=KEY, valid_from=TODAY, version=1, data={}, basis="x", made_by=ANNA.id,
                approved_by=approved_by, made_at=NOW, origin="local",
            )  # fmt: skip


@pytest.mark.parametrize("model", [RuleSet, Proposal, Decision])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_itself_refuses_to_change_what_was_written(model: type, change: str) -> None:
    a_rule(1)
    column = {RuleSet: "basis", Proposal: "basis", Decision: "reason"}[model]
    rows = model._base_manager.all()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows.update(**{column: "别的"}) if change == "update" else rows._raw_delete("default")
    assert rows.count() == 1
