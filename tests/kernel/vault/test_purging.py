"""Months of the log of reading that are past their term go by two people; all else stays, and all holds together."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from linli.foundation.errors import Absent, NotAllowed, WrongState
from linli.foundation.ids import new_id
from linli.foundation.rules import CLOCK, IMPORT, Actor
from linli.kernel.journal import verify
from linli.kernel.journal.models import Event, Seal
from linli.kernel.people import services as people
from linli.kernel.people.models import Post
from linli.kernel.vault import queries, services
from linli.kernel.vault.checks import check_declarations
from linli.kernel.vault.choices import Removal
from linli.kernel.vault.management.commands import read_log
from linli.kernel.vault.models import Purge, ReadEntry, ReadPosition
from linli.kernel.vault.queries.purging import (
    ENTRY_UNFIT,
    NO_EXPORT,
    NOT_IN_ORDER,
    SEAL_UNFIT,
    SEALS_BROKEN,
    faults,
)
from tests.kernel.people.builders import an_administrator
from tests.kernel.vault.conftest import TEXT, read
from tests.kernel.vault.old_reads import DAY, DUE, LONG_AGO, WithoutGuards, approve, propose, seal

pytestmark = pytest.mark.django_db
LATER = DUE + 45 * DAY


def test_nothing_is_due_before_three_years_have_passed_to_the_minute(three):
    assert queries.next_segment(DUE - timedelta(seconds=1)) is None
    with pytest.raises(WrongState, match="没有到期"):
        propose(three, DUE - timedelta(seconds=1))

    found = queries.next_segment(DUE)

    assert found is not None
    assert (found.month, found.first, found.last) == (date(2022, 10, 1), 1, 6)
    assert found.until == datetime(2022, 10, 31, 16, 0, tzinfo=UTC)


def test_a_month_goes_by_two_people_and_leaves_what_tells_of_it(three, folder):
    seals = list(Seal.objects.order_by("pk").values_list("digest", flat=True))
    purge = propose(three)
    assert (ReadEntry.objects.count(), purge.state) == (12, Removal.PROPOSED)
    exported = folder / "reads-2022-10-1-6.jsonl"
    assert hashlib.sha256(exported.read_bytes()).digest() == bytes(purge.sha256)

    approve(three, purge)

    kept = list(ReadPosition.objects.order_by("pk").values_list("pk", flat=True))
    assert (kept, ReadEntry.objects.count()) == (list(range(7, 13)), 6)
    assert [bytes(one) for one in Seal.objects.order_by("pk").values_list("digest", flat=True)] == [
        *map(bytes, seals)
    ]
    purge = Purge.objects.get()
    root = Seal.objects.get(stream="reads", kind="daily", to_position=6)
    assert (purge.state, purge.count, bytes(purge.root)) == (Removal.REMOVED, 6, bytes(root.digest))
    assert (purge.proposed_by, purge.decided_by) == (three["audit"].id, three["security"].id)
    told = Event.objects.filter(subject_kind="purge", subject_id=purge.pk).order_by("version")
    assert [(one.name, one.by_id) for one in told] == [
        ("purge.propose", three["audit"].id), ("purge.approve", three["security"].id),
    ]  # fmt: skip
    assert told[1].data == {
        "month": "2022-10", "from": 1, "to": 6, "count": 6, "root": bytes(root.digest).hex(),
        "sha256": hashlib.sha256(exported.read_bytes()).hexdigest(),
    }  # fmt: skip
    report = verify.run()
    assert (report.findings, report.counts["purges"]) == ([], 1)


def test_months_go_one_after_the_other_and_reading_goes_on(three):
    approve(three, propose(three))
    assert queries.next_segment(DUE) is None

    approve(three, propose(three, LATER), LATER)
    assert (ReadEntry.objects.count(), queries.removed()) == (0, 12)
    assert verify.run().findings == []
    assert queries.next_segment(LATER) is None
    read(new_id(), TEXT, now=LATER)
    seal(LATER)
    seal(LATER + DAY)

    assert list(ReadPosition.objects.values_list("pk", flat=True)) == [13]
    assert verify.run().findings == []


def test_the_term_is_a_setting_and_never_less_than_the_laws_six_months(three, settings):
    settings.READ_LOG_MONTHS = 6
    assert queries.term_ends(DUE) == datetime(2025, 4, 30, 16, 0, tzinfo=UTC)
    settings.READ_LOG_MONTHS = 5
    assert [one.id for one in check_declarations(None)] == ["vault.E007"]


def test_only_who_audits_proposes_and_only_who_keeps_the_security_approves(three):
    for who in (three["system"], three["security"], CLOCK, IMPORT, Actor("person", UUID(int=7))):
        with pytest.raises(NotAllowed):
            services.propose_purge(actor=who, now=DUE)
    purge = propose(three)
    for who in (three["system"], three["audit"], CLOCK, IMPORT, Actor("person", UUID(int=7))):
        for step in ("approve", "refuse"):
            with pytest.raises(NotAllowed):
                services.answer_purge(purge_id=purge.pk, step=step, actor=who, now=DUE)
    assert (ReadEntry.objects.count(), Purge.objects.get().state) == (12, Removal.PROPOSED)


def test_who_proposed_it_does_not_approve_it_from_another_post_either(three):
    """Who audited and now keeps the security: two posts, one person."""
    purge = propose(three)
    an_administrator("audit_admin", DUE)
    post = Post.objects.get(account_id=three["audit"].id, ends_at=None)
    people.end_post(post_id=post.pk, by=IMPORT, now=DUE)
    people.appoint(account_id=three["audit"].id, role_code="security_admin", by=IMPORT, now=DUE)

    with pytest.raises(NotAllowed, match="另一个人"):
        services.answer_purge(purge_id=purge.pk, step="approve", actor=three["audit"], now=DUE)
    assert ReadEntry.objects.count() == 12


def test_what_was_refused_stays_and_can_be_proposed_again(three):
    purge = propose(three)
    with pytest.raises(WrongState, match="等批准"):
        propose(three)
    services.answer_purge(purge_id=purge.pk, step="refuse", actor=three["security"], now=DUE)
    for step in ("approve", "refuse"):
        with pytest.raises(WrongState, match="有结论"):
            services.answer_purge(purge_id=purge.pk, step=step, actor=three["security"], now=DUE)
    with pytest.raises(Absent):
        services.answer_purge(purge_id=purge.pk, step="remove", actor=three["security"], now=DUE)
    assert ReadEntry.objects.count() == 12
    approve(three, propose(three))
    assert (ReadEntry.objects.count(), verify.run().findings) == (6, [])


def test_without_a_folder_for_exports_nothing_goes(three, settings):
    purge = propose(three)
    settings.READ_LOG_FOLDER = ""
    with pytest.raises(WrongState, match="文件夹"):
        approve(three, purge)
    assert ReadEntry.objects.count() == 12


def test_a_term_that_was_made_longer_or_a_clock_set_back_holds_up_the_approval(three, settings):
    purge = propose(three)
    with pytest.raises(WrongState, match="没有到期"):
        approve(three, purge, DUE - DAY)
    settings.READ_LOG_MONTHS = 37
    with pytest.raises(WrongState, match="没有到期"):
        approve(three, purge)
    assert ReadEntry.objects.count() == 12


def test_what_a_fast_clock_wrote_counts_by_its_own_time(three):
    """Entries that say 2024 in a month of 2022 hold the whole month back."""
    read(new_id(), TEXT, now=datetime(2024, 5, 5, tzinfo=UTC))
    seal(LONG_AGO + 4 * DAY + timedelta(hours=1))
    seal(LONG_AGO + 5 * DAY)
    approve(three, propose(three))

    assert queries.next_segment(LATER) is None
    found = queries.next_segment(datetime(2027, 5, 31, 16, 0, tzinfo=UTC))
    assert found is not None
    assert (found.month, found.first, found.last) == (date(2022, 11, 1), 7, 13)


def test_a_month_that_was_tampered_with_is_evidence_and_stays(three):
    purge = propose(three)
    with WithoutGuards("vault_readentry"):
        ReadEntry.objects.filter(pk=ReadPosition.objects.get(pk=3).entry_id).update(purpose="security")
    with pytest.raises(WrongState, match="对不上"):
        approve(three, purge)
    services.answer_purge(purge_id=purge.pk, step="refuse", actor=three["security"], now=DUE)
    with pytest.raises(WrongState, match="对不上"):
        propose(three)
    assert ReadEntry.objects.count() == 12


def test_an_export_is_checked_without_the_database_and_every_change_of_it_is_found(three, folder):
    propose(three)
    whole = (folder / "reads-2022-10-1-6.jsonl").read_bytes().splitlines(keepends=True)
    assert faults(whole) == []
    found = {}
    for number, line in enumerate(whole):
        changed = line.replace(b"7", b"8", 1) if b"7" in line else line.replace(b"1", b"2", 1)
        found[number] = faults([*whole[:number], changed, *whole[number + 1 :]])
        found[-1 - number] = faults([*whole[:number], *whole[number + 1 :]])
    swapped = faults([whole[0], whole[2], whole[1], *whole[3:]])

    assert len(found) == 2 * (1 + 6 + 4 + 2)
    assert [number for number, said in found.items() if not said] == []
    assert {said for one in found.values() for said in one} == {
        ENTRY_UNFIT, NOT_IN_ORDER, SEAL_UNFIT, SEALS_BROKEN, NO_EXPORT
    }  # fmt: skip
    assert NOT_IN_ORDER in swapped


def test_the_command_tells_what_is_due_and_checks_a_file(three, folder, at_due):
    assert "2022-10" in told()
    purge = approve(three, propose(three))
    exported = folder / purge.file_name
    assert bytes(purge.root).hex() in told()
    assert "对得上" in told("--check", str(exported))

    exported.write_bytes(exported.read_bytes().replace(b'"handle_case"', b'"emergency"', 1))
    with pytest.raises(CommandError, match="对不上"):
        told("--check", str(exported))
    assert [one.check for one in verify.run().findings] == ["vault.purges"]


def test_an_export_of_another_month_than_was_removed_is_not_taken_for_it(three, folder):
    purge = approve(three, propose(three))
    exported = folder / purge.file_name
    lines = exported.read_bytes().splitlines(keepends=True)
    head = json.loads(lines[0]) | {"month": "2022-10-02"}
    exported.write_bytes(b"".join([json.dumps(head).encode() + b"\n", *lines[1:]]))
    assert faults(exported.read_bytes().splitlines()) == []

    with pytest.raises(CommandError, match="清除时"):
        told("--check", str(exported))


@pytest.fixture
def at_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_log.timezone, "now", lambda: DUE)


def told(*options: str) -> str:
    out = StringIO()
    call_command("read_log", *options, stdout=out)
    return out.getvalue()


def test_a_removal_over_more_than_was_removed_is_found(three):
    approve(three, propose(three))
    with WithoutGuards("vault_purge"):
        Purge.objects.update(to_position=9)
    assert {"journal.chain", "journal.positions", "vault.purges"} <= {
        one.check for one in verify.run().findings
    }
