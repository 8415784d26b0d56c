"""Somebody asks what becomes of their data: a person answers within the limit, and "no" says why and where to turn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from linli.apps.privacy import jobs
from linli.apps.privacy.choices import Hold, Why
from linli.foundation import worktime
from linli.foundation.errors import InvalidInput, NotAllowed
from linli.foundation.rules import ANYONE, Actor, Moment
from linli.kernel.cases import queries as cases
from linli.kernel.cases import services
from linli.kernel.cases.models import Case
from linli.kernel.journal import services as journal
from linli.kernel.journal import verify
from linli.kernel.people.models import Account
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.rulebook.models import RuleSet
from linli.kernel.rulebook.services import approve, propose
from linli.kernel.vault import services as vault
from linli.kernel.vault.models import Record
from tests.apps.privacy.asking import NAME, PHONE, WORDS
from tests.world import TEN, a_person, seat

REASON = {"reason": "dispute", "until": "2026-06-01", "words": "调解还没有结束"}


def test_it_lies_with_the_data_officer_and_is_due_in_fifteen_working_days(asked):
    asked.reports()
    case = asked.ask()

    calendar = rulebook.calendar(case.path, date(2026, 3, 11))
    assert case.holder_id == asked.world.desks["county"].pk
    assert case.due_at == worktime.due(TEN, worktime.Limit(15, worktime.WORK_DAYS), calendar)
    assert (case.due_on_what, case.state, case.confidential) == ("data_answer", "asked", True)
    with transaction.atomic():
        journal.bump("desks")
        officers = seat(asked.world, "data", asked.world.community, "data_officer")
    assert asked.ask().holder_id == officers.pk


def test_where_a_place_has_limits_of_its_own_that_say_nothing_of_it_it_is_due_all_the_same(asked):
    """A place wrote its limits before there were such requests."""
    county = asked.world.county
    editor, approver = (
        Actor("person", a_person(asked.world, role, role, county).pk)
        for role in ("rule_editor", "rule_approver")
    )
    shipped = RuleSet.objects.get(key="limits").data["limits"]
    proposal = propose(
        key="limits", place_id=county.pk, basis="测试", actor=editor, now=TEN,
        valid_from=TEN.astimezone(worktime.SHANGHAI).date(),
        data={"limits": [row for row in shipped if row["clock"] != "data_answer"]},
    )  # fmt: skip
    rule = approve(proposal_id=proposal.pk, actor=approver, now=TEN)
    case = asked.ask()

    calendar = rulebook.calendar(case.path, date(2026, 3, 11))
    assert (case.limits_id, case.due_on_what) == (rule.pk, "data_answer")
    assert case.due_at == worktime.due(TEN, worktime.Limit(15, worktime.WORK_DAYS), calendar)


def test_granted_everything_of_theirs_is_gone_and_the_number_leads_to_nobody(asked):
    case = asked.closed(asked.reports())
    notes = asked.notes(case)
    request = asked.ask(words="我要搬走了")
    asked.answer(request)

    assert asked.held([case.pk, *notes, asked.me.pk]) == []
    assert asked.held([request.pk]) == []
    assert (Case.objects.get(pk=request.pk).state, Case.objects.get(pk=request.pk).closed_how) == (
        "closed",
        "done",
    )
    assert not Account.objects.get(pk=asked.me.pk).is_active
    assert "已经删除" in asked.said_to_me(request)
    assert verify.run(["vault.records", "vault.kept", "journal.chain"]).findings == []


def test_what_is_still_being_worked_on_is_restricted_pseudonymised_and_erased_once_it_is_done(asked):
    """Attack 67, an open case: not refused in silence."""
    open_one, done = asked.reports(), asked.closed(asked.reports())
    request = asked.ask()
    after = asked.answer(request)

    assert (after.state, asked.held([done.pk])) == ("restricted", [])
    assert asked.held([open_one.pk]) == ["requests.text"], "what names or reaches the person is gone at once"
    row = Record.objects.get(subject_id=open_one.pk, erased_at=None)
    assert (row.restricted_at, row.restricted_why, row.person_id) == (TEN, "open_case", None)
    assert asked.opened(open_one, "handle_case") == {"requests.text": WORDS}
    assert open_one.number in asked.said_to_me(request)
    assert (vault.finish_restricted(TEN), jobs.complete(TEN)) == (0, 0)

    asked.closed(open_one)
    later = TEN + timedelta(days=9)
    assert vault.finish_restricted(later) == 1
    assert asked.held([open_one.pk, *asked.notes(open_one)]) == []
    assert jobs.complete(later) == 1
    assert Case.objects.get(pk=request.pk).closed_how == "done"


def test_a_dispute_restricts_until_a_day_says_why_and_when_and_it_is_gone_after_that(asked):
    """Attack 67, a dispute: restricted and pseudonymised, reason and date told."""
    case = asked.closed(asked.reports())
    request = asked.ask()
    assert asked.answer(request, "hold", **REASON).state == "restricted"

    said = asked.said_to_me(request)
    assert str(Hold.DISPUTE.label) in said
    assert "2026年6月1日" in said
    assert "12377" in said
    assert asked.held([case.pk, asked.me.pk]) == ["requests.text"]
    with pytest.raises(NotAllowed):
        asked.opened(case, "handle_case")
    assert asked.opened(case, "check_result") == {"requests.text": WORDS}

    end = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)  # the day is over at midnight in Shanghai
    before = end - timedelta(seconds=1)
    assert (vault.finish_restricted(before), jobs.complete(before)) == (0, 0)
    assert (vault.finish_restricted(end), jobs.complete(end)) == (1, 1)
    assert asked.held([case.pk, *asked.notes(case)]) == []


def test_what_a_dispute_held_and_is_open_again_when_that_ends_waits_for_its_own_end(asked):
    case = asked.reports()
    asked.answer(asked.ask(), "hold", **REASON)

    vault.finish_restricted(datetime(2026, 6, 2, tzinfo=UTC))
    row = Record.objects.get(subject_id=case.pk, erased_at=None)
    assert (row.restricted_why, row.restricted_for, row.restricted_until) == ("open_case", case.pk, None)


def test_no_says_the_rule_the_reason_the_next_step_and_whom_to_complain_to(asked):
    asked.reports()
    request = asked.ask("correct", words="名字写错了")
    asked.answer(request, "refuse", reason="correct_already", words="和您留的一样")

    said = asked.said_to_me(request)
    wanted = [
        Why.CORRECT_ALREADY.label,
        "和您留的一样",
        "三十天之内",
        asked.world.desks["county"].phone,
        "12377",
        "起诉",
    ]
    assert [one for one in wanted if str(one) not in said] == []


def test_a_no_may_be_contested_once_and_somebody_else_looks_again(asked):
    asked.reports()
    request = asked.ask("object", words="不同意")
    asked.answer(request, "refuse", reason="not_held", words="没有")
    asked.world.take(request, "contest", "reporter", words="有的")

    with pytest.raises(NotAllowed, match="换一个人"):
        asked.answer(request, "grant", words="好")
    asked.answer(request, "refuse", "county_second", reason="not_held", words="又查了，没有")
    with pytest.raises(NotAllowed, match="已经提过一次"):
        asked.world.take(request, "contest", "reporter", words="还是有")


def test_who_reported_without_an_account_asks_with_the_code_and_only_for_that_one_matter(asked):
    mine, other = asked.reports(who=""), asked.reports(who="")
    asked.closed(mine)
    asked.answer(asked.ask_by_code(mine))

    assert (asked.held([mine.pk]), len(asked.held([other.pk]))) == ([], 3)


def test_a_desk_asks_for_who_comes_in_person_and_another_person_answers(asked):
    case = asked.closed(asked.reports())
    code = services.tracking_code(case.pk)
    at_desk = {"who": "county", "channel": "counter"}
    by_code, by_phone = asked.ask(code=code, **at_desk), asked.ask(phone=PHONE, **at_desk)

    assert by_code.facts["about"] == ["case", str(case.pk)]
    assert by_phone.facts["about"] == ["person", str(asked.me.pk)]
    with pytest.raises(NotAllowed, match="登记的人不能自己答复"):
        asked.answer(by_phone)
    asked.answer(by_phone, who="county_second")
    assert asked.held([case.pk, asked.me.pk]) == []


@pytest.mark.parametrize(
    ("who", "data", "said"),
    [
        ("", {}, "请填写查询码"),
        (
            "",
            {"code": "0000-0000-0000"},
            "请从查询页申请",
        ),  # a form without a limit on guessing takes no code
        ("community", {"channel": "counter", "code": "0000-0000-0000"}, "没有这个查询码"),
        ("community", {}, "请填写查询码"),
        ("property", {"channel": "counter", "phone": PHONE}, "登记的岗位"),
        ("community", {"channel": "counter", "phone": "13899990000"}, "没有用这个号码的账号"),
        ("me", {"category": "correct"}, "请写明哪里不对"),
    ],
)
def test_nobody_asks_about_what_is_not_theirs(asked, who, data, said):
    asked.reports()
    moment = asked.world.moment(who) if who else Moment(ANYONE, None, TEN)
    with pytest.raises(InvalidInput, match=said):
        services.open_case(flow="data", data={"category": "erase", **data}, moment=moment)


def test_a_request_about_data_is_no_matter_of_which_one_can_ask_the_data(asked):
    asked.reports()
    request = asked.ask()
    with pytest.raises(InvalidInput, match="没有这个查询码"):
        asked.ask(code=services.tracking_code(request.pk), who="community", channel="counter")


def test_nothing_of_others_goes_with_it(asked):
    mine = asked.closed(asked.reports())
    theirs = asked.reports(who="", contact_name=NAME)
    asked.answer(asked.ask())

    assert (asked.held([mine.pk]), len(asked.held([theirs.pk]))) == ([], 3)


def test_it_stands_in_no_list_of_who_supervises(asked):
    asked.reports()
    request = asked.ask()
    for who in ("supervisor", "grid", "community", "street", "property", "protected"):
        assert not asked.world.viewer(who).holds(request.holder_id)

    seen = [who for who in asked.world.people if cases.find(asked.world.viewer(who), request.pk)]
    assert sorted(seen) == ["county", "county_second", "me"]
