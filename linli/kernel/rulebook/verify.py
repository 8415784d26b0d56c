"""The rulebook's part of ``linli verify``: every rule is as it was made, and by whom it says."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from linli.kernel.journal.models import Event
from linli.kernel.journal.verify import Finding, Report
from linli.kernel.rulebook.choices import Origin
from linli.kernel.rulebook.models import RuleSet
from linli.kernel.rulebook.queries.proposals import digest_of

CHECK = "rulebook.rules"
CHUNK = 500
BIRTHS = {
    Origin.SHIPPED: "rulebook.ship",
    Origin.LOCAL: "rulebook.enact",
    Origin.PUBLISHED: "rulebook.publish_calendar",
}
NEVER_MADE = _("一条规则在操作记录里没有来历。")
CHANGED = _("一条规则和它生效时的记录对不上。")
ONE_PERSON = _("一条本地规则和它的提议、审核对不上，或者没有两个人。")


def rules(report: Report) -> Iterator[Finding]:
    """Compare each version with its event, and a local one with its proposal and decision."""
    rows = RuleSet.objects.select_related("decision__proposal").order_by("made_at", "id")
    for rule in rows.iterator(chunk_size=CHUNK):
        report.count("rules")
        event = Event.objects.filter(
            subject_kind="rule", subject_id=rule.id, name=BIRTHS[Origin(rule.origin)]
        ).first()
        if event is None:
            yield Finding(CHECK, NEVER_MADE, str(rule.id))
        elif event.data["digest"] != digest_of(rule):
            yield Finding(CHECK, CHANGED, str(rule.id))
        if rule.origin == Origin.LOCAL and not _has_two_persons(rule):
            yield Finding(CHECK, ONE_PERSON, str(rule.id))


def _has_two_persons(rule: RuleSet) -> bool:
    decision = getattr(rule, "decision", None)
    if decision is None or rule.made_by == rule.approved_by:
        return False
    wanted = decision.proposal
    same = ("key", "place_id", "valid_from", "valid_to", "inherits", "data", "basis", "made_by")
    return decision.decided_by == rule.approved_by and all(
        getattr(wanted, name) == getattr(rule, name) for name in same
    )
