"""The rulebook's part of ``linli verify``: every rule is as it was made, and by whom it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from linli.kernel.journal.models import Event
from linli.kernel.journal.verify import Finding, Report
from linli.kernel.rulebook.choices import Origin
from linli.kernel.rulebook.models import Decision, Proposal, RuleSet
from linli.kernel.rulebook.queries.proposals import digest_of, digest_of_decision, digest_of_proposal

CHECK, PROPOSALS = "rulebook.rules", "rulebook.proposals"
CHUNK = 500
BIRTHS: dict[str, str] = {
    Origin.SHIPPED: "rulebook.ship",
    Origin.LOCAL: "rulebook.enact",
    Origin.PUBLISHED: "rulebook.publish_calendar",
}
NEVER_MADE = _("一条规则在操作记录里没有来历。")
CHANGED = _("一条规则和它生效时的记录对不上。")
GONE = _("有规则的记录，对应的规则却不见了。")
UNLIKE_PROPOSAL = _("一份规则提议或者它的结论，和当时的记录对不上。")
PROPOSAL_GONE = _("有规则提议的记录，对应的提议或者结论却不见了。")
ONE_PERSON = _("一条本地规则和它的提议、审核对不上，或者没有两个人。")


def rules(report: Report) -> Iterator[Finding]:
    """Compare each version with its event, and a local one with its proposal and decision."""
    rows = RuleSet.objects.select_related("decision__proposal").order_by("made_at", "id")
    for rule in rows.iterator(chunk_size=CHUNK):
        report.count("rules")
        event = Event.objects.filter(
            subject_kind="rule", subject_id=rule.id, name=BIRTHS.get(rule.origin, "")
        ).first()
        if event is None:
            yield Finding(CHECK, NEVER_MADE, str(rule.id))
        elif event.data["digest"] != _made_again(digest_of, rule):
            yield Finding(CHECK, CHANGED, str(rule.id))
        if rule.origin == Origin.LOCAL and not _has_two_persons(rule):
            yield Finding(CHECK, ONE_PERSON, str(rule.id))

    known = RuleSet.objects.filter(pk=OuterRef("subject_id"))
    gone = Event.objects.filter(~Exists(known), subject_kind="rule", version=1)
    for subject_id in gone.values_list("subject_id", flat=True):
        yield Finding(CHECK, GONE, str(subject_id))


def proposals(report: Report) -> Iterator[Finding]:
    """Compare what was proposed and what was decided with the journal, word for word."""
    yield from _against(Proposal, ("rulebook.propose",), digest_of_proposal, report)
    yield from _against(Decision, ("rulebook.approve", "rulebook.refuse"), digest_of_decision, report)


def _against(
    model: type[Proposal | Decision], names: tuple[str, ...], digest: Callable[[Any], str], report: Report
) -> Iterator[Finding]:
    events = Event.objects.filter(subject_kind="rule_proposal", name__in=names).order_by("id")
    told = {event.subject_id: event.data["digest"] for event in events.iterator(CHUNK)}
    for row in model.objects.order_by("pk").iterator(CHUNK):
        report.count("proposals and decisions")
        if told.pop(row.pk, None) != _made_again(digest, row):
            yield Finding(PROPOSALS, UNLIKE_PROPOSAL, str(row.pk))
    for pk in told:
        yield Finding(PROPOSALS, PROPOSAL_GONE, str(pk))


def _made_again(digest: Callable[[Any], str], row: Any) -> str:
    try:
        return digest(row)
    except (TypeError, ValueError):
        return ""  # something stands there that could never have been written


def _has_two_persons(rule: RuleSet) -> bool:
    decision = getattr(rule, "decision", None)
    if decision is None or rule.made_by == rule.approved_by:
        return False
    wanted = decision.proposal
    same = ("key", "place_id", "valid_from", "valid_to", "inherits", "data", "basis", "made_by")
    return decision.decided_by == rule.approved_by and all(
        getattr(wanted, name) == getattr(rule, name) for name in same
    )
