"""The health page turns red for each thing that is wrong, says it in a sentence, and turns back."""

from __future__ import annotations

import errno
import json
import sqlite3
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from linli.foundation import disk
from linli.foundation.ids import new_id
from linli.foundation.rules import IMPORT
from linli.kernel.cases.models import Case
from linli.kernel.journal import jobs
from linli.kernel.journal import verify as records
from linli.kernel.journal.models import Cursor, Schedule
from linli.kernel.journal.services import seal, sequence
from linli.kernel.notices.models import Notice
from linli.kernel.rulebook import services as rulebook
from linli.kernel.vault.memory import keys
from linli.kernel.vault.models import DataKey
from linli.shell.watching import checks
from linli.shell.watching.trouble import CANNOT_TELL, Check
from tests.shell.watching.conftest import HOUR, MINUTE, NEVER_RAN, WELL
from tests.world import TEN

pytestmark = pytest.mark.django_db
OTHER_KEY = "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q="  # 32 bytes that protect nothing


def red(*sentences):
    return (503, list(sentences), [])


def warned(*sentences):
    return (200, [], list(sentences))


def test_an_installation_that_is_well_says_so_and_nothing_else(health, world):
    jobs.run_due(TEN, strict=True)

    assert health() == WELL


@pytest.mark.logs("database")
@pytest.mark.parametrize("alias", ["default", "keys"])
def test_a_database_that_does_not_answer_is_red_and_no_other_is_asked_in_vain(health, alias, world):
    asked = []

    def away(execute, sql, params, many, context):
        asked.append(sql)
        raise OperationalError("gone")

    with connections[alias].execute_wrapper(away):
        assert health() == red(f"数据库 {alias} 没有应答。")
    assert asked == ["SELECT 1"]
    assert health() == WELL


def test_a_migration_that_was_not_applied_is_red(health, world):
    recorder = MigrationRecorder(connections["keys"])
    recorder.record_unapplied("vault", "0004_erased_is_empty")
    last = max(name for app, name in recorder.applied_migrations() if app == "vault")
    recorder.record_unapplied("vault", last)
    assert health() == red("数据库 keys 的结构比程序旧：升级只做了一半。")

    recorder.record_applied("vault", last)
    recorder.record_applied("vault", "0004_erased_is_empty")
    assert health() == WELL


def test_less_room_than_must_be_left_is_red_and_little_more_is_a_warning(
    health, settings, monkeypatch, world
):
    free = {"MEDIA_ROOT": 100}
    monkeypatch.setattr("linli.shell.watching.checks.stores.free_mib", lambda: free)
    said = []
    for least in (101, 100, 26, 25):
        settings.LEAST_FREE_MIB = least
        said.append(health())

    full, little = "磁盘快要满了，新的诉求可能存不下。", "磁盘剩得不多了。"
    assert said == [red(full), warned(little), warned(little), WELL]


def test_the_room_of_each_folder_is_what_the_disk_says(settings, tmp_path):
    settings.MEDIA_ROOT, settings.BACKUPS_FOLDER = str(tmp_path), str(tmp_path / "nowhere")
    free = checks.stores.free_mib()

    assert set(free) == {"MEDIA_ROOT"}
    assert 0 < free["MEDIA_ROOT"] < 2**40


def test_a_disk_that_has_failed_is_red_for_an_hour(health, clock, world):
    assert not disk.note(ValueError("no disk"), TEN)
    assert health() == WELL
    assert disk.note(OSError(errno.EIO, "Input/output error"), TEN)
    assert health() == red("磁盘出过错：一小时内有东西没能写进去或者读出来。")

    clock.shift(HOUR)
    assert health() == WELL


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "主密钥没有设置，或者读不懂，个人信息既存不进去也读不出来。"),
        ("not base64", "主密钥没有设置，或者读不懂，个人信息既存不进去也读不出来。"),
        (OTHER_KEY, "主密钥打不开密钥库：它不是当初用的那一把。"),
        (f"2:{OTHER_KEY}", "主密钥打不开密钥库：它不是当初用的那一把。"),
    ],
)
def test_a_master_key_that_is_absent_or_another_is_red(health, settings, world, key, sentence):
    keys.take(1, TEN)
    right = settings.MASTER_KEY
    settings.MASTER_KEY = key
    assert health() == red(sentence)

    settings.MASTER_KEY = f"1:{right},2:{OTHER_KEY}"
    assert health() == WELL


