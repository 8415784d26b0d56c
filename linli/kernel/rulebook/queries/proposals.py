"""What has been proposed and decided, and what of it the journal seals."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from linli.foundation.canonical import canonical
from linli.kernel.journal.queries import sm3
from linli.kernel.rulebook.models import Decision, Proposal, RuleSet


def open_proposals() -> QuerySet[Proposal]:
    """What waits for a second person, the oldest first."""
    return Proposal.objects.filter(decision__isnull=True).order_by("made_at", "id")


def history(key: str, place_id: UUID | None) -> QuerySet[RuleSet]:
    """Every version of a rule at a place, the latest first."""
    return RuleSet.objects.filter(key=key, place_id=place_id).order_by("-version")


SEALED = (
    "key", "place_id", "path", "county", "valid_from", "valid_to", "version", "inherits", "data", "basis", "made_by",
    "approved_by", "made_at", "origin",
)  # fmt: skip
PROPOSED = (
    "key", "place_id", "county", "valid_from", "valid_to", "inherits", "data", "basis", "made_by", "made_at",
)  # fmt: skip
DECIDED = ("proposal_id", "rule_id", "reason", "decided_by", "decided_at")


def digest_of(rule: RuleSet) -> str:
    """Return the digest of all that a version says; its event in the journal holds the same."""
    return _digest(rule, SEALED)


def digest_of_proposal(proposal: Proposal) -> str:
    return _digest(proposal, PROPOSED)


def digest_of_decision(decision: Decision) -> str:
    return _digest(decision, DECIDED)


def _digest(row: RuleSet | Proposal | Decision, columns: tuple[str, ...]) -> str:
    return sm3(canonical({name: getattr(row, name) for name in columns})).hex()
