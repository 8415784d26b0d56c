"""The figures for Prometheus: what they are, who may hear them, and that they speak of nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from linli.foundation import measures
from linli.kernel.journal import jobs
from linli.kernel.journal import verify as records
from linli.kernel.journal.services import sequence
from linli.kernel.people.choices import SECURITY_ADMIN, SYSTEM_ADMIN
from linli.shell.backup import standing
from tests.kernel.people.builders import an_administrator, signed_in
from tests.shell.watching.conftest import HOUR
from tests.world import TEN

pytestmark = pytest.mark.django_db
TOKEN = "t" * 44
FROM_OUTSIDE = {"REMOTE_ADDR": "203.0.113.9"}
# Every label there is, and so every place where something of the data could slip in.
LABELS = {
    "route", "method", "status", "le", "door", "outcome", "by",
    "check", "consumer", "stream", "job", "state", "folder", "database",
}  # fmt: skip


def scraped(client=None):
    """Every figure by its name and the values of its labels, these in the order of the labels' names."""
    response = (client or Client()).get("/metrics")
    assert response.status_code == 200
    families = text_string_to_metric_families(response.text)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("asked", "headers", "status"),
    [
        ({}, {}, 200),
        ({"REMOTE_ADDR": "::1"}, {}, 200),
        (FROM_OUTSIDE, {}, 404),
        ({"REMOTE_ADDR": ""}, {}, 404),
        ({"REMOTE_ADDR": "10.9.1.1"}, {}, 404),
        # A proxy on this machine: near by its address, and passed on all the same.
        ({}, {"X-Forwarded-For": "127.0.0.1"}, 404),
        ({}, {"Forwarded": "for=127.0.0.1"}, 404),
        ({}, {"Via": "1.1 proxy"}, 404),
        (FROM_OUTSIDE, {"Authorization": f"Bearer {TOKEN}"}, 200),
        ({}, {"X-Forwarded-For": "203.0.113.9", "Authorization": f"Bearer {TOKEN}"}, 200),
        (FROM_OUTSIDE, {"Authorization": f"Bearer {TOKEN}x"}, 404),
        (FROM_OUTSIDE, {"Authorization": "Bearer "}, 404),
    ],
)
def test_the_figures_are_told_to_who_is_near_or_has_the_token_and_are_not_there_for_others(
    settings, world, asked, headers, status
):
    settings.METRICS_TOKEN = TOKEN
    response = Client(**asked).get("/metrics", headers=headers)
    told = Client(**asked).get("/health", headers=headers).json()

    assert response.status_code == status
    assert ("failing" in told) == (status == 200)
    assert told["status"] == "ok"


def test_without_a_token_an_empty_one_opens_nothing(settings, world):
    settings.METRICS_TOKEN = ""
    assert Client(**FROM_OUTSIDE).get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_FROM = ["203.0.113.0/24"]
    assert Client(**FROM_OUTSIDE).get("/metrics").status_code == 200


def test_a_page_tells_an_administrator_what_is_wrong_and_anybody_else_only_that_it_is(settings, world):
    settings.ROOTS_FOLDER = "/nowhere"
    system, security = (an_administrator(role, timezone.now()) for role in (SYSTEM_ADMIN, SECURITY_ADMIN))
    html = {"headers": {"Accept": "text/html"}}
    said = {}
    for name, client in (("system", signed_in(system)), ("security", signed_in(security)), ("all", Client())):
        client.defaults |= FROM_OUTSIDE
        page = client.get("/health", **html)
        said[name] = (page.status_code, "运行 linli verify，每月至少一次。" in page.text)
        assert "系统正常，可以收诉求。" in page.text
        assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")

    assert said == {"system": (200, True), "security": (200, False), "all": (200, False)}


def test_answers_are_counted_by_route_and_never_by_what_was_asked_for(world):
    case = world.raise_case()
    before = scraped()
    Client().get("/t/SECRET-CODE")
    Client().get("/t/SECRET-CODE")
    Client().get("/张三/13800138000")
    Client().generic("BREW", "/report")
    Client().get(f"/desk/cases/{case.pk}")
    after = scraped()

    def more(*key):
        return after.get(key, 0) - before.get(key, 0)

    assert more("linli_answers_total", "GET", "t/<str:code>", "404") == 2
    assert more("linli_answers_total", "GET", "(none)", "404") == 1
    assert more("linli_answers_total", "other", "(none)", "405") == 1
    assert more("linli_answers_total", "GET", "desk/cases/<uuid:case_id>", "302") == 1
    assert more("linli_answer_seconds_count", "GET", "t/<str:code>") == 2


