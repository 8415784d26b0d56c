"""What happened. Tables that only grow, and the few rows that say how far one has read."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from linli.foundation.ids import new_id


class CurrentTransaction(models.Func):
    """The number of the transaction that writes the row; 0 where there is one writer only."""

    function = ""
    arity = 0

    def as_sql(self, compiler: Any, connection: Any, *_given: Any, **_extra: Any) -> tuple[str, tuple[()]]:
        if connection.vendor == "postgresql":
            return "(pg_current_xact_id()::text::bigint)", ()
        return "0", ()


class AppendOnly(models.Model):
    """Rows that nobody may change or remove; its migration calls ``triggers.append_only``."""

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True


class Sequenced(AppendOnly):
    """A row that gets a gapless position once every transaction before it has ended."""

    id = models.BigAutoField(primary_key=True)
    digest = models.BinaryField(max_length=32)
    txid = models.BigIntegerField(db_default=CurrentTransaction(output_field=models.BigIntegerField()))

    class Meta:
        abstract = True


class Journalled(models.Model):
    """A thing with a history. Its state is set by ``services.advance`` and nowhere else.

    ``version`` is 0 before birth and counts the events; ``head`` is the digest of the
    last one. ``SEALED`` names the columns whose values each event seals: they change
    together with an event or ``linli verify`` finds them.
    """

    SEALED: ClassVar[tuple[str, ...]] = ()
    KIND: ClassVar[str] = ""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    county = models.CharField(max_length=6, blank=True, default="")
    state = models.CharField(max_length=32, default="")
    version = models.PositiveIntegerField(default=0)
    head = models.BinaryField(max_length=32, default=b"")

    class Meta:
        abstract = True

    @classmethod
    def kind(cls) -> str:
        """Name the kind of subject in events: ``KIND``, or the model's name."""
        return cls.KIND or str(cls._meta.model_name)


class Event(Sequenced):
    """One thing that happened to one subject: who, by which post, when, from where to where.

    ``data`` holds ids, codes and numbers, never text about people. ``digest`` is SM3
    over the rest, ``prev`` (the digest before it) and ``sealed`` included.
    """

    county = models.CharField(max_length=6, blank=True, default="")
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=64)
    by_kind = models.CharField(max_length=16)
    by_id = models.UUIDField()
    post_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    from_state = models.CharField(max_length=32, blank=True, default="")
    to_state = models.CharField(max_length=32, blank=True, default="")
    data = models.JSONField(default=dict)
    sealed = models.BinaryField(max_length=32, default=b"")
    prev = models.BinaryField(max_length=32, default=b"")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "version", "subject_kind"], name="journal_event_no_fork"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.version})"


class Numbered(AppendOnly):
    """The position of a sequenced row: 1, 2, 3 … without a gap."""

    position = models.BigIntegerField(primary_key=True)

    class Meta:
        abstract = True


class Position(Numbered):
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.position)


class Seal(AppendOnly):
    """A digest over all positions of a stream up to ``to_position``.

    Hourly: SM3(previous hourly seal, its own header, the rows' digests in order).
    Daily (the root): the same over the day's hourly seals; ``day`` is Shanghai's.
    """

    stream = models.CharField(max_length=16)
    kind = models.CharField(max_length=8)
    from_position = models.BigIntegerField()
    to_position = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    day = models.DateField(null=True)
    digest = models.BinaryField(max_length=32)
    prev = models.BinaryField(max_length=32, default=b"")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "kind", "from_position"], name="journal_seal_no_fork"),
            models.UniqueConstraint(
                fields=["stream", "day"], condition=models.Q(kind="daily"), name="journal_seal_one_root_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.kind} {self.from_position}–{self.to_position}"


class Sequencer(models.Model):
    """How far a stream has been given positions; its row lock is the lease.

    ``horizon``: rows of transactions below it all have their position (PostgreSQL), or
    rows up to this id (SQLite). ``cluster`` tells a restored database from the one
    that gave the numbers out.
    """

    stream = models.CharField(max_length=16, primary_key=True)
    position = models.BigIntegerField(default=0)
    horizon = models.BigIntegerField(default=0)
    cluster = models.CharField(max_length=32, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.stream}: {self.position}"


class Cursor(models.Model):
    """How far a consumer has come, and what stopped it (a kind of error, no personal data)."""

    name = models.CharField(max_length=64, primary_key=True)
    position = models.BigIntegerField(default=0)
    careful_until = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    stuck_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.name}: {self.position}"


class Schedule(models.Model):
    """When a job is next due and who is doing it."""

    name = models.CharField(max_length=64, primary_key=True)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    owner = models.CharField(max_length=64, blank=True, default="")
    ran_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.name}: {self.next_at}"


class Tick(models.Model):
    """The latest time at which the clock was believed; one row. See ``services.ticking``."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.at)


class Stamp(models.Model):
    """Moves whenever something that processes remember has changed.

    ``version`` is random rather than counted: a number that was rolled back never comes again.
    """

    name = models.CharField(max_length=64, primary_key=True)
    version = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name
