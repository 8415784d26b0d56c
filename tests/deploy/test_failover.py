"""Three machines under Patroni and etcd: the primary is lost while reports come in (reliability: A9)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.deploy.intake import Intake, account, nothing_wrong, rows
from tests.deploy.machines import Machines
from tests.deploy.programs import until
from tests.deploy.site import Site, wait_for_answer

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("deploy")]
ROUNDS = 3
LEAST = 100  # reports acknowledged before each loss, and as many after it
# What failover could harm; posts and desks are laid out by hand here, without a record.
CHECKED = ("journal.chain", "journal.positions", "journal.seals", "journal.guards", "figures", "vault.reads")
MOST_SECONDS = 10  # from promotion until a report is acknowledged


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    site = Site()
    machines = Machines(site)
    try:
        machines.start()
        site.prepare()
        site.start()
        site.start_worker(2)
        wait_for_answer(site)
        yield machines
    finally:
        site.halt(but=("etcd", "patroni"))  # while there still is a database to say goodbye to
        machines.end()
        site.stop()


def test_one_standby_is_synchronous_and_the_other_follows(machines):
    with machines.site.connect("postgres", "postgres") as primary:
        names = primary.execute("SHOW synchronous_standby_names").fetchone()[0]
        states = primary.execute("SELECT sync_state FROM pg_stat_replication ORDER BY 1").fetchall()
        commit = primary.execute("SHOW synchronous_commit").fetchone()[0]

    assert names not in ("", "*")
    assert states == [("async",), ("sync",)]
    assert commit == "on"


@pytest.mark.parametrize("number", range(1, ROUNDS + 1))
def test_the_primary_is_lost_during_intake_and_no_report_with_it(machines, number):
    site, place = machines.site, machines.site.told["place"]
    before, lost = rows(site), machines.primary()
    with Intake(site, place, people=4) as told:
        until(lambda: len(told.acked) >= LEAST, "few reports are taken")
        acked = len(told.acked)
        killed = time.monotonic()
        lost.lose()
        until(lambda: machines.is_promoted(lost), "nobody is promoted", within=60)
        promoted = time.monotonic()
        until(
            lambda: told.at[-1] > promoted, "no report is taken", within=60, said=site.programs["web_1"].said
        )
        again = next(at for at in told.at if at > promoted)
        until(lambda: len(told.acked) >= acked + LEAST, "few reports are taken")
    lost.start()
    joined = machines.whole()
    counted = account(site, told, place, before)
    print(
        f"\nround {number}: {lost.name} lost after {acked} acknowledged; promoted after {promoted - killed:.1f} s, "
        f"writes {again - promoted:.1f} s later; joined again in {joined:.0f} s; {counted}; answers {dict(told.answers)}"
    )

    assert min(acked, len(told.acked) - acked) >= LEAST
    assert again - promoted <= MOST_SECONDS
    assert counted == nothing_wrong(counted["acked"])


def test_the_workers_have_caught_up_and_nothing_is_found_wrong(machines):
    site = machines.site

    def left() -> int:
        with site.connect(user="postgres") as primary:
            waiting = primary.execute(
                "SELECT (SELECT count(*) FROM journal_event) - (SELECT count(*) FROM journal_position)"
            ).fetchone()
        return waiting[0]

    until(lambda: left() == 0, "the sequencer does not catch up", within=60)
    site.as_owner("manage.py", "verify", "--only", *CHECKED)
