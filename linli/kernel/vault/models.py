"""Encrypted personal values, the keys they hang on, and the log of who opened them."""

from __future__ import annotations

from django.db import models

from linli.foundation.ids import new_id
from linli.kernel.journal.models import Journalled, Numbered, Sequenced
from linli.kernel.vault.choices import Leave, Purpose, Removal


class Record(models.Model):
    """One personal value of one subject, encrypted under a key of its own.

    ``person_id`` says whose data it is, if that is known. ``lookup`` is an HMAC of the
    normalised value, for exact search. After erasure ``cipher`` and ``lookup`` are empty
    and ``key_id`` is cleared once the key has been destroyed.

    Restricted is what its person wants erased and something still needs: ``restricted_why``
    is the need (see ``registry``), ``restricted_for`` the matter that has it, and it is
    erased once that is over, or at ``restricted_until``.
    """

    county = models.CharField(max_length=6, blank=True, default="")
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    code = models.CharField(max_length=64)
    person_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    cipher = models.BinaryField(default=b"")
    lookup = models.BinaryField(max_length=32, null=True)
    keep_until = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    restricted_at = models.DateTimeField(null=True)
    restricted_why = models.CharField(max_length=24, null=True)
    restricted_for = models.UUIDField(null=True)
    restricted_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "code", "subject_kind"], name="vault_record_one_value"
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True) | models.Q(cipher=b"", lookup__isnull=True),
                name="vault_erased_is_empty",
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=False)
                | (models.Q(key_id__isnull=False) & ~models.Q(cipher=b"")),
                name="vault_kept_under_a_key",
            ),
        ]
        indexes = [
            models.Index(
                fields=["person_id"], condition=models.Q(person_id__isnull=False), name="vault_record_person"
            ),
            models.Index(
                fields=["lookup"], condition=models.Q(lookup__isnull=False), name="vault_record_lookup"
            ),
            models.Index(
                fields=["key_id"], condition=models.Q(key_id__isnull=False), name="vault_record_key"
            ),
            models.Index(
                fields=["keep_until"], condition=models.Q(keep_until__isnull=False), name="vault_record_due"
            ),
            models.Index(
                fields=["restricted_for"],
                condition=models.Q(restricted_for__isnull=False),
                name="vault_record_restricted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} {self.code}"


class ReadEntry(Sequenced):
    """Somebody opened personal values: who, by which post, why, for which task; never the values."""

    county = models.CharField(max_length=6, blank=True, default="")
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.UUIDField()
    post_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=24)
    task = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    codes = models.JSONField()
    result = models.CharField(max_length=16)

    class Meta:
        indexes = [
            models.Index(fields=["subject_id", "at"], name="vault_read_subject"),
            models.Index(fields=["actor_id", "at"], name="vault_read_reader"),
            models.Index(fields=["at"], name="vault_read_at"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} {self.purpose}"


class ReadPosition(Numbered):
    entry = models.OneToOneField(ReadEntry, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.position)


class Allowance(Journalled):
    """Leave to open ``number`` files more than the limits let, for a purpose, until a time.

    Somebody asks and another person decides. ``TAKEN`` is the broken glass: in force at
    once, and judged afterwards. ``hours`` is what was asked for; ``until`` is set when it
    comes into force.
    """

    SEALED = (
        "county",
        "reader_id",
        "post_id",
        "purpose",
        "number",
        "hours",
        "asked_at",
        "in_force_at",
        "until",
        "decided_by",
        "decided_at",
    )

    reader_id = models.UUIDField()
    post_id = models.UUIDField()
    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    number = models.PositiveIntegerField()
    hours = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("reader_id")),
                name="vault_never_ones_own_leave",
            ),
            models.UniqueConstraint(
                fields=["reader_id"], condition=models.Q(state=Leave.ASKED), name="vault_one_wish_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["reader_id"], condition=models.Q(state=Leave.TAKEN), name="vault_one_broken_glass"
            ),
        ]
        indexes = [
            models.Index(fields=["reader_id", "asked_at"], name="vault_allowance_reader"),
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state__in=[Leave.ASKED, Leave.TAKEN]),
                name="vault_allowance_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.number}"


class Purge(Journalled):
    """What stands where a month of the log of reading was: from where to where, its root, its export, who did it.

    One person proposes, when the month is past its term and has been exported; another approves, and in
    the same transaction the entries go. ``until``: all of them are older. ``root`` is the daily root that
    the month ends with, ``seals`` the SM3 of the seals that stay, ``sha256`` that of the exported file.
    """

    KIND = "purge"
    SEALED = (
        "county",
        "month",
        "from_position",
        "to_position",
        "until",
        "root",
        "seals",
        "sha256",
        "proposed_by",
        "proposed_at",
        "decided_by",
        "decided_at",
    )

    month = models.DateField()
    from_position = models.BigIntegerField()
    to_position = models.BigIntegerField()
    until = models.DateTimeField()
    root = models.BinaryField(max_length=32)
    seals = models.BinaryField(max_length=32)
    sha256 = models.BinaryField(max_length=32)
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("proposed_by")),
                name="vault_never_ones_own_purge",
            ),
            models.CheckConstraint(
                condition=models.Q(to_position__gte=models.F("from_position"), from_position__gte=1),
                name="vault_purge_of_something",
            ),
            models.UniqueConstraint(
                fields=["from_position"],
                condition=models.Q(state__in=[Removal.PROPOSED, Removal.REMOVED]),
                name="vault_one_purge_of_a_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.from_position}–{self.to_position}"

    @property
    def count(self) -> int:
        return self.to_position - self.from_position + 1

    @property
    def file_name(self) -> str:
        return f"reads-{self.month:%Y-%m}-{self.from_position}-{self.to_position}.jsonl"


class DataKey(models.Model):
    """The key of one value, wrapped by the master key; lives in the key store. Deleting it is the erasure."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wrapped = models.BinaryField()
    generation = models.PositiveIntegerField(db_index=True)
    minted_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.id)


class IndexKey(models.Model):
    """The key of the look-up index, wrapped like the others; lives in the key store."""

    name = models.CharField(max_length=16, primary_key=True)
    wrapped = models.BinaryField()
    generation = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.name
