"""What has been proposed and decided."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from linli.kernel.rulebook.models import Proposal, RuleSet


def open_proposals() -> QuerySet[Proposal]:
    """What waits for a second person, the oldest first."""
    return Proposal.objects.filter(decision__isnull=True).order_by("made_at", "id")


def history(key: str, place_id: UUID | None) -> QuerySet[RuleSet]:
    """Every version of a rule at a place, the latest first."""
    return RuleSet.objects.filter(key=key, place_id=place_id).order_by("-version")
