"""nginx, two web processes, PgBouncer and PostgreSQL, started from the files of deploy/."""

from __future__ import annotations

import http.client
import json
import secrets
import signal
import ssl
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.deploy.archive import Archive
from tests.deploy.client import FORM
from tests.deploy.conftest import POOLED
from tests.deploy.intake import Intake, account, nothing_wrong, rows
from tests.deploy.programs import until

# Slow because seven real programs are started (about half a minute), once for the file.
pytestmark = [pytest.mark.slow, pytest.mark.servers, pytest.mark.xdist_group("deploy")]
ROUNDS = 200
OTHER_KEY = secrets.token_hex(16)
READ_ONLY = "系统现在只能查看，暂时不能存新的内容"
JSON_PROBLEM = "application/problem+json"


def test_static_files_come_from_nginx_small_and_for_good(site):
    manifest = json.loads(Path(site.values["static"], "staticfiles.json").read_text())["paths"]
    hashed = site.client().ask("GET", f"/static/{manifest['ui/resident.css']}", **{"Accept-Encoding": "gzip"})
    plain = site.client().ask("GET", "/static/ui/resident.css")

    assert (hashed.status, hashed.headers["Content-Encoding"]) == (200, "gzip")
    assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (plain.status, plain.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert plain.headers["Cache-Control"] == "public, max-age=60"
    assert {plain.headers["Server"], hashed.headers["Server"]} == {"nginx"}
    assert site.client().ask("GET", "/static/../etc/environment/web.env").status in (400, 404)
    assert site.client().ask("GET", "/away.html").status == 404


def test_only_our_name_is_answered_and_only_over_tls(site):
    address, _, port = site.values["http"].partition(":")
    connection = http.client.HTTPConnection(address, int(port), timeout=10)
    connection.request("GET", "/report?a=1", headers={"Host": "localhost"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, "https://localhost/report?a=1")
    connection.close()

    connection.request("GET", "/", headers={"Host": "evil.example"})
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()

    trusting = ssl.create_default_context(cafile=site.values["certificate"])
    stranger = http.client.HTTPSConnection(address, site.port, context=trusting)  # an address is no name
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        stranger.request("GET", "/")


def test_a_key_sent_again_through_everything_is_one_case(site, place):
    key = secrets.token_hex(16)
    first, again = (site.client().raise_request(place, key) for _time in range(2))
    other = site.client().send("requests", {"text": "别的事", "place": place}, **{"Idempotency-Key": key})

    assert (first.status, again.status, other.status) == (201, 200, 422)
    assert again.said["case"]["id"] == first.said["case"]["id"]
    assert site.client().ask("GET", f"/t/{first.said['code']}").status == 200


def test_nothing_of_the_daily_work_needs_a_connection_of_its_own(site, place, clerks):
    """Intake, inbox, list with a LIMIT, step, case and search, over eight connections at once."""
    said = len(site.programs["postgresql"].said())

    def day(number: int) -> Counter[str]:
        clerk, stranger, found = clerks[number % len(clerks)], site.client(), Counter()
        for _round in range(ROUNDS // len(clerks)):
            born = stranger.raise_request(place, secrets.token_hex(16))
            case = born.said["case"]
            step = {"version": case["version"], "sort": "public", "reason": "law"}
            found[f"intake {born.status}"] += 1
            found[f"list {clerk.ask('GET', '/api/v1/requests?limit=5').status}"] += 1
            found[f"inbox {clerk.ask('GET', '/desk/').status}"] += 1
            found[f"step {clerk.send('requests/' + case['id'] + '/sort', step).status}"] += 1
            found[f"case {clerk.ask('GET', '/desk/cases/' + case['id']).status}"] += 1
            found[f"search {clerk.ask('GET', '/desk/cases?q=' + quote('试点社区')).status}"] += 1
        return found

    with ThreadPoolExecutor(len(clerks)) as pool:
        found = sum(pool.map(day, range(len(clerks))), Counter())
    kinds = ("intake 201", "list 200", "inbox 200", "step 200", "case 200", "search 200")
    pools = {row["database"]: row for row in site.pooler_says("SHOW POOLS")}

    assert found == dict.fromkeys(kinds, ROUNDS)
    assert {row["pool_mode"] for row in pools.values() if row["database"] != "pgbouncer"} == {"transaction"}
    served = pools["linli"]["sv_active"] + pools["linli"]["sv_idle"] + pools["linli"]["sv_used"]
    assert 0 < served <= POOLED < pools["linli"]["cl_active"] + pools["linli"]["cl_waiting"]
    assert [line for line in site.programs["postgresql"].said()[said:].splitlines() if "ERROR" in line] == []


def test_a_search_finds_what_the_worker_has_followed(site, place, clerks):
    number = site.client().raise_request(place, secrets.token_hex(16)).said["case"]["number"]

    until(
        lambda: f">{number}<" in clerks[0].ask("GET", f"/desk/cases?q={number}").body,
        "the case is not found",
        within=20,
    )


def test_the_roles_bring_their_limits_through_the_pooler(site):
    asked = ("lock_timeout", "timezone", "idle_in_transaction_session_timeout", "lc_collate")
    with site.connect(through="pooler") as web:
        found = {name: web.execute(f"SHOW {name}").fetchone()[0] for name in asked}

    assert found == {
        "lock_timeout": "5s",
        "timezone": "UTC",
        "idle_in_transaction_session_timeout": "1min",
        "lc_collate": "C.UTF-8",
    }


def test_whoever_waits_for_a_lock_in_vain_is_told_when_to_come_again(site, place, clerks):
    case = site.client().raise_request(place, secrets.token_hex(16)).said["case"]
    step = {"version": case["version"], "sort": "public", "reason": "law"}
    with site.connect(user="postgres") as other, other.transaction():
        other.execute("SELECT 1 FROM cases_case WHERE id = %s FOR UPDATE", [case["id"]])
        began = time.monotonic()
        refused = clerks[0].send(f"requests/{case['id']}/sort", step)
        took = time.monotonic() - began

    assert (refused.status, refused.headers["Content-Type"]) == (503, JSON_PROBLEM)
    assert int(refused.headers["Retry-After"]) > 0
    assert 4 < took < 8
    assert clerks[0].send(f"requests/{case['id']}/sort", step).status == 200


def test_what_a_client_says_of_where_it_comes_from_is_not_believed(site):
    """Sixty wrong codes from one address stop that address, whatever it calls itself; nobody else."""
    liar, other = site.client("127.0.0.2"), site.client("127.0.0.3")
    found = Counter()
    for number in range(62):
        address = f"203.0.113.{number}"
        names = {
            "X-Forwarded-For": address,
            "X_Forwarded_For": address,
            "X-Real-IP": address,
            "Forwarded": f"for={address}",
        }
        found[liar.ask("GET", f"/t/{secrets.token_hex(8)}", **names).status] += 1

    assert found == {404: 60, 429: 2}
    assert other.ask("GET", f"/t/{secrets.token_hex(8)}").status == 404


def test_what_nginx_writes_down_is_no_code_no_query_and_no_words(site):
    client = site.client()
    log = Path(site.values["nginx_logs"], "linli.log")
    before = len(log.read_text().splitlines())
    asked = [
        "/t/CANARY1-CODE",
        "/report?text=CANARY2",
        "/CANARY3/x",
        "/files/CANARY4/page?code=CANARY5",
        "/metrics",
    ]
    answers = [client.ask("GET", path, Referer="https://localhost/t/CANARY6") for path in asked]
    # A line is written after its answer has gone.
    until(lambda: len(log.read_text().splitlines()) == before + len(asked), "not all was written down")
    lines = [json.loads(line) for line in log.read_text().splitlines()[before:]]

    assert [line["part"] for line in lines] == ["/t", "/report", "other", "/files", "other"]
    assert [int(line["status"]) for line in lines] == [answer.status for answer in answers]
    assert answers[-1].status == 404
    assert {line["address"] for line in lines} == {"127.0.0.1"}
    assert "CANARY" not in log.read_text() + Path(site.values["nginx_logs"], "linli-error.log").read_text()


def test_what_is_too_large_is_refused_before_it_is_read(site):
    def announced(path: str) -> tuple[int, str, str]:
        client = site.client()
        connection = client._connection
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", str(129 * 1024 * 1024))
        connection.endheaders()
        answer = connection.getresponse()
        said = (answer.status, answer.headers["Content-Type"], answer.read().decode())
        connection.close()
        return said

    page, program = announced("/report"), announced("/api/v1/photos")
    assert page[:2] == (413, "text/html; charset=utf-8")
    assert "文件太大了" in page[2]
    assert program[:2] == (413, JSON_PROBLEM)
    assert json.loads(program[2])["detail"] == "发来的内容太大了，一次最多 128 MB。"


def test_web_and_work_cannot_take_away_what_forbids_a_change(site):
    with site.connect() as app, app.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'journal_event'::regclass AND NOT tgisinternal"
        )
        triggers = [row[0] for row in cursor.fetchall()]
        assert triggers != []
        for statement in (
            "ALTER TABLE journal_event DISABLE TRIGGER ALL",
            f"DROP TRIGGER {triggers[0]} ON journal_event",
            "TRUNCATE journal_event CASCADE",
            "DROP TABLE journal_event CASCADE",
            "CREATE TABLE mine (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                cursor.execute(statement)
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            cursor.execute("UPDATE journal_event SET name = 'x'")


def test_processes_are_renewed_one_after_the_other_and_nobody_is_turned_away(site, place, figure):
    before = rows(site)
    with Intake(site, place, people=2) as told:
        for number in (1, 2):
            time.sleep(1)
            site.programs[f"web_{number}"].stop(signal.SIGTERM)
            site.start_web(number)
        time.sleep(1)
    counted = account(site, told, place, before)
    figure(
        "deploy", "renewed one after the other: lost, twice; not answered 201", target="0, 0; 0", n=counted["acked"],
        floor=100, got=f"{counted['lost']}, {counted['doubled']}; {told.answers.total() - told.answers['201']}",
    )  # fmt: skip

    assert counted == nothing_wrong(counted["acked"])
    assert set(told.answers) == {"201"}


def test_while_the_database_is_away_everybody_is_told_so_and_then_served_again(site, place, figure):
    before = rows(site)
    database = site.programs["postgresql"]
    database.stop(signal.SIGQUIT)
    page = site.client().ask("GET", f"/t/{secrets.token_hex(8)}")
    api = site.client().raise_request(place, secrets.token_hex(16))
    health = site.client().ask("GET", "/health")
    time.sleep(10)  # longer than any patience in between
    database.start()
    came = time.monotonic()
    until(
        lambda: site.client().raise_request(place, secrets.token_hex(16)).status == 201, "no report is taken"
    )
    took = time.monotonic() - came
    figure("deploy", "the database back: writes again", target="10 s", n=1, floor=1, got=f"{took:.1f} s")

    assert (page.status, page.headers["Retry-After"]) == (503, "10")
    assert "暂时打不开，不是您的问题" in page.body
    assert "tel:12345" in page.body
    assert (api.status, api.headers["Content-Type"], api.headers["Retry-After"]) == (503, JSON_PROBLEM, "10")
    assert api.said["detail"] == "暂时打不开，请过几秒再发一次。"
    assert (health.status, health.said["status"]) == (503, "failing")
    assert took <= 10
    assert len(rows(site)) == len(before) + 1


def test_while_no_process_answers_nginx_says_so_itself(site, place):
    for number in (1, 2):
        site.programs[f"web_{number}"].stop(signal.SIGTERM)
    page, form = site.client().ask("GET", "/"), site.client().ask("POST", "/report", b"a=1")
    api = site.client().raise_request(place, secrets.token_hex(16))
    for number in (1, 2):
        site.start_web(number)
    took = until(lambda: site.client().ask("GET", "/health").status == 200, "the site does not answer")

    for answer in (page, form):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        assert "暂时打不开，不是您的问题" in answer.body
        assert "tel:12345" in answer.body
    assert (api.status, api.headers["Content-Type"], api.said["status"]) == (503, JSON_PROBLEM, 503)
    assert took <= 10


def test_the_pooler_may_be_renewed_while_reports_come_in(site, place, figure):
    before = rows(site)
    with Intake(site, place, people=2) as told:
        time.sleep(1)
        site.renew_pooler()
        time.sleep(3)
    counted = account(site, told, place, before)
    figure(
        "deploy", "the pooler renewed: lost, twice", target="0, 0", n=counted["acked"], floor=100,
        got=f"{counted['lost']}, {counted['doubled']}",
    )  # fmt: skip

    assert counted == nothing_wrong(counted["acked"])
    assert set(told.answers) <= {"201", "200", "503", "409"}


def test_without_a_standby_that_confirms_everything_is_read_and_nothing_taken(site, place, clerks, figure):
    """The server is told to wait for a standby, and none is there; with Patroni: test_standbys.py."""
    stranger, before = site.client(), rows(site)
    code, key = stranger.raise_request(place, secrets.token_hex(16)).said["code"], secrets.token_hex(16)
    page = stranger.form("/report", text="灯不亮", place=place, key=secrets.token_hex(16))
    site.waits_for_a_standby("*")
    said = until(lambda: READ_ONLY in stranger.raise_request(place, key).body, "nobody says so", within=20)
    refused = stranger.ask("POST", "/report", page, **FORM)
    paths = {stranger: ("/", "/report", f"/t/{code}"), clerks[0]: ("/desk/", "/desk/cases")}
    reads = [who.ask("GET", path).status for who, asked in paths.items() for path in asked]
    seen = len(rows(site)) - len(before) - 1
    site.waits_for_a_standby("")
    again = until(
        lambda: stranger.raise_request(place, OTHER_KEY).status == 201, "no report is taken", within=20
    )
    figure(
        "A11", "no standby, one machine: seen unconfirmed; said, written again", target="0; 10 s, 10 s",
        n=1, floor=1, got=f"{seen}; {said:.1f} s, {again:.1f} s",
    )  # fmt: skip

    assert (seen, reads) == (0, [200] * 5)
    assert max(said, again) <= 10
    assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
    assert [word for word in (READ_ONLY, "12345", "灯不亮") if word not in refused.body] == []
    assert stranger.raise_request(place, key).status in (
        200,
        201,
    )  # 200 if its first send was waiting already
    assert len(rows(site)) - len(before) == 3  # once, however often it was sent


def test_a_drill_restores_the_databases_to_a_moment_and_proves_them(site, place):
    """Backed up encrypted while the site runs; what came after the moment is not there."""
    archive, record = Archive(site.values), Path(site.values["restore_record"])
    archive.backrest("--type=full", "backup")
    ended = time.time()  # pgBackRest tells moments by seconds
    until(lambda: int(time.time()) > ended, "no second passes")
    site.client().raise_request(place, secrets.token_hex(16))
    kept = len(rows(site))
    with site.connect(user="postgres") as database:
        moment = database.execute("SELECT now()").fetchone()[0]
    site.client().raise_request(place, secrets.token_hex(16))
    archive.backrest("check")  # a segment is ended, and waited for
    record.unlink()
    said = json.loads(archive.script("drill.sh", "--type=time", f"--target={moment}").stdout)
    proven = json.loads(record.read_text())

    assert (said["findings"], said["counts"]["paths of cases"]) == ([], kept)
    assert len(rows(site)) == kept + 1
    assert said["pages"] >= 20
    assert abs((datetime.fromisoformat(proven["taken_at"]) - moment).total_seconds()) < 60
    assert list(Path(site.values["drills"]).iterdir()) == []


def test_whoever_holds_the_repository_alone_reads_nothing(site, place):
    """The drill above has filled it; what a report says is nowhere in it, nor the name of a table."""
    files = [path for path in Path(site.values["backups"]).rglob("*") if path.is_file()]
    words = ("三栋二单元楼道灯不亮".encode(), b"cases_case", b"pg_catalog", b"db-system-id")

    assert sum(path.stat().st_size for path in files) > 1_000_000
    assert [(path, word) for path in files for word in words if word in path.read_bytes()] == []
