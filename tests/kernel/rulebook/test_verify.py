"""What ``linli verify`` finds when somebody goes past the doors."""

from __future__ import annotations

from pathlib import Path

import pytest

from linli.kernel.journal.verify import run
from linli.kernel.rulebook import services
from linli.kernel.rulebook.models import Decision, RuleSet
from linli.kernel.rulebook.verify import CHANGED, NEVER_MADE, ONE_PERSON
from tests.kernel.rulebook.builders import ANNA, BEN, KEY, NOW, TODAY, a_catalog, a_file, a_rule, a_world

pytestmark = pytest.mark.django_db


def found() -> list[tuple[str, str]]:
    return [(finding.sentence, finding.where) for finding in run(["rulebook.rules"]).findings]


def smuggled(**changed: object) -> RuleSet:
    """A row written past the services; the triggers refuse changes, not additions."""
    return RuleSet.objects.create(
        **{
            "key": KEY, "valid_from": TODAY, "version": 9, "data": {"size": 9}, "basis": "x", "made_by": ANNA.id,
            "approved_by": BEN.id, "made_at": NOW, "origin": "local", **changed,
        }
    )  # fmt: skip


def test_what_came_through_the_doors_is_whole(tmp_path: Path) -> None:
    world = a_world()
    services.load_catalog(now=NOW, folder=a_catalog(tmp_path, size=a_file(1)))
    a_rule(2, world.county)
    a_rule(0, world.county, inherits=True)
    report = run(["rulebook.rules"])
    assert (report.findings, report.counts) == ([], {"rules": 3})


def test_a_rule_written_past_the_doors_is_found() -> None:
    local = smuggled()
    shipped = smuggled(origin="shipped", made_by=None, approved_by=None, version=10)
    assert sorted(found()) == sorted(
        [(NEVER_MADE, str(local.id)), (ONE_PERSON, str(local.id)), (NEVER_MADE, str(shipped.id))]
    )


def test_a_rule_that_says_something_else_than_its_event_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = a_rule(1)
    kept = RuleSet.from_db.__func__

    def changed(cls: type[RuleSet], db: str, names: list[str], values: list[object]) -> RuleSet:
        row = kept(cls, db, names, values)
        row.data = {"size": 2}
        return row

    monkeypatch.setattr(RuleSet, "from_db", classmethod(changed))
    assert found() == [(CHANGED, str(rule.id)), (ONE_PERSON, str(rule.id))]


def test_a_decision_by_another_than_the_rule_names_is_found() -> None:
    proposal = services.propose(
        key=KEY, place_id=None, valid_from=TODAY, data={"size": 9}, basis="x", actor=ANNA, now=NOW
    )
    rule = smuggled()
    Decision.objects.create(proposal=proposal, rule=rule, decided_by=ANNA.id, decided_at=NOW)
    assert (ONE_PERSON, str(rule.id)) in found()
