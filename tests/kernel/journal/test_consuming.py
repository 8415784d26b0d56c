from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from linli.kernel.journal import jobs, queries, services
from linli.kernel.journal.models import Cursor
from linli.kernel.journal.registry import Consumer
from tests.kernel.journal.builders import a_record
from tests.kernel.journal.conftest import NOW, Tally, Thing

pytestmark = pytest.mark.django_db


def test_a_consumer_is_given_what_it_asked_for_once_and_in_order(consumers: dict[str, Consumer]) -> None:
    given: list[queries.Positioned] = []
    jobs.consumer("some", events=("request.*", "case.close"))(given.extend)
    for name in ("request.raise", "case.open", "case.close", "request.sort"):
        a_record(name=name)
    services.sequence(NOW)
    assert (services.consume("some"), services.consume("some")) == (4, 0)
    assert [(item.position, item.event.name) for item in given] == [
        (1, "request.raise"),
        (3, "case.close"),
        (4, "request.sort"),
    ]


def test_a_batch_has_at_most_five_hundred(consumers: dict[str, Consumer]) -> None:
    sizes: list[int] = []
    jobs.consumer("all")(lambda batch: sizes.append(len(batch)))
    for _ in range(501):
        a_record()
    services.sequence(NOW)
    assert [services.consume("all") for _ in range(3)] == [500, 1, 0]
    assert sizes == [500, 1]


@pytest.mark.logs("consumer_failed")
def test_a_pause_that_began_under_a_clock_that_was_ahead_ends_when_the_clock_is_right_again(
    consumers: dict[str, Consumer],
) -> None:
    given: list[queries.Positioned] = []

    def handle(batch: list[queries.Positioned]) -> None:
        if not given and not tried:
            tried.append(True)
            raise ValidationError("x")
        given.extend(batch)

    tried: list[bool] = []
    jobs.consumer("some")(handle)
    a_record()
    services.sequence(NOW)
    with pytest.raises(ValidationError):
        services.consume("some", now=NOW + timedelta(days=400))
    assert services.consume("some", now=NOW) == 1
    assert len(given) == 1


@pytest.mark.logs("consumer_failed", "job_failed")
def test_a_bad_event_lets_those_before_it_through_and_is_never_skipped(
    things: type[Thing], consumers: dict[str, Consumer]
) -> None:
    fixed: list[bool] = []

    def handle(batch: list[queries.Positioned]) -> None:
        for item in batch:
            Tally.objects.create(position=item.position)
            if item.event.name == "bad.one" and not fixed:
                raise ValidationError("手机号 13800013800 不对")

    others: list[queries.Positioned] = []
    jobs.consumer("careful")(handle)
    jobs.consumer("other")(others.extend)
    for name in ("good.one", "good.two", "bad.one", "good.three"):
        a_record(name=name)
    now = NOW
    for _ in range(12):
        jobs.follow(now)
        now += timedelta(minutes=10)
    cursor = Cursor.objects.get(name="careful")
    assert (cursor.position, cursor.stuck_since is not None) == (2, True)
    assert sorted(Tally.objects.values_list("position", flat=True)) == [1, 2]
    assert "ValidationError" in cursor.error
    assert "13800013800" not in cursor.error
    assert queries.health(now)["consumers"]["careful"]["behind"] == 2
    assert queries.health(now)["consumers"]["careful"]["stuck_since"] == cursor.stuck_since
    assert [item.position for item in others] == [1, 2, 3, 4]
    fixed.append(True)
    for _ in range(3):
        jobs.follow(now)
    cursor.refresh_from_db()
    assert (cursor.position, cursor.stuck_since, cursor.error, cursor.failures) == (4, None, "", 0)
    assert sorted(Tally.objects.values_list("position", flat=True)) == [1, 2, 3, 4]


@pytest.mark.logs("consumer_failed", "job_failed")
def test_a_failing_consumer_waits_longer_each_time(consumers: dict[str, Consumer]) -> None:
    tries: list[int] = []

    def handle(_batch: list[queries.Positioned]) -> None:
        tries.append(1)
        raise ZeroDivisionError

    jobs.consumer("failing")(handle)
    a_record()
    services.sequence(NOW)
    for second in range(16):
        jobs.follow(NOW + timedelta(seconds=second))
    assert len(tries) == 4  # at 0, 2, 6 and 14 seconds
    with pytest.raises(ZeroDivisionError):
        services.consume("failing", now=NOW + timedelta(hours=1))
