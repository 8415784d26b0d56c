"""The register's 经我手: what passed through my desk is found again, without its words and its reporter."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.foundation import sheets
from linli.kernel.cases import queries
from linli.kernel.cases.models import Case, Passage
from linli.kernel.journal import jobs
from linli.kernel.people.queries import viewer_of
from linli.kernel.vault.models import ReadEntry
from linli.shell.desk.views import register
from tests.kernel.people.builders import signed_in
from tests.shell.costs import queries_of
from tests.world import a_world, post

pytestmark = pytest.mark.django_db
AGGREGATE = re.compile(r"\b(count|sum|avg|min|max)\s*\(|group by|distinct", re.IGNORECASE)
MINE = "/desk/cases?mine=passed"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def world():
    return a_world("wanshan")


def follow():
    while jobs.follow(timezone.now(), strict=True):
        continue


def handed_on(world, now, **more):
    """Registered, sorted and dispatched by the community; the property desk is doing it."""
    case = world.raise_case(now=now, contact_name="李四", contact_phone="13800138000", **more)
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now, desk=str(world.desks["property"].pk))
    case = world.take(case, "accept", "property", now)
    follow()
    return case


def listed(client, address=MINE):
    page = client.get(address)
    assert page.status_code == 200
    return [row["number"] for row in page.context["rows"]]


def test_who_passed_a_case_on_finds_it_with_its_state_holder_and_history(world, now):
    case = handed_on(world, now, text="楼道灯坏了三天")
    clerk = signed_in(world.people["community"])

    assert listed(clerk) == [case.number]
    page = clerk.get(f"/desk/cases/{case.pk}").content.decode()
    for seen in (case.number, "办理", world.desks["property"].name, "派给了办理岗位", "接了单"):
        assert seen in page
    detail = clerk.get(f"/api/v1/requests/{case.pk}").json()
    assert (detail["number"], detail["state"], detail["text"]) == (case.number, "handling", "")


def test_neither_words_nor_contact_nor_steps_come_with_it(world, now):
    case = handed_on(world, now, text="楼道灯坏了三天")
    clerk = signed_in(world.people["community"])
    before = ReadEntry.objects.count()
    page = clerk.get(f"/desk/cases/{case.pk}").content.decode()

    for hidden in ("坏了三天", "李四", "李*", "13800138000", "138****8000"):
        assert hidden not in page
    for purpose in ("contact_reporter", "check_result"):
        opened = clerk.post(f"/desk/cases/{case.pk}/open", {"purpose": purpose})
        assert opened.status_code == 403
        assert "李四" not in opened.content.decode()
    assert ReadEntry.objects.count() == before
    sent = clerk.post(f"/desk/cases/{case.pk}/progress", {"version": case.version, "words": "x"})
    assert sent.status_code == 403


def test_who_never_had_it_finds_nothing_and_a_neighbour_sees_nothing(world, now):
    case = handed_on(world, now)
    for who in ("grid2", "street", "department:water"):
        client = signed_in(world.people[who])
        assert listed(client) == []
        assert client.get(f"/desk/cases/{case.pk}").status_code == 404


def test_a_matter_that_became_protected_is_gone_from_what_passed_through(world, now):
    case = handed_on(world, now)
    world.take(case, "protect", "property", now, words="有人被打")
    follow()

    clerk = signed_in(world.people["community"])
    assert listed(clerk) == []
    assert clerk.get(f"/desk/cases/{case.pk}").status_code == 404
    assert listed(signed_in(world.people["protected"])) == []


def test_it_is_narrowed_by_state_and_words_and_paged_by_keyset(world, now, monkeypatch):
    monkeypatch.setattr(register, "LIMIT", 2)
    cases = [handed_on(world, now, text=f"楼道灯坏了 {n}") for n in range(3)]
    waiting = world.raise_case(now=now)
    follow()
    clerk = signed_in(world.people["community"])

    first = clerk.get(f"{MINE}&state=handling")
    assert [row["number"] for row in first.context["rows"]] == [cases[2].number, cases[1].number]
    onward = first.context["pager"]["next_url"]
    assert listed(clerk, onward) == [cases[0].number]
    assert listed(clerk, f"{MINE}&state=submitted") == [waiting.number]
    assert listed(clerk, f"{MINE}&q={cases[0].number}") == [cases[0].number]
    assert listed(clerk, f"{MINE}&q=没有这样的") == []
    assert clerk.get("/desk/cases?mine=nonsense").status_code == 200


def test_two_desks_of_one_person_are_one_list_in_order(world, now):
    post(world.people["community"], "street_dispatcher", world.street, world.desks["street"])
    mine = [world.raise_case(now=now) for _n in range(2)]
    mine.append(handed_on(world, now))
    world.take(mine[0], "sort", "community", now, sort="shared", reason="common_part")
    world.take(mine[0], "dispatch", "community", now, desk=str(world.desks["property"].pk))
    world.take(mine[0], "escalate", "property", now, words="修不了")
    follow()

    assert listed(signed_in(world.people["community"])) == [case.number for case in reversed(mine)]


def test_it_costs_the_same_at_any_length_and_adds_nothing_up(world, now):
    handed_on(world, now)
    client = signed_in(world.people["community"])
    one = queries_of(client, MINE)
    for _n in range(2):
        handed_on(world, now)
    three = queries_of(client, MINE)

    assert len(three) == len(one)
    over_cases = [sql for sql in three if "cases_passage" in sql or "cases_case" in sql]
    assert len(over_cases) == 1
    assert [sql for sql in over_cases if AGGREGATE.search(sql)] == []


def test_the_database_walks_the_index_of_the_desk_and_sorts_nothing(world, now):
    """With as many rows as a small desk has in a year, so that PostgreSQL has a choice to make."""
    template = handed_on(world, now)
    numbers = range(3000)
    rows = []
    for number in numbers:
        row = Case.objects.get(pk=template.pk)
        row.pk, row.number, row.track = Case().pk, f"x-{number}", f"x-{number}"
        row.intake_key = None
        rows.append(row)
    Case.objects.bulk_create(rows, batch_size=1000)
    desks = [world.desks[key].pk for key in ("community", "grid", "grid2", "street", "property")]
    passed = [Passage(desk_id=desk, case_id=row.pk) for row in rows for desk in desks]
    Passage.objects.bulk_create(passed, batch_size=1000)
    viewer = viewer_of(world.people["community"], now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as captured:
        found = queries.passed_through(viewer, Case.objects.all(), after=rows[2000].pk, limit=51)
    assert [case.pk for case in found] == [row.pk for row in reversed(rows[1949:2000])]
    (asked,) = captured.captured_queries
    told = plan(asked["sql"])
    index = {"sqlite": "COVERING INDEX sqlite_autoindex_cases_passage_1 (desk_id=? AND case_id<?)"}
    assert index.get(connection.vendor, "using cases_passage_once") in told
    assert ("TEMP B-TREE" in told, "Sort" in told, "SCAN" in told, "Seq Scan" in told) == (False,) * 4


def plan(sql):
    how = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{how} {sql.replace('%', '%%')}")
        return "\n".join(str(row) for row in cursor.fetchall())


def test_the_register_is_written_down_as_a_table_of_what_the_list_shows(world, now):
    case = world.raise_case(now=now, text="楼道灯坏了三天", contact_name="李四", contact_phone="13800138000")
    hidden = world.raise_case(now=now, text="另一件事")
    Case.objects.filter(pk=hidden.pk).update(confidential=True)
    client = signed_in(world.people["community"])

    page = client.get("/desk/cases?state=open")
    file = client.get(page.context["export_url"])

    lines = file.content.decode("utf-8-sig").splitlines()
    assert file["Content-Disposition"] == 'attachment; filename="register.csv"'
    assert lines[0] == "编号,事项,地点,类别,环节,谁在办,收到,期限,办结"
    assert [line.split(",")[0] for line in lines[1:]] == [case.number]
    assert not any(secret in file.content.decode() for secret in ("李四", "13800138000", "三天"))
    assert client.get("/desk/cases?state=closed&format=csv").content.decode("utf-8-sig").count("\n") == 1


@pytest.mark.parametrize(
    ("said", "written"),
    [("=1+1", "'=1+1"), ("＝1+1", "'＝1+1"), ("-3", "-3"), ("-3.5", "-3.5"), ("-x", "'-x"), ("3 栋", "3 栋")],
)
def test_no_cell_of_a_file_is_a_formula(said, written):
    assert sheets.plain(said) == written
