from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.conf import settings as django_settings
from django.db import connections
from pytest_django import Settings

from linli.kernel.notices import address, queries, registry, services
from linli.kernel.notices.choices import Channel, State
from linli.kernel.notices.models import Notice
from linli.kernel.notices.services import gateways, sending
from tests.figures import Tell
from tests.kernel.notices.builders import ACCEPTED, NIGHT, NOON, PHONE, SOMEBODY, only, told
from tests.kernel.notices.providers import Sms

SMS_ONLY = ["sms"]
db = pytest.mark.django_db


def after(seconds: float) -> Any:
    return NOON + timedelta(seconds=seconds)


@db
def test_a_notice_goes_once_and_is_marked(sms: Sms, lookups: list[Any]) -> None:
    notice = told(channels=SMS_ONLY)[0]

    assert services.send_due(NOON) == 1
    assert services.send_due(after(3600)) == 0

    notice.refresh_from_db()
    assert (notice.state, notice.sent_at, notice.attempts, notice.lease) == (State.SENT, NOON, 1, None)
    assert notice.receipt == "biz-1"
    assert sms.shown == [(PHONE, str(notice.id), {"no": "0603-0000386-4", "where": ""})]
    assert sms.faults == []
    assert lookups == [(SOMEBODY, "sms", str(notice.id))]


@db
@pytest.mark.parametrize("word", ["isp.SYSTEM_ERROR", "Throttling.User", "500", "garbage", "hang", "reset"])
def test_what_may_pass_is_tried_again_until_it_goes(sms: Sms, word: str) -> None:
    sms.script = [word, word]
    told(channels=SMS_ONLY)

    services.send_due(NOON)
    first = only(Channel.SMS)
    assert (first.state, first.attempts, first.sent_at) == (State.WAITING, 1, None)
    assert after(30) <= first.next_at <= after(36)
    assert services.send_due(after(29)) == 0
    services.send_due(after(40))
    second = only(Channel.SMS)
    assert after(40 + 60) <= second.next_at <= after(40 + 72)
    services.send_due(after(200))

    assert (only(Channel.SMS).state, len(sms.shown)) == (State.SENT, 1)


@db
@pytest.mark.parametrize("word", ["lost", "drip"])
def test_what_was_accepted_without_our_hearing_it_is_shown_once(sms: Sms, word: str) -> None:
    """The provider does not drop duplicates; we ask it before we send again."""
    sms.script = [word]
    told(channels=SMS_ONLY)

    services.send_due(NOON)
    assert (only(Channel.SMS).state, only(Channel.SMS).doubtful, len(sms.shown)) == (State.WAITING, True, 1)
    services.send_due(after(60))

    assert only(Channel.SMS).state == State.SENT
    assert len(sms.shown) == 1
    first, *asked = [request["headers"]["x-acs-action"] for request in sms.requests]
    assert first == "SendSms"
    assert set(asked) == {"QuerySendDetails"}  # one for each Shanghai day on which it may have gone


@db
@pytest.mark.parametrize(
    "code", ["isv.MOBILE_NUMBER_ILLEGAL", "isv.SMS_TEMPLATE_ILLEGAL", "isv.INVALID_PARAMETERS"]
)
def test_what_can_never_go_is_a_dead_letter_at_once_and_visible(sms: Sms, code: str) -> None:
    sms.script = [code]
    told(channels=SMS_ONLY)

    services.send_due(NOON)

    dead = queries.dead_letters("520115")
    assert [(notice.state, notice.why, notice.attempts) for notice in dead] == [(State.DEAD, code, 1)]
    assert queries.dead_letters("520100") == []
    assert [notice.id for notice in queries.dead_letters()] == [dead[0].id]
    assert services.send_due(after(100_000)) == 0


@db
def test_a_dead_letter_can_be_sent_again_by_a_person(sms: Sms) -> None:
    sms.script = ["isv.SMS_SIGNATURE_ILLEGAL"]
    told(channels=SMS_ONLY)
    services.send_due(NOON)

    assert services.revive(ids=[only(Channel.SMS).id], now=after(60)) == 1
    assert services.revive(ids=[only(Channel.SMS).id], now=after(60)) == 0
    services.send_due(after(60))

    assert (only(Channel.SMS).state, only(Channel.SMS).why) == (State.SENT, "")


@db
def test_a_limit_of_the_provider_is_waited_out(sms: Sms) -> None:
    sms.script = ["isv.BUSINESS_LIMIT_CONTROL"]
    told(channels=SMS_ONLY)

    services.send_due(NOON)

    assert after(900) <= only(Channel.SMS).next_at <= after(1080)