def test_a_key_store_without_keys_is_red_once_there_is_something_to_open(health, world):
    assert health() == WELL
    world.raise_case()
    jobs.run_due(TEN, strict=True)
    kept = list(DataKey.objects.using("keys"))
    assert kept != []
    DataKey.objects.using("keys").all().delete()
    assert health() == red("密钥库是空的，而个人信息还在：现在读不出来。")

    DataKey.objects.using("keys").bulk_create(kept)
    assert health() == WELL


def test_a_worker_that_has_stopped_is_red_and_one_that_never_ran_a_warning(client, health, clock, world):
    assert NEVER_RAN in client.get("/health").json()["warnings"]
    jobs.run_due(TEN, strict=True)
    clock.shift(MINUTE)
    assert health() == WELL
    clock.shift(1)
    assert health() == red("后台已经停了：没有人接着往下办，期限和短信都不走。")
    Schedule.objects.filter(name="journal.seal").update(leased_until=timezone.now() + MINUTE)
    assert health() == WELL  # somebody is at a job that takes long

    Schedule.objects.update(leased_until=None)
    jobs.run_due(timezone.now(), strict=True)
    assert health() == WELL


def test_events_that_nobody_numbers_are_red_after_a_minute(health, clock, world):
    world.raise_case()
    clock.shift(MINUTE)
    assert health() == WELL
    clock.shift(1)
    assert health() == red("刚发生的事超过一分钟没有排上号，列表、统计和通知都会晚。")

    sequence(timezone.now())
    assert health() == WELL


def test_a_consumer_that_is_stuck_is_red_by_name(health, world):
    Cursor.objects.create(name="figures", stuck_since=TEN)
    assert health() == red("后台的 figures 做不下去了。")

    Cursor.objects.update(stuck_since=None)
    assert health() == WELL


def test_a_job_that_fails_again_and_again_or_is_not_done_is_red_by_name(health, clock, world):
    jobs.run_due(TEN, strict=True)
    job = Schedule.objects.filter(name="files.sweep")
    job.update(failures=2)
    assert health() == WELL
    job.update(failures=3)
    assert health() == red("后台的 files.sweep 一连几次没有做成。")
    job.update(failures=0, next_at=TEN - timedelta(seconds=301))
    assert health() == red("后台的 files.sweep 该做没有做。")

    jobs.run_due(TEN, strict=True)
    assert health() == WELL


def test_notices_that_do_not_go_out_are_red_and_dead_ones_a_warning(health, world):
    notice = Notice.objects.create(
        to_kind="person", to_id=new_id(), channel="sms", template="x", dedupe_key="x", made_at=TEN
    )
    said = []
    for state, due in (("waiting", 10), ("waiting", 11), ("dead", 11), ("sent", 11)):
        Notice.objects.filter(pk=notice.pk).update(state=state, next_at=TEN - due * MINUTE)
        said.append(health())

    stuck, dead = "有通知该发没有发出去，超过十分钟了。", "有通知没有送达，试过几次都不成。"
    assert said == [WELL, red(stuck), warned(dead), WELL]


def test_a_record_that_nobody_seals_is_red_after_three_hours(health, clock, world):
    world.raise_case()
    sequence(TEN)
    seal(TEN)
    world.raise_case()
    sequence(TEN)
    clock.shift(3 * HOUR)
    assert health() == WELL
    clock.shift(1)
    assert health() == red("台账已经三个小时没有封存。")

    seal(timezone.now())
    assert health() == WELL


def test_a_verification_that_found_something_is_red_until_one_finds_nothing(
    health, settings, tmp_path, world
):
    settings.ROOTS_FOLDER = str(tmp_path / "roots")
    never = "记录已经一个多月没有核对过。"
    assert health() == warned(never)
    records.note(at=TEN, findings=1, is_whole=False)
    assert health() == red("最近一次核对发现了问题：记录可能被改过。")
    records.note(at=TEN, findings=0, is_whole=False)  # some of the checks, which found nothing
    assert health().status == 503
    records.note(at=TEN - timedelta(days=35), findings=0, is_whole=True)
    assert health() == WELL
    records.note(at=TEN - timedelta(days=35, seconds=1), findings=0, is_whole=True)
    assert health() == warned(never)
    (tmp_path / "roots" / "last-verify.json").write_text("{")
    assert health() == warned(never)


