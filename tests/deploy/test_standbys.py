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
from tests.deploy.site import Site

pytestmark = [pytest.mark.proof, pytest.mark.alone]
LEAST = 100  # reports acknowledged before the loss, and as many after it
MOST_SECONDS = 10
SAID = "系统现在只能查看，暂时不能存新的内容"
NOT_NOTED = "现在无法登记查看记录，所以暂时不能显示个人信息"
WORDS = "楼道灯不亮"  # of every report
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
    people = People(site)
    # It may be under way when the standbys are lost, and be kept once one is back.
    probe = secrets.token_hex(16)
    with Intake(site, place, people=4) as told:
        until(lambda: len(told.acked) >= LEAST, "few reports are taken")
        for standby in standbys:
            standby.lose_database()
        lost = time.monotonic()
        until(lambda: is_refused(site.client(), place, probe), "nobody says that nothing is taken", within=60)
        said = time.monotonic() - lost
        time.sleep(max(0, MOST_SECONDS - said))  # by then whoever waited has been told
        acked, there = dict(told.acked), set(rows(site)) - set(before) - people.born
        slowest = max(refused_within(site.client(), place) for _number in range(TRIES))
        people.find_out()
        assert told.acked == acked
        standbys[0].patroni.start()
        until(lambda: confirms(machines), "no standby confirms", within=120, said=standbys[0].patroni.said)
        back = time.monotonic()
        until(lambda: told.at[-1] > back, "no report is taken", within=60)
        again = next(at for at in told.at if at > back) - back
        until(lambda: len(told.acked) >= len(acked) + LEAST, "few reports are taken")
    standbys[1].patroni.start()
    machines.whole()
    probed = site.client().raise_request(place, probe).said["case"]["id"]
    counted = account(site, told, place, [*before, *people.born, probed])
    figure(
        "A11", "both standbys lost: lost, twice, seen unconfirmed; said, a refusal, written again", target="0, 0, 0; 10 s, 1 s, 10 s",
        n=counted["acked"], floor=2 * LEAST,
        got=f"{counted['lost']}, {counted['doubled']}, {len(there - set(acked.values()))}; "
        f"{said:.1f} s, {slowest:.2f} s, {again:.1f} s",
    )  # fmt: skip

    assert (said <= MOST_SECONDS, slowest <= 1, again <= MOST_SECONDS) == (True, True, True)
    assert there == set(acked.values())
    assert set(told.answers) <= {"200", "201", "503", "409"}
    assert counted == nothing_wrong(counted["acked"])
    until(lambda: site.client().ask("GET", "/health").status == 200, "the site does not get well", within=60)


class People:
    """A stranger with a tracking code, a clerk who has opened one matter and not the other, and who keeps the machines."""

    def __init__(self, site: Site) -> None:
        self.site, self.stranger = site, site.client()
        self.clerk = site.client().sign_in(site.told["clerks"][0])
        self.known, self.unread = (self._report() for _number in range(2))
        self.born = {self.known["case"]["id"], self.unread["case"]["id"]}
        self._pages = {self.stranger: public(self.known["code"]), self.clerk: desk(self.known["case"]["id"])}
        assert set(self._read().values()) == {200}, self._read()

    def find_out(self) -> None:
        """Look at everything while no standby is there."""
        case = self.known["case"]["id"]
        assert set(self._read().values()) == {200}, self._read()
        sealed = self.clerk.ask("GET", f"/desk/cases/{self.unread['case']['id']}")
        step = self.clerk.send(f"requests/{case}/sort", {"version": 1, "sort": "public", "reason": "law"})
        health = [self.site.health(number) for number in (1, 2)]

        assert (sealed.status, NOT_NOTED in sealed.body, WORDS in sealed.body) == (200, True, False)
        assert (step.status, SAID in step.said["detail"]) == (503, True)
        assert [(status, IN_TROUBLE in failing) for status, failing in health] == [(503, True)] * 2
        assert f"    {IN_TROUBLE}\n    → 运行 patronictl list，让一台备机回来" in self.site.doctor()

    def _report(self) -> Any:
        return self.stranger.raise_request(self.site.told["place"], secrets.token_hex(16)).said

    def _read(self) -> dict[str, int]:
        return {path: who.ask("GET", path).status for who, paths in self._pages.items() for path in paths}


def is_refused(client: Client, place: str, key: str) -> bool:
    answer = client.raise_request(place, key)
    return answer.status == 503 and SAID in answer.body


def refused_within(client: Client, place: str) -> float:
    """Send a report: it is said why not, when to come again, and whom to ring. Return the seconds."""
    began = time.monotonic()
    answer = client.raise_request(place, secrets.token_hex(16))
    took = time.monotonic() - began
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert SAID in answer.said["detail"]
    assert "12345" in answer.said["detail"]
    return took


def public(code: str) -> list[str]:
    return ["/", "/report", f"/t/{code}", "/find", "/sign-in", "/desk/sign-in"]


def desk(case: str) -> list[str]:
    listed = ["/desk/", "/desk/cases", f"/desk/cases?q={quote('试点社区')}", "/desk/map"]
    return [*listed, f"/desk/cases/{case}", "/api/v1/requests?limit=5"]


def confirms(machines: Machines) -> Any:
    with machines.site.connect("postgres", "postgres") as primary:
        return primary.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone()
