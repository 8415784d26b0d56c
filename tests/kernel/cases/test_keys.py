"""The idempotency key protects the tracking code: long enough, and answered while the first is running."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, connections
from django.test import Client

from linli.foundation.errors import Busy, DomainError, StillRunning
from linli.foundation.rules import ANYONE, Moment
from linli.kernel.cases import services
from linli.kernel.cases.models import Case
from tests.world import TEN, a_world

KEY = "k3y-of-the-first-send"
SHORT_WAIT = {"sqlite": "PRAGMA busy_timeout = 300", "postgresql": "SET lock_timeout = '300ms'"}


def send(world, key=KEY, text="三栋二单元楼道灯不亮"):
    data = {"text": text, "place": str(world.building.pk)}
    return services.open_case(flow="request", data=data, moment=Moment(ANYONE, None, TEN), key=key)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["k", "secret", "k" * 15, "k" * 129])
def test_a_key_that_is_too_short_or_too_long_is_refused_with_the_rule(key):
    world = a_world()

    with pytest.raises(DomainError, match="16 到 128 个字符") as refusal:
        send(world, key)

    assert refusal.value.status == 400
    assert Case.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["k" * 16, "k" * 128])
def test_a_key_of_the_least_and_the_most_length_is_taken(key):
    world = a_world()

    assert send(world, key).case.pk == send(world, key).case.pk


@pytest.mark.django_db
def test_the_api_says_so_with_400_and_names_the_header():
    world = a_world()
    body = {"text": "灯不亮", "place": str(world.building.pk)}

    answer = Client().post(
        "/api/v1/requests", body, content_type="application/json", headers={"Idempotency-Key": "secret"}
    )

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "Idempotency-Key" in answer.json()["detail"]
    assert "16" in answer.json()["detail"]


@pytest.mark.django_db
def test_a_page_with_a_key_that_is_none_comes_back_with_one_that_works():
    world = a_world()
    entry = {"text": "灯不亮", "place": str(world.building.pk)}

    refused = Client().post("/report", {**entry, "key": "short"})
    assert refused.status_code == 400
    assert Client().post("/report", {**entry, "key": refused.context["key"]}).status_code == 302


@pytest.mark.django_db
def test_the_key_that_a_page_makes_is_long_enough():
    a_world()

    assert len(Client().get("/report").context["key"]) == 32


def holding(work):
    """Let another connection do ``work`` and stop before it commits; return how to let it end."""
    written, release = threading.Event(), threading.Event()
    found = []

    def stop_after_the_event(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith('INSERT INTO "journal_event"'):
            written.set()
            release.wait(30)
        return answer

    def run():
        try:
            with connection.execute_wrapper(stop_after_the_event):
                found.append(work())
        finally:
            written.set()
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    assert written.wait(30)

    def end():
        release.set()
        thread.join(30)
        return found[0]

    return end


@pytest.mark.usefixtures("committed_db")
def test_while_the_first_is_running_the_second_waits_a_little_and_is_told_when_to_come_back():
    world = a_world()
    end = holding(lambda: send(world))
    with connection.cursor() as cursor:
        cursor.execute(SHORT_WAIT[connection.vendor])
    began = time.monotonic()

    with pytest.raises(StillRunning, match="还在处理") as refusal:
        send(world)
    waited = time.monotonic() - began
    body = {"text": "三栋二单元楼道灯不亮", "place": str(world.building.pk)}
    answer = Client().post(
        "/api/v1/requests", body, content_type="application/json", headers={"Idempotency-Key": KEY}
    )

    assert 0.2 < waited < 10
    assert (refusal.value.status, refusal.value.retry_after) == (409, 5)
    assert (answer.status_code, answer["Retry-After"]) == (409, "5")
    assert answer["Content-Type"] == "application/problem+json"
    first = end()
    again = send(world)
    assert (again.case.pk, again.code, again.again) == (first.case.pk, first.code, True)
    assert Case.objects.count() == 1


@pytest.mark.usefixtures("committed_db")
def test_when_the_first_ends_in_time_the_second_has_the_same_answer():
    world = a_world()
    end = holding(lambda: send(world))
    timer = threading.Timer(0.3, end)
    timer.start()

    again = send(world)

    timer.join(30)
    assert (again.again, Case.objects.count()) == (True, 1)


@pytest.mark.usefixtures("committed_db")
def test_the_page_too_says_when_to_come_back():
    world = a_world()
    end = holding(lambda: send(world))
    client = Client()
    client.get("/report")  # what the page asks of a new session is done before
    with connection.cursor() as cursor:
        cursor.execute(SHORT_WAIT[connection.vendor])

    entry = {"text": "三栋二单元楼道灯不亮", "place": str(world.building.pk), "key": KEY}
    answer = client.post("/report", entry)
    end()

    assert (answer.status_code, answer["Retry-After"]) == (409, "5")
    assert "还在处理" in answer.text


@pytest.mark.usefixtures("committed_db")
def test_a_step_on_a_case_that_somebody_is_moving_is_busy_after_a_bounded_wait():
    world = a_world()
    case = world.raise_case()
    sort = {"sort": "public", "reason": "law"}
    end = holding(lambda: world.take(case, "sort", "community", **sort))
    with connection.cursor() as cursor:
        cursor.execute(SHORT_WAIT[connection.vendor])

    with pytest.raises(Busy) as refusal:
        world.take(case, "sort", "community", **sort)
    end()

    assert (refusal.value.status, refusal.value.retry_after) == (503, 5)