@db
def test_a_receiver_that_is_down_for_an_hour_loses_nothing(
    settings: Settings, sms: Sms, figure: Tell
) -> None:
    """A closed port, then cut connections, errors, nonsense, and answers lost after it was sent; then all is well."""
    n, open_port = 40, settings.SMS
    for number in range(n):
        told(channels=SMS_ONLY, dedupe_key=str(number))
    settings.SMS = open_port | {"base_url": "http://127.0.0.1:9"}
    send_for(range(20))
    assert Counter(Notice.objects.values_list("state", "why")) == {(State.WAITING, "unreachable"): n}
    settings.SMS = open_port
    sms.script = ["reset", "500", "garbage", "isp.SYSTEM_ERROR", "lost"] * 2000
    send_for(range(20, 60))
    gone_unheard = len(sms.shown)
    sms.script = []
    send_for(range(60, 150))

    states = Counter(Notice.objects.values_list("state", flat=True))
    times = Counter(out_id for _number, out_id, _params in sms.shown)
    lost, twice = n - len(times), sum(count > 1 for count in times.values())
    figure("J2", "notices over an hour without a receiver: lost, shown twice, wrongly signed", target="0, 0, 0",
           n=n, floor=40, got=f"{lost}, {twice}, {len(sms.faults)}")  # fmt: skip
    assert (lost, twice, sms.faults, states) == (0, 0, [], {State.SENT: n})
    assert gone_unheard > 0


def send_for(minutes: range) -> None:
    """Let the worker run once a minute by the fake clock."""
    for minute in minutes:
        while services.send_due(after(60 * minute)):
            continue


@db
def test_after_the_last_attempt_it_is_a_dead_letter(settings: Settings, sms: Sms) -> None:
    settings.SMS = settings.SMS | {"base_url": "http://127.0.0.1:9"}
    told(channels=SMS_ONLY)
    now, waits = NOON, []
    while (notice := only(Channel.SMS)).state == State.WAITING:
        waits.append(notice.next_at - now)
        now = notice.next_at
        services.send_due(now)
        if queries.quiet_until("520115", now):
            Notice.objects.update(urgent=True)

    assert (notice.state, notice.attempts, notice.why) == (State.DEAD, sending.MOST_ATTEMPTS, "unreachable")
    assert now - NOON > timedelta(hours=9)
    assert max(waits) <= timedelta(seconds=sending.LONGEST_WAIT * (1 + sending.JITTER))


@db
def test_quiet_hours_put_off_what_is_not_urgent_without_using_up_attempts(
    sms: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        registry,
        "_wordings",
        {
            "request.accept": ACCEPTED,
            "request.urgent": registry.Wording("紧急", "请立即查看。", ("sms",), urgent=True),
        },
    )
    settings_sms = django_settings.SMS
    settings_sms["templates"]["request.urgent"] = {"code": "SMS_9", "params": {}}
    told(channels=SMS_ONLY, now=NIGHT)
    told(channels=SMS_ONLY, now=NIGHT, template="request.urgent", params={})

    services.send_due(NIGHT)

    waiting = Notice.objects.get(template="request.accept")
    # Half past two at night in Shanghai; seven in the morning is 23:00 UTC of the day before.
    assert (waiting.attempts, waiting.next_at.isoformat()) == (0, "2026-11-19T23:00:00+00:00")
    assert Notice.objects.get(template="request.urgent").state == State.SENT
    services.send_due(waiting.next_at)
    assert len(sms.shown) == 2


@pytest.mark.parametrize(
    ("utc", "ends"),
    [
        ("2026-11-20T13:59:59+00:00", None),
        ("2026-11-20T14:00:00+00:00", "2026-11-20T23:00:00+00:00"),
        ("2026-11-20T16:00:00+00:00", "2026-11-20T23:00:00+00:00"),
        ("2026-11-20T22:59:59+00:00", "2026-11-20T23:00:00+00:00"),
        ("2026-11-20T23:00:00+00:00", None),
    ],
)
@db
def test_quiet_hours_are_shanghais_ten_to_seven_unless_the_rules_say_otherwise(
    utc: str, ends: str | None
) -> None:
    until = queries.quiet_until("", NOON.fromisoformat(utc))

    assert (until and until.astimezone(NOON.tzinfo).isoformat()) == ends


