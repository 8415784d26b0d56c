"""A restore that nobody has proven for a day turns the health page red, and is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from linli.kernel.notices import queries as notices
from linli.kernel.people.choices import SECURITY_ADMIN, SYSTEM_ADMIN
from linli.shell.backup import standing
from linli.shell.backup.standing import LONG_AGO, NEVER, NEVER_HERE, OLD_BACKUP, Proven
from tests.kernel.people.builders import an_administrator
from tests.world import a_world

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HOURS = timedelta(hours=1)


@pytest.fixture
def configured(settings, tmp_path):
    settings.BACKUPS_FOLDER = str(tmp_path / "backups")
    settings.RESTORE_RECORD = str(tmp_path / "restore.json")


def proven(taken, verified):
    standing.record(Proven("20261120T000000.000000Z", taken.isoformat(), verified.isoformat(), 1.5, {}))


def test_an_installation_without_backups_is_asked_for_nothing(settings):
    assert settings.BACKUPS_FOLDER == ""
    assert list(standing.problems(NOW)) == []


def test_on_servers_it_is_the_drill_that_is_asked_for(configured, settings):
    settings.BACKUPS_FOLDER = ""
    assert list(standing.problems(NOW)) == []
    settings.RESTORE_IS_WANTED = True
    assert list(standing.problems(NOW)) == [NEVER_HERE]
    proven(NOW - HOURS, NOW)
    assert list(standing.problems(NOW)) == []


def test_backups_that_were_never_proven_are_a_problem(configured):
    assert list(standing.problems(NOW)) == [NEVER]


@pytest.mark.parametrize(
    ("taken", "verified", "problem"),
    [
        (NOW - HOURS, NOW, []),
        (NOW - 24 * HOURS, NOW - 24 * HOURS, []),
        (NOW - 25 * HOURS, NOW - 24 * HOURS - timedelta(seconds=1), [LONG_AGO]),
        (NOW - 24 * HOURS, NOW, []),
        (NOW - 24 * HOURS - timedelta(seconds=1), NOW, [OLD_BACKUP]),
        (NOW, NOW + timedelta(minutes=5), []),
        (NOW, NOW + 9 * HOURS, [LONG_AGO]),
    ],
)
def test_a_proof_holds_for_a_day(configured, taken, verified, problem):
    proven(taken, verified)

    assert list(standing.problems(NOW)) == problem


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"backup": "x"}', '{"backup": "", "taken_at": "x", "verified_at": "x", "seconds": 1, "counts": {}}',
     '{"backup": "", "taken_at": "2026-11-20", "verified_at": "2026-11-20", "seconds": 1, "counts": {}}'],
)  # fmt: skip
def test_a_record_that_cannot_be_read_proves_nothing(configured, settings, tmp_path, content):
    (tmp_path / "restore.json").write_text(content)

    assert list(standing.problems(NOW)) == [NEVER]


@pytest.mark.django_db
def test_the_health_page_turns_red_and_green_again(configured, client):
    red = client.get("/health")
    proven(timezone.now(), timezone.now())
    green = client.get("/health")

    assert (red.status_code, red.json()["status"], red.json()["failing"]) == (503, "failing", [NEVER])
    assert (green.status_code, green.json()["status"]) == (200, "ok")


@pytest.mark.django_db
def test_the_system_administrators_are_told_once_a_day_until_it_is_put_right(configured):
    a_world()
    told, not_told = an_administrator(SYSTEM_ADMIN, NOW), an_administrator(SECURITY_ADMIN, NOW)

    assert [standing.tell(NOW), standing.tell(NOW + HOURS), standing.tell(NOW + 24 * HOURS)] == [1, 1, 1]
    inbox = notices.inbox_of("person", told.id)
    assert [notice.template for notice in inbox] == ["backup.unproven"] * 2
    assert "没有一份备份通过恢复验证" in notices.reading(inbox[0], NOW).said
    assert list(notices.inbox_of("person", not_told.id)) == []
    proven(NOW + 24 * HOURS, NOW + 24 * HOURS)
    assert standing.tell(NOW + 25 * HOURS) == 0
