"""What has been proposed and decided, and what of it the journal seals."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from linli.foundation.canonical import canonical
from linli.kernel.journal.queries import sm3
from linli.kernel.rulebook.models import Proposal, RuleSet


def open_proposals() -> QuerySet[Proposal]:
    """What waits for a second person, the oldest first."""
    return Proposal.objects.filter(decision__isnull=True).order_by("made_at", "id")


def history(key: str, place_id: UUID | None) -> QuerySet[RuleSet]:
    """Every version of a rule at a place, the latest first."""
    return RuleSet.objects.filter(key=key, place_id=place_id).order_by("-version")


SEALED = (
    "key", "place_id", "valid_from", "valid_to", "version", "inherits", "data", "basis", "made_by", "approved_by",
    "origin",
)  # fmt: skip


def digest_of(rule: RuleSet) -> str:
    """Return the digest of all that a version says; its event in the journal holds the same."""
    return sm3(canonical({name: getattr(rule, name) for name in SEALED})).hex()