def test_linli_verify_writes_down_how_it_ended(settings, tmp_path, capsys, world):
    settings.ROOTS_FOLDER = str(tmp_path)
    call_command("verify", only=["journal.chain"])
    assert records.last() is None
    with pytest.raises(SystemExit):  # builders write people by hand, without an event
        call_command("verify")

    found = records.last()
    assert found is not None
    assert found.at == TEN
    assert found.findings == json.loads((tmp_path / "last-verify.json").read_text())["findings"] > 0


def test_a_clock_that_has_gone_back_is_red_until_it_is_right(health, clock, world):
    world.raise_case(now=TEN + 2 * MINUTE)
    assert health() == WELL
    world.raise_case(now=TEN + HOUR)
    said = "系统的时钟往回走了，或者先前走快过：记录里有比现在还晚的时间。"
    assert health() == red(said)
    world.raise_case(now=TEN)  # what is written since does not hide it
    assert health() == red(said)

    sequence(TEN)
    clock.shift(HOUR)
    assert health() == WELL


def test_a_year_without_its_calendar_is_a_warning_from_december_on(health, clock, world):
    clock.at = TEN.replace(month=11, day=30)
    assert health() == WELL
    clock.at = TEN.replace(month=12, day=1)
    assert health() == warned("明年的节假日安排还没有发布，跨年的办理期限会算不出来。")
    clock.at = TEN.replace(year=2027, month=1, day=1)
    assert health() == warned("今年的节假日安排还没有发布，办理期限算不出来。")

    publish(2027)
    assert health() == WELL


def publish(year):
    days = [day for n in range(365) if (day := date(year, 1, 1) + timedelta(days=n)).isoweekday() <= 5][5:]
    rulebook.publish_calendar(year=year, days=days, source="国务院办公厅通知", by=IMPORT, now=timezone.now())


@pytest.mark.logs("check_failed")
def test_a_check_that_fails_itself_is_red_and_costs_nobody_the_page(health, monkeypatch, world):
    def broken(now):
        raise KeyError("张三")

    monkeypatch.setattr("linli.shell.watching.asking.CHECKS", (Check("broken", "坏的", broken),))
    assert health() == red(str(CANNOT_TELL))


@pytest.mark.logs("disk", "Service Unavailable")
def test_a_report_that_the_disk_refuses_is_not_acknowledged_and_the_page_is_red_from_then_on(health, world):
    """What SQLite says where a sync fails, and PostgreSQL where it cannot read or write."""
    client = Client(raise_request_exception=False)
    sent = json.dumps({"text": "楼道灯不亮", "place": str(world.building.pk)})
    for name, code in (("sqlite_errorcode", sqlite3.SQLITE_IOERR_FSYNC), ("sqlstate", "58030")):
        cause = Exception("disk I/O error")
        setattr(cause, name, code)

        def fails(execute, sql, params, many, context, cause=cause):
            if sql.startswith("INSERT"):
                raise OperationalError("disk I/O error") from cause
            return execute(sql, params, many, context)

        with connections["default"].execute_wrapper(fails):
            answer = client.post("/api/v1/requests", sent, content_type="application/json")
        assert (answer.status_code, answer["Retry-After"], "code" in answer.json()) == (503, "10", False)
        assert health() == red("磁盘出过错：一小时内有东西没能写进去或者读出来。")
        disk.forget()
    assert Case.objects.count() == 0


@pytest.mark.logs("job_failed")
def test_a_job_that_the_disk_refuses_turns_the_page_red_too(health, monkeypatch, world):
    def fails(now):
        raise OSError(errno.EIO, "Input/output error")

    jobs.run_due(TEN, strict=True)
    monkeypatch.setitem(jobs.JOBS, "failing", jobs.Job("failing", 1, fails))
    assert health() == WELL
    jobs.run_due(TEN)
    assert health() == red("磁盘出过错：一小时内有东西没能写进去或者读出来。")
