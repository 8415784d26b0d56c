"""A notice: who is told what by which channel. No address and no text is stored, only codes and ids."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.ids import new_id
from linli.kernel.notices.choices import Channel, State


class Refusal(models.Model):
    """Somebody does not want to be told by this way any more; the inbox goes on."""

    to_kind = models.CharField(max_length=20)
    to_id = models.UUIDField()
    channel = models.CharField(max_length=8, choices=Channel)
    refused_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["to_id", "to_kind", "channel"], name="notices_refused_once"),
        ]

    def __str__(self) -> str:
        return f"{self.to_kind} {self.channel}"


class Notice(models.Model):
    """One row per recipient, channel, template and dedupe key; its id goes out as the gateway's dedupe key.

    ``params`` holds numbers, codes and ids. ``why`` is the code of the last failure,
    never a provider's sentence, which may quote the address. ``receipt`` is the provider's id.
    ``doubtful`` says that an attempt may have been accepted without our knowing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    county = models.CharField(max_length=6, default="", blank=True)
    to_kind = models.CharField(max_length=20)
    to_id = models.UUIDField()
    channel = models.CharField(max_length=8, choices=Channel)
    template = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=120)
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    doubtful = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=60, default="", blank=True)
    receipt = models.CharField(max_length=80, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key", "to_kind", "to_id", "channel", "template"], name="notices_once"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(state="waiting"), name="notices_due"),
            models.Index(fields=["county", "id"], condition=Q(state="dead"), name="notices_dead"),
            models.Index(
                fields=["to_kind", "to_id", "id"], condition=Q(channel="inbox"), name="notices_inbox"
            ),
            models.Index(
                fields=["to_kind", "to_id"],
                condition=Q(channel="inbox", read_at__isnull=True),
                name="notices_unread",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.channel} {self.state}"
