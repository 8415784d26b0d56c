"""Rules as immutable versions, and how a local one comes to be: proposed, then decided."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from linli.foundation.ids import new_id
from linli.foundation.paths import PathField
from linli.kernel.journal.models import AppendOnly
from linli.kernel.rulebook.choices import Origin


class RuleSet(AppendOnly):
    """One version of one rule. Never changed, never deleted: the database refuses.

    key         what it rules: "limits", "profile.request", "calendar.2026"
    place_id    where; None is everywhere. ``path`` is the place's path when it was made;
                its last part, the place's short id, stays true if the place moves
    valid_from  first day; ``valid_to`` is the day after the last, None is until further notice
    version     counts from 1 for each key and place
    inherits    the place gives up its own rule: what lies above it counts again
    data        what the key's schema says
    basis       the document it rests on
    made_by     an account, None for what is shipped; ``approved_by`` is another one,
                None for a calendar, which the State Council has published
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=60)
    place_id = models.UUIDField(null=True)
    path = PathField(blank=True)
    county = models.CharField(max_length=6, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    version = models.PositiveIntegerField()
    inherits = models.BooleanField(default=False)
    data = models.JSONField()
    basis = models.TextField()
    made_by = models.UUIDField(null=True)
    approved_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    origin = models.CharField(max_length=10, choices=Origin.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "path", "version"], name="rulebook_one_version"),
            models.CheckConstraint(
                condition=Q(origin=Origin.SHIPPED, made_by__isnull=True, approved_by__isnull=True)
                | Q(
                    origin=Origin.PUBLISHED,
                    place_id__isnull=True,
                    made_by__isnull=False,
                    approved_by__isnull=True,
                )
                | (
                    Q(origin=Origin.LOCAL, made_by__isnull=False, approved_by__isnull=False)
                    & ~Q(made_by=F("approved_by"))
                ),
                name="rulebook_local_rules_have_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="rulebook_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class Proposal(AppendOnly):
    """A rule that somebody wants. It stays as it was proposed; another wish is another proposal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=60)
    place_id = models.UUIDField(null=True)
    county = models.CharField(max_length=6, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    inherits = models.BooleanField(default=False)
    data = models.JSONField()
    basis = models.TextField()
    made_by = models.UUIDField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} {self.id}"


class Decision(AppendOnly):
    """The one answer to a proposal: the rule it became, or why it was turned down."""

    proposal = models.OneToOneField(Proposal, models.PROTECT, primary_key=True, related_name="decision")
    rule = models.OneToOneField(RuleSet, models.PROTECT, null=True, related_name="decision")
    reason = models.TextField(blank=True)
    decided_by = models.UUIDField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rule__isnull=False) | ~Q(reason=""), name="rulebook_a_refusal_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return str(self.proposal_id)
