"""Whatever moves from desk to desk against the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.db import models
from django.utils.functional import cached_property

from linli.foundation.ids import new_id
from linli.foundation.paths import PathField
from linli.foundation.sql import Asked
from linli.kernel.cases.choices import Channel, Part, Standing, Urgency, WhyCalledOff
from linli.kernel.journal.models import Journalled

NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # sorts what has no deadline last


class Case(Journalled):
    """One matter. Only ``cases.services`` changes a row, and only through the journal.

    ``lon`` and ``lat`` are WGS-84 in units of 1e-7°. ``path`` is the place's path
    with its grid in it, as it was when the case was opened. ``sort_at`` is the
    deadline or, without one, the end of time: lists are ordered by it. ``resume_at``
    is when a clock that was stopped goes on by itself.
    """

    SEALED = (
        "county", "number", "flow", "category", "place_id", "lon", "lat", "channel", "holder_id",
        "handler_id", "held_since", "urgency", "opened_at", "due_at", "sort_at", "due_on_what", "due_pending",
        "overdue_at",
        "paused_since", "resume_at", "clock_started_at", "pauses", "round", "rules_id", "limits_id", "merged_into_id", "closed_at",
        "closed_how", "by_kind", "by_id", "done_by_id", "confidential", "facts", "track", "intake_key", "intake_body",
    )  # fmt: skip

    number = models.CharField(max_length=24)
    flow = models.CharField(max_length=32)
    category = models.CharField(max_length=64)
    place_id = models.UUIDField()
    path = PathField()
    lon = models.BigIntegerField(null=True)
    lat = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=16, choices=Channel)
    holder_id = models.UUIDField()
    handler_id = models.UUIDField(null=True)
    held_since = models.DateTimeField()
    urgency = models.PositiveSmallIntegerField(choices=Urgency, default=Urgency.NORMAL)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    sort_at = models.DateTimeField(default=NEVER)
    due_on_what = models.CharField(max_length=32, default="")
    due_pending = models.BooleanField(default=False)
    overdue_at = models.DateTimeField(null=True)
    clock_started_at = models.DateTimeField(null=True)
    pauses = models.JSONField(default=list)
    paused_since = models.DateTimeField(null=True)
    resume_at = models.DateTimeField(null=True)
    round = models.PositiveSmallIntegerField(default=1)
    rules_id = models.UUIDField()
    limits_id = models.UUIDField()
    merged_into_id = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_how = models.CharField(max_length=32, default="")
    confidential = models.BooleanField(default=False)
    done_by_id = models.UUIDField(null=True)
    by_kind = models.CharField(max_length=16)
    by_id = models.UUIDField()
    facts = models.JSONField(default=dict)
    track = models.CharField(max_length=64)
    intake_key = models.CharField(max_length=64, null=True)
    intake_body = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="cases_number_once"),
            models.UniqueConstraint(fields=["track"], name="cases_track_once"),
            models.UniqueConstraint(fields=["intake_key"], name="cases_intake_once"),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_how="")
                | (models.Q(closed_at__isnull=False) & ~models.Q(closed_how="")),
                name="cases_closed_says_how",
            ),
            models.CheckConstraint(condition=~models.Q(path=""), name="cases_has_path"),
        ]
        indexes = [
            models.Index(
                fields=["holder_id", "sort_at", "id"], name="cases_inbox", condition=models.Q(closed_at=None)
            ),
            models.Index(
                fields=["due_at"],
                name="cases_due",
                condition=models.Q(closed_at=None, paused_since=None, overdue_at=None, due_at__isnull=False),
            ),
            models.Index(
                fields=["resume_at"],
                name="cases_resume",
                condition=models.Q(closed_at=None, resume_at__isnull=False),
            ),
            models.Index(fields=["due_pending"], name="cases_pending", condition=models.Q(due_pending=True)),
            models.Index(fields=["holder_id", "id"], name="cases_holder"),
            models.Index(fields=["handler_id", "id"], name="cases_handler"),
            models.Index(fields=["by_kind", "by_id", "id"], name="cases_reporter"),
            models.Index(fields=["county", "path", "id"], name="cases_place"),
            models.Index(fields=["path", "sort_at"], name="cases_open", condition=models.Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return f"/desk/cases/{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @cached_property
    def calls(self) -> list[Assignment]:
        """The desks called, those in the lead first; asked of the database once per case in hand."""
        found = _CALLS.every(Assignment, case_id=self.pk)
        return sorted(found, key=lambda call: call.part != Part.LEAD)

    @property
    def open_assignments(self) -> list[Assignment]:
        """The desks called that are not done."""
        return [call for call in self.calls if call.done_at is None]


class Assignment(models.Model):
    """A desk called to a case by a whistle (吹哨), with a clock of its own.

    ``done_at`` is when the call ended: the desk had done its part, or the call was taken
    back (撤回吹哨), and then ``called_off_at`` says the same and ``called_off_why`` the class.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, models.PROTECT, related_name="assignments")
    county = models.CharField(max_length=6)
    path = PathField()
    desk_id = models.UUIDField()
    part = models.CharField(max_length=8, choices=Part)
    called_at = models.DateTimeField()
    arrive_by = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    called_off_at = models.DateTimeField(null=True)
    called_off_why = models.CharField(max_length=16, choices=WhyCalledOff, default="")
    round = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "desk_id"],
                name="cases_one_open_call_a_desk",
                condition=models.Q(done_at=None),
            ),
            models.UniqueConstraint(
                fields=["case", "round"],
                name="cases_one_lead",
                condition=models.Q(part=Part.LEAD, done_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["desk_id", "due_at"], name="cases_called", condition=models.Q(done_at=None)),
            models.Index(
                fields=["due_at"],
                name="cases_call_due",
                condition=models.Q(done_at=None, overdue_at=None, due_at__isnull=False),
            ),
            models.Index(fields=["desk_id", "case"], name="cases_desk_case"),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.desk_id}"

    @property
    def standing(self) -> Standing:
        if self.called_off_at:
            return Standing.CALLED_OFF
        if self.done_at:
            return Standing.DONE
        return Standing.ARRIVED if self.arrived_at else Standing.CALLED


_CALLS = Asked(
    lambda case_id: Assignment.objects.filter(case_id=case_id).order_by("called_at", "id"),
    case_id=UUID(int=1),
)


class ClockRefusal(models.Model):
    """A step that the clock was refused: the case is passed over until ``again_at``.

    It counts only while the case has the ``version`` that was refused. ``why`` is the
    class of the refusal; ``told_at`` is when the administrators were told of it.
    """

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="+")
    version = models.PositiveIntegerField()
    why = models.CharField(max_length=40)
    times = models.PositiveIntegerField(default=1)
    refused_at = models.DateTimeField()
    again_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["refused_at"], name="cases_untold", condition=models.Q(told_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.case_id}"


class Passage(models.Model):
    """A desk that a case has passed through: it lay there, or something was done with it from there.

    Follows the journal (``jobs.passages``), so that no step pays for it. Who passed a case on
    finds it again by this, and sees its number, state, holder and history.
    """

    desk_id = models.UUIDField()
    case = models.ForeignKey(Case, models.CASCADE, related_name="passages", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["desk_id", "case"], name="cases_passage_once")]

    def __str__(self) -> str:
        return f"{self.desk_id} {self.case_id}"


class NumberBlock(models.Model):
    """The next free serial of case numbers in a county."""

    county = models.CharField(max_length=6, primary_key=True)
    next_serial = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.county}: {self.next_serial}"
