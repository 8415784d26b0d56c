"""Three machines under Patroni: standbys are lost while reports come in, and nothing rests on one machine (reliability: A11)."""

from __future__ import annotations

import secrets
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.deploy.client import Client
from tests.deploy.intake import Intake, account, nothing_wrong, rows
from tests.deploy.machines import Machine, Machines
from tests.deploy.programs import until

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("deploy")]
LEAST = 100  # reports acknowledged before the loss, and as many after it
MOST_SECONDS = 10
SAID = "系统现在只能查看，暂时不能存新的内容"
IN_TROUBLE = "数据库要求同步备机，可是没有一台在确认：网站只能看，什么都存不进去。"
TRIES = 20


def by_role(machines: Machines, role: str) -> Machine:
    (name,) = (name for name, (found, _state) in machines.members().items() if found == role)
    return next(machine for machine in machines.every if machine.name == name)


def test_the_synchronous_standby_is_lost_and_the_other_takes_its_place(machines, figure):
    site, place = machines.site, machines.site.told["place"]
    before, lost = rows(site), by_role(machines, "sync_standby")
    with Intake(site, place, people=4) as told:
        until(lambda: len(told.acked) >= LEAST, "few reports are taken")
        lost.lose_database()
        began = time.monotonic()
        until(lambda: told.at[-1] > began + 1, "no report is taken", within=60)
        again = next(at for at in told.at if at > began + 1) - began  # a second: what was confirmed already
        acked = len(told.acked)
        until(lambda: len(told.acked) >= acked + LEAST, "few reports are taken")
    lost.patroni.start()
    machines.whole()
    counted = account(site, told, place, before)
    figure(
        "A11", "one standby of two lost: lost, twice; written again", target="0, 0; 10 s",
        n=counted["acked"], floor=2 * LEAST, got=f"{counted['lost']}, {counted['doubled']}; {again:.1f} s",
    )  # fmt: skip

    assert again <= MOST_SECONDS
    assert counted == nothing_wrong(counted["acked"])


def test_both_standbys_are_lost_everybody_reads_on_and_nothing_is_kept_by_one_machine(machines, figure):
    site, place = machines.site, machines.site.told["place"]
    before, standbys = rows(site), [one for one in machines.every if one is not machines.primary()]
    clerk, stranger = site.client().sign_in(site.told["clerks"][0]), site.client()
    known, unread = (stranger.raise_request(place, secrets.token_hex(16)).said for _number in range(2))
    asked = {stranger: public(known["code"]), clerk: desk(known["case"]["id"])}
    assert read(asked) == dict.fromkeys([*asked[stranger], *asked[clerk]], 200)
    with Intake(site, place, people=4) as told:
        until(lambda: len(told.acked) >= LEAST, "few reports are taken")
        for standby in standbys:
            standby.lose_database()
        lost = time.monotonic()
        until(lambda: is_refused(stranger, place), "nobody says that nothing is taken", within=60)
        said = time.monotonic() - lost
        time.sleep(MOST_SECONDS - said if said < MOST_SECONDS else 0)  # by then whoever waited has been told
        acked, there = dict(told.acked), set(rows(site))
        slowest = max(refused_within(stranger, place) for _number in range(TRIES))
        reads = read(asked)
        sealed = clerk.ask("GET", f"/desk/cases/{unread['case']['id']}")
        step = clerk.send(
            f"requests/{known['case']['id']}/sort", {"version": 1, "sort": "public", "reason": "law"}
        )
        health, doctor = [site.health(number) for number in (1, 2)], site.doctor()
        assert told.acked == acked
        standbys[0].patroni.start()
        until(lambda: confirms(machines), "no standby confirms", within=120, said=standbys[0].patroni.said)
        back = time.monotonic()
        until(lambda: told.at[-1] > back, "no report is taken", within=60)
        again = next(at for at in told.at if at > back) - back
        until(lambda: len(told.acked) >= len(acked) + LEAST, "few reports are taken")
    standbys[1].patroni.start()
    machines.whole()
    born = [known["case"]["id"], unread["case"]["id"]]
    counted = account(site, told, place, [*before, *born])
    figure(
        "A11", "both standbys lost: lost, twice, seen unconfirmed; said, a refusal, written again", target="0, 0, 0; 10 s, 1 s, 10 s",
        n=counted["acked"], floor=2 * LEAST,
        got=f"{counted['lost']}, {counted['doubled']}, {len(there - set(before) - set(born) - set(acked.values()))}; "
        f"{said:.1f} s, {slowest:.2f} s, {again:.1f} s",
    )  # fmt: skip

    assert said <= MOST_SECONDS
    assert slowest <= 1
    assert again <= MOST_SECONDS
    assert there - set(before) - set(born) == set(acked.values())
    assert set(told.answers) <= {"200", "201", "503", "409"}
    assert reads == dict.fromkeys(reads, 200)
    assert (sealed.status, "现在无法登记查看记录" in sealed.body) == (503, True)
    assert (step.status, SAID in step.said["detail"]) == (503, True)
    assert [(status, IN_TROUBLE in failing) for status, failing in health] == [(503, True)] * 2
    assert f"    {IN_TROUBLE}\n    → 运行 patronictl list，让一台备机回来" in doctor
    assert counted == nothing_wrong(counted["acked"])
    until(lambda: site.client().ask("GET", "/health").status == 200, "the site does not get well", within=60)


def is_refused(client: Client, place: str) -> bool:
    answer = client.raise_request(place, secrets.token_hex(16))
    return answer.status == 503 and SAID in answer.body


def refused_within(client: Client, place: str) -> float:
    """Send a report by the page and by the API; both say why not, when to come again, and whom to ring."""
    began = time.monotonic()
    answer = client.raise_request(place, secrets.token_hex(16))
    took = time.monotonic() - began
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert SAID in answer.said["detail"]
    assert "12345" in answer.said["detail"]
    return took


def read(asked: dict[Client, list[str]]) -> dict[str, int]:
    return {path: client.ask("GET", path).status for client, paths in asked.items() for path in paths}


def public(code: str) -> list[str]:
    return ["/", "/report", f"/t/{code}", "/find", "/sign-in", "/desk/sign-in"]


def desk(case: str) -> list[str]:
    listed = ["/desk/", "/desk/cases", f"/desk/cases?q={quote('试点社区')}", "/desk/map"]
    return [*listed, f"/desk/cases/{case}", "/api/v1/requests?limit=5"]


def confirms(machines: Machines) -> Any:
    with machines.site.connect("postgres", "postgres") as primary:
        return primary.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone()
