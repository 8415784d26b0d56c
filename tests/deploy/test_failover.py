"""Three machines under Patroni and etcd: the primary is lost while reports come in (reliability: A9)."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.deploy.archive import Archive
from tests.deploy.intake import Intake, account, nothing_wrong, rows
from tests.deploy.machines import Machines
from tests.deploy.programs import as_owner, listens, until

pytestmark = [pytest.mark.proof, pytest.mark.alone]
# Three rounds in `make proofs`; FAILOVER_ROUNDS=20 FAILOVER_ACKED=100000 are the whole of A9 (hours).
ROUNDS = int(os.environ.get("FAILOVER_ROUNDS", "3"))
ACKED = int(os.environ.get("FAILOVER_ACKED", "600"))  # reports acknowledged in all rounds together
LEAST = -(-ACKED // ROUNDS // 2)  # before each loss, and as many after it
# What failover could harm; posts and desks are laid out by hand here, without a record.
CHECKED = (
    "journal.chain",
    "journal.positions",
    "journal.seals",
    "journal.guards",
    "figures",
    "figures.sums",
    "vault.reads",
)
MOST_SECONDS = 10  # from promotion until a report is acknowledged


def test_one_standby_is_synchronous_and_the_other_follows(machines):
    with machines.site.connect("postgres", "postgres") as primary:
        names = primary.execute("SHOW synchronous_standby_names").fetchone()[0]
        states = primary.execute("SELECT sync_state FROM pg_stat_replication ORDER BY 1").fetchall()
        commit = primary.execute("SHOW synchronous_commit").fetchone()[0]

    assert names not in ("", "*")
    assert states == [("async",), ("sync",)]
    assert commit == "on"


@pytest.mark.parametrize("number", range(1, ROUNDS + 1))
def test_the_primary_is_lost_during_intake_and_no_report_with_it(machines, number, figure):
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
    machines.whole()
    counted = account(site, told, place, before)
    figure(
        "A9", f"primary lost, round {number} of {ROUNDS} (20 wanted): lost, twice; promoted, writes again", target="0, 0; –, 10 s",
        n=counted["acked"], floor=2 * LEAST,
        got=f"{counted['lost']}, {counted['doubled']}; {promoted - killed:.1f} s, {again - promoted:.1f} s",
    )  # fmt: skip

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


def test_all_three_are_lost_and_the_databases_come_back_as_they_were_at_a_moment(machines, figure):
    """What came before the moment is there, what came after is not, and what was erased after it stays erased."""
    site, place = machines.site, machines.site.told["place"]
    archive = Archive(machines.primary().values)
    archive.backrest("--type=full", "backup")
    with Intake(site, place, people=4) as told:
        until(lambda: len(told.acked) >= LEAST, "few reports are taken")
    kept = sorted(rows(site))
    with site.connect(user="postgres") as primary:
        moment = primary.execute("SELECT now()").fetchone()[0]
    with Intake(site, place, people=4) as told:
        until(lambda: len(told.acked) >= LEAST, "few reports are taken")
    site.as_owner("-m", "tests.shell.backup.filling", "erase")
    archive.backrest("check")
    began = time.monotonic()
    site.halt(but=("etcd", "patroni", "haproxy"))
    _restored(machines, archive, str(moment))
    took = time.monotonic() - began
    said = json.loads(site.as_owner("manage.py", "prove_restored", "--verify"))
    figure(
        "E7", "restored to a moment: reports of before missing, of after there; whole again", target="0; –",
        n=len(kept), floor=LEAST, got=f"{len(set(kept) ^ set(rows(site)))}; {took:.0f} s",
    )  # fmt: skip

    assert sorted(rows(site)) == kept
    assert said["findings"] == []
    assert said["erased"] >= 1


def _restored(machines: Machines, archive: Archive, moment: str) -> None:
    """Do what docs/operations.md says."""
    machines.end()
    for machine in machines.every:
        Path(machine.values["postgresql_data"]).rename(machine.folder / "lost")
        machine.etcd.start()
    for machine in machines.every:
        machine.etcd.ready(lambda port=int(machine.values["machine_etcd"]): listens(port))
    first = next(machine for machine in machines.every if machine.name == archive.machine)
    archive.script("restore.sh", moment)
    config = f"{first.values['configuration']}/patroni/patroni.yml"
    as_owner("patronictl", "-c", config, "remove", "linli", said=f"linli\nYes I am aware\n{first.name}\n")
    first.patroni.start()
    until(first.leads, "the restored machine does not lead", within=120, said=first.patroni.said)
    for machine in machines.every:
        if machine is not first:
            machine.patroni.start()
    machines.whole()