@db
def test_a_channel_that_was_switched_off_and_a_person_without_a_number_are_dead_letters(
    sms: Sms, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(channels=SMS_ONLY)
    told(channels=SMS_ONLY, to_kind="case", dedupe_key="2")
    told(channels=SMS_ONLY, template="request.other", dedupe_key="3")
    services.send_due(NOON)
    assert dict(Notice.objects.filter(state=State.DEAD).values_list("dedupe_key", "why")) == {
        "2": "no_address",
        "3": "no_template",
    }

    told(channels=SMS_ONLY, dedupe_key="4")
    settings.SMS = {}
    services.send_due(NOON)
    assert Notice.objects.get(dedupe_key="4").why == "channel_off"


@db
def test_an_error_of_one_notice_stops_no_other_and_is_told_without_the_number(
    sms: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(to_id: object, channel: str, **more: object) -> str:
        raise RuntimeError(f"the vault is shut for {PHONE}")

    address.register("case", failing)
    told(channels=SMS_ONLY, to_kind="case")
    told(channels=SMS_ONLY)

    with structlog.testing.capture_logs() as logs:
        services.send_due(NOON)

    assert Notice.objects.get(to_kind="person").state == State.SENT
    failed = Notice.objects.get(to_kind="case")
    assert (failed.state, failed.why) == (State.WAITING, "RuntimeError")
    assert PHONE not in str(logs)
    assert [entry["error"] for entry in logs if entry["event"] == "notice_failed"] == ["RuntimeError"]


@db
def test_a_lease_that_passed_on_is_not_overwritten(sms: Sms) -> None:
    told(channels=SMS_ONLY)
    slow = sending._claim(NOON)[0]
    assert sending._claim(after(44)) == []
    fast = sending._claim(after(46))[0]
    assert fast.doubtful  # somebody may have sent it
    sending._attempt(fast, after(46))

    sending._settle(slow, state=State.DEAD, why="late")

    assert (only(Channel.SMS).state, only(Channel.SMS).attempts) == (State.SENT, 2)


@db
def test_what_was_put_off_under_a_clock_that_was_ahead_goes_when_the_clock_is_right_again(sms: Sms) -> None:
    sms.script = ["500"]
    told(channels=SMS_ONLY)
    services.send_due(NOON + timedelta(days=400))
    assert only(Channel.SMS).next_at > NOON + timedelta(days=399)

    services.send_due(NOON)

    assert (only(Channel.SMS).state, len(sms.shown)) == (State.SENT, 1)


@db
def test_what_was_held_under_a_clock_that_was_ahead_goes_when_the_clock_is_right_again(sms: Sms) -> None:
    told(channels=SMS_ONLY)
    assert len(sending._claim(NOON + timedelta(days=400))) == 1

    services.send_due(NOON)

    assert (only(Channel.SMS).state, len(sms.shown)) == (State.SENT, 1)


@db
def test_a_run_that_takes_too_long_gives_the_rest_back(sms: Sms, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        told(channels=SMS_ONLY, dedupe_key=str(number))
    clock = iter([0.0, 0.0, 99.0])
    monkeypatch.setattr(sending.time, "monotonic", lambda: next(clock, 99.0))
    with monkeypatch.context() as patch:
        patch.setattr(sending, "_attempt", lambda notice, _now: sending._settle(notice, state=State.SENT))
        assert services.send_due(NOON) == 1

    rest = Notice.objects.filter(state=State.WAITING)
    assert (
        list(rest.values_list("attempts", "lease", "leased_until", "doubtful"))
        == [(0, None, None, False)] * 2
    )


def test_two_senders_send_each_notice_once(committed_db: None, sms: Sms) -> None:
    for number in range(30):
        told(channels=SMS_ONLY, dedupe_key=str(number))

    def work(_sender: int) -> int:
        try:
            return sum(services.send_due(NOON) for _turn in range(4))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        settled = list(pool.map(work, range(2)))

    assert sum(settled) == 30
    assert Counter(Notice.objects.values_list("state", "attempts")) == {(State.SENT, 1): 30}
    assert set(Counter(out_id for _number, out_id, _params in sms.shown).values()) == {1}
    assert len(sms.shown) == 30


WORKER = """
    import json, sys, time
    from datetime import datetime
    import django
    from django.conf import settings
    from django.db import connections
    settings.SMS = json.loads(sys.argv[1])
    settings.OUTBOUND_PRIVATE = ["127.0.0.1/32"]
    for alias, name in zip(("default", "keys"), sys.argv[2:4]):
        connections.settings[alias]["NAME"] = name
    django.setup()
    from linli.kernel.notices import address
    from linli.kernel.notices.services import sending
    address.register("person", lambda to_id, channel, *, task, now: sys.argv[4])
    def stop(*arguments, **outcome):
        print("sent, not marked", flush=True)
        time.sleep(60)
    sending._settle = stop
    sending.send_due(datetime.fromisoformat(sys.argv[5]))
"""


def test_a_worker_killed_between_sending_and_marking_shows_nothing_twice(
    committed_db: None, sms: Sms
) -> None:
    """Three times over; the provider shows whatever it is sent."""
    for number in range(3):
        told(channels=SMS_ONLY, dedupe_key=str(number))
    names = [str(connections.settings[alias]["NAME"]) for alias in ("default", "keys")]
    now = NOON
    for _kill in range(3):
        connections.close_all()
        arguments = [json.dumps(django_settings.SMS), *names, PHONE, now.isoformat()]
        worker = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WORKER), *arguments],
            stdout=subprocess.PIPE,
            cwd=django_settings.ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"},
        )
        with worker:
            assert worker.stdout.readline() == b"sent, not marked\n"
            worker.send_signal(signal.SIGKILL)
        now += sending.LEASE + timedelta(seconds=1)

    assert services.send_due(now) == 3

    assert set(Notice.objects.values_list("state", flat=True)) == {State.SENT}
    assert sorted(Counter(out_id for _number, out_id, _params in sms.shown).values()) == [1, 1, 1]


@db
def test_the_default_configuration_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both gateways are off, whatever is told."""

    def refuse(*arguments: object) -> None:
        raise AssertionError("A connection was opened.")

    monkeypatch.setattr("socket.socket.connect", refuse)
    told()

    assert services.send_due(NOON) == 0
    assert [gateways.gateway(channel) for channel in (Channel.SMS, Channel.WECHAT)] == [None, None]
