"""A picture and where its bytes are in their life. The name it was sent under is not kept."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.ids import new_id
from linli.kernel.files.choices import State, Why


class Attachment(models.Model):
    """One received picture. Its id is its name on disk; nothing of the sender's name is used.

    ``digest`` is the SHA-256 (hex) of what was received. A picture that its subject
    already has points to that one by ``same_as`` and keeps no bytes of its own.
    ``outputs`` maps each size to ``[SHA-256 hex, bytes, width, height]`` of what is served.
    ``keep_until`` is when it goes; once it is erased, that its bytes are still to be removed.
    ``width``, ``height`` are pixels as declared by the header, ``bytes`` as received.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_kind = models.CharField(max_length=40, default="", blank=True)
    subject_id = models.UUIDField(null=True, blank=True)
    county = models.CharField(max_length=6, default="", blank=True)
    part = models.CharField(_("用途"), max_length=20, default="", blank=True)
    ordinal = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.QUARANTINED, editable=False)
    digest = models.CharField(max_length=64)
    bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    kind = models.CharField(max_length=8)
    same_as = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")
    outputs = models.JSONField(default=dict, blank=True)
    why_refused = models.CharField(max_length=20, choices=Why, default="", blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    keep_until = models.DateTimeField(null=True, blank=True)
    by_kind = models.CharField(max_length=20)
    by_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "digest"],
                condition=Q(same_as__isnull=True, subject_id__isnull=False),
                name="files_once_per_subject",
            ),
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "ordinal"],
                condition=Q(ordinal__isnull=False, subject_id__isnull=False),
                name="files_ordinal",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="quarantined"), name="files_waiting"),
            models.Index(fields=["id"], condition=Q(state="gone"), name="files_gone"),
            models.Index(fields=["made_at"], condition=Q(subject_id__isnull=True), name="files_loose"),
            models.Index(fields=["subject_kind", "subject_id"], name="files_subject"),
            models.Index(fields=["keep_until"], condition=Q(keep_until__isnull=False), name="files_due"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