def test_reports_are_counted_by_door_and_by_what_became_of_them(settings, world):
    client, before = Client(), scraped()
    sent = {"text": "楼道灯不亮", "place": str(world.building.pk)}
    key = {"Idempotency-Key": "k" * 40}
    for _time in range(2):
        client.post("/api/v1/requests", sent, content_type="application/json", headers=key)
    client.post("/api/v1/requests", "{", content_type="application/json")
    client.post("/report", sent)
    client.post("/report", {"text": ""})
    client.get("/report")
    settings.LIMITS = settings.LIMITS | {"report": "1/h"}
    for _time in range(2):
        client.post("/report", sent, REMOTE_ADDR="203.0.113.77")
    after = scraped()

    told = {key[1:]: after[key] - before.get(key, 0) for key in after if key[0] == "linli_intake_total"}
    assert {key: value for key, value in told.items() if value} == {
        ("api", "taken"): 1,
        ("api", "again"): 1,
        ("api", "refused"): 1,
        ("page", "taken"): 2,
        ("page", "refused"): 1,
        ("page", "limited"): 1,
    }
    limited = ("linli_refused_total", "limit:report")
    assert after[limited] - before.get(limited, 0) == 1


def test_what_the_databases_hold_is_told_as_it_is(clock, settings, tmp_path, world):
    settings.ROOTS_FOLDER, settings.RESTORE_RECORD = str(tmp_path), str(tmp_path / "restore.json")
    records.note(at=TEN - HOUR, findings=3, is_whole=True)
    standing.record(standing.Proven("b", (TEN - 2 * HOUR).isoformat(), (TEN - HOUR).isoformat(), 1.0, {}))
    jobs.run_due(TEN, strict=True)
    due = world.raise_case().due_at
    clock.shift(30)
    told = scraped()

    assert told[("linli_sequencer_behind_events",)] == 1
    assert told[("linli_sequencer_behind_seconds",)] == 30
    assert told[("linli_worker_heartbeat_timestamp_seconds",)] == TEN.timestamp()
    assert told[("linli_job_succeeded_timestamp_seconds", "journal.seal")] == TEN.timestamp()
    assert told[("linli_job_failures", "journal.seal")] == 0
    assert told[("linli_job_late_seconds", "cases.deadlines")] == 20
    assert told[("linli_restore_verified_timestamp_seconds",)] == (TEN - HOUR).timestamp()
    assert told[("linli_backup_taken_timestamp_seconds",)] == (TEN - 2 * HOUR).timestamp()
    assert told[("linli_verify_findings",)] == 3
    assert told[("linli_trouble", "verified")] == 1
    assert told[("linli_trouble", "databases")] == told[("linli_clocks_run_out",)] == 0
    assert told[("linli_disk_free_bytes", "media_root")] > 0

    sequence(timezone.now())
    clock.at = due + timedelta(seconds=1)
    later = scraped()
    assert later[("linli_sequencer_behind_events",)] == 0
    assert later[("linli_clocks_run_out",)] == 1
    assert later[("linli_consumer_behind_events", "figures")] == 1
    assert later[("linli_trouble", "alive")] == 1


def test_a_scrape_asks_little_and_asks_again_only_after_a_while(
    django_assert_max_num_queries, settings, world
):
    scraped()
    with django_assert_max_num_queries(60):
        scraped()
    settings.HEALTH_SECONDS = 60
    scraped()
    with django_assert_max_num_queries(0):
        scraped()
        assert Client().get("/health").status_code == 200


def test_no_label_holds_anything_of_the_data(world):
    case = world.raise_case(text="金丝雀说的话", contact_name="雀某甲", contact_phone="13812340001")
    for path in (
        f"/t/{case.number}",
        f"/desk/cases/{case.pk}",
        "/p/雀某甲",
        f"/p/{world.building.pk}?q=13812340001",
    ):
        Client().get(path)
    jobs.run_due(timezone.now(), strict=True)
    told = Client().get("/metrics").text
    names = {
        label
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        for label in sample.labels
    }

    assert names <= LABELS
    people = (
        "金丝雀",
        "雀某甲",
        "13812340001",
        case.number,
        str(case.pk),
        str(world.building.pk),
        world.county.name,
    )
    assert [word for word in people if word in told] == []
    assert len(told.splitlines()) > 200


@pytest.mark.parametrize("method", ["GET", "POST", "X" * 50, None])
def test_a_method_that_nobody_knows_has_one_name(method):
    before = scraped_own()
    measures.answered(route="x", method=method, status=200, seconds=0.1)
    assert {key[2] for key in scraped_own() - before if key[0] == "linli_answers_total"} <= {
        "GET",
        "POST",
        "other",
    }


def scraped_own():
    return {
        (sample.name, *sample.labels.values())
        for family in measures.REGISTRY.collect()
        for sample in family.samples
    }
