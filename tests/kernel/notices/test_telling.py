from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries, Settings

from linli.kernel.notices import queries, registry, services
from linli.kernel.notices.choices import Channel, State
from linli.kernel.notices.models import Notice
from tests.kernel.notices.builders import NOON, PHONE, SOMEBODY, only, told
from tests.kernel.notices.providers import Sms, WeChat

pytestmark = pytest.mark.django_db


def test_the_inbox_has_it_at_once_and_other_channels_wait(sms: Sms, wechat: WeChat) -> None:
    notices = told()

    assert {(notice.channel, notice.state, notice.sent_at, notice.next_at) for notice in notices} == {
        ("inbox", State.SENT, NOON, None),
        ("sms", State.WAITING, None, NOON),
        ("wechat", State.WAITING, None, NOON),
    }
    assert sms.requests + wechat.requests == []


def test_by_default_only_the_inbox_is_on() -> None:
    assert [notice.channel for notice in told()] == ["inbox"]


def test_saying_the_same_again_does_nothing_and_saying_something_else_does(
    sms: Sms, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.STAMP_SECONDS = 60  # as in production, where rules are not looked at for each notice
    told()
    with django_assert_num_queries(2):  # who refuses this way, and the notices
        services.tell(
            to_kind="person", to_id=SOMEBODY, template="request.accept", params={"number": "1"},
            dedupe_key="event-1", now=NOON + timedelta(days=1), county="",
        )  # fmt: skip
    assert Notice.objects.count() == 2

    told(dedupe_key="event-2", channels=["inbox"])
    told(to_id=uuid4(), channels=["inbox"])
    assert Notice.objects.count() == 4
    assert set(Notice.objects.values_list("made_at", flat=True)) == {NOON}


def test_it_is_part_of_the_callers_transaction() -> None:
    with transaction.atomic():
        told()
        transaction.set_rollback(True)

    assert Notice.objects.count() == 0


@pytest.mark.parametrize(
    "value",
    ["张三", "19900000000", "tel:13800000000", "110101199001011237", "a b", "a@b.cn", "x" * 65, "1\n", "<b>"],
)
def test_what_could_be_text_about_a_person_is_no_parameter(value: str) -> None:
    with pytest.raises(registry.NoticeError, match="number"):
        told(params={"number": value})


@pytest.mark.parametrize(
    "value",
    ["0603-0000386-4", "homes.lift", "2026-11-20T03:00:00.000001+00:00", UUID(int=13800000000), 2027, ""],
)
def test_numbers_codes_ids_and_times_are(value: object) -> None:
    assert only_params(told(params={"number": value})) == {"number": str(value)}


def only_params(notices: list[Notice]) -> dict[str, str]:
    assert len(notices) == 1
    return notices[0].params


def test_a_notice_reads_as_its_sentence_with_what_the_teller_gave() -> None:
    reading = queries.reading(told()[0], NOON)

    assert (reading.title, reading.said, reading.unread) == (
        "已接单",
        "编号 0603-0000386-4 的事已经接单。",
        True,
    )


@pytest.mark.parametrize(
    "trick", ["{0.__class__}", "{number.__class__}", "{number!r}", "{{number}}", "%(number)s"]
)
def test_a_wording_has_no_format_language(trick: str) -> None:
    said = registry.filled(f"{trick} {{number}} {{unknown}}", {"number": "7"})

    assert said == trick.replace("{number}", "7") + " 7 —"


def test_a_wording_that_is_gone_does_not_cost_the_notice() -> None:
    reading = queries.reading(told(template="request.unheard_of")[0], NOON)

    assert reading.said == "您有一条新消息，请打开查看。"


def test_the_inbox_is_paged_by_key_newest_first_at_one_query_a_page(
    django_assert_num_queries: DjangoAssertNumQueries, sms: Sms
) -> None:
    ids = [told(dedupe_key=str(number))[-2:] for number in range(5)]
    mine = list(Notice.objects.filter(channel="inbox").order_by("-id").values_list("id", flat=True))
    assert len(ids) == len(mine) == 5

    with django_assert_num_queries(2):
        first = queries.inbox_of("person", SOMEBODY, limit=3)
        rest = queries.inbox_of("person", SOMEBODY, after=first[-1].id, limit=3)

    assert [notice.id for notice in first + rest] == mine
    assert queries.inbox_of("person", uuid4()) == []
    assert queries.inbox_of("desk", SOMEBODY) == []


def test_reading_marks_mine_and_nobody_elses() -> None:
    desk, other = uuid4(), uuid4()
    told(dedupe_key="a")
    told(dedupe_key="b", to_kind="desk", to_id=desk)
    told(dedupe_key="c", to_id=other)
    mine = [("person", SOMEBODY), ("desk", desk)]
    assert queries.unread(mine) == 2

    assert services.mark_read(recipients=mine[:1], now=NOON, ids=[uuid4()]) == 0
    assert services.mark_read(recipients=mine, now=NOON) == 2
    assert services.mark_read(recipients=mine, now=NOON) == 0

    assert queries.unread(mine) == 0
    assert queries.unread([("person", other)]) == 1
    assert queries.unread([]) == 0


def test_codes_read_as_the_names_of_the_moment() -> None:
    words = registry.words(
        {
            "place": str(uuid4()),
            "desk": str(uuid4()),
            "category": "no.such",
            "due": "2026-11-20T10:05:00+00:00",
        },
        county="",
        now=NOON,
    )

    assert words == {"place": "所在地", "desk": "办理单位", "category": "其他事项", "due": "11月20日 18:05"}


def test_no_row_holds_the_number_it_goes_to(sms: Sms) -> None:
    told()
    services.send_due(NOON)

    assert only(Channel.SMS).state == State.SENT
    assert PHONE not in str(list(Notice.objects.values()))


@pytest.mark.logs("notice_failed")
def test_the_settings_of_a_gateway_refuse_clear_text_to_another_machine(settings: Settings) -> None:
    settings.SMS = {
        "base_url": "http://sms.example", "key_id": "k", "key_secret": "s", "sign_name": "n",
        "templates": {"request.accept": {"code": "SMS_1", "params": {}}},
    }  # fmt: skip
    told()

    services.send_due(NOON)

    assert (only(Channel.SMS).state, only(Channel.SMS).why) == (State.WAITING, "ImproperlyConfigured")
