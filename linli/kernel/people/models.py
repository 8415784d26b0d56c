"""Accounts, organisations, desks, and the posts that give people their rights.

A right comes from a post at a place for a term. There is no staff flag, no
superuser, no group and no permission row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from linli.foundation.ids import new_id
from linli.foundation.paths import PathField
from linli.kernel.people.choices import ADMINISTRATORS, AccountKind, EntryKind, OrganisationKind
from linli.kernel.places.models import Place, Zone

_SESSION_SALT = "linli.people.session"


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts; new ones are made by ``services``."""


class Account(AbstractBaseUser):
    """Somebody who can sign in: staff by name and password, residents by phone and code.

    The phone number stands only in the vault. ``epoch`` is part of the session's
    proof: raising it ends every session of this account at its next request.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=60, null=True, unique=True)
    name = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=10, choices=AccountKind)
    is_active = models.BooleanField(default=True)
    epoch = models.PositiveIntegerField(default=0)
    county = models.CharField(max_length=6, blank=True)
    made_at = models.DateTimeField()

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=AccountKind.RESIDENT) | Q(username__isnull=False),
                name="people_staff_have_a_username",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_staff_member(self) -> bool:
        return self.kind == AccountKind.STAFF

    def get_session_auth_hash(self) -> str:
        return self._session_proof(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_proof(secret)

    def _session_proof(self, secret: Any) -> str:
        value = f"{self.password}:{self.epoch}:{self.is_active}"
        return salted_hmac(_SESSION_SALT, value, secret=secret, algorithm="sha256").hexdigest()


class Organisation(models.Model):
    """A body that has desks: a community, a street office, a bureau, a power company."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=OrganisationKind)
    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    path = PathField()
    county = models.CharField(max_length=6, blank=True)

    class Meta:
        indexes = [models.Index(fields=["county", "path"])]

    def __str__(self) -> str:
        return self.name


class Desk(models.Model):
    """Where work lies. Work belongs to the desk, people come and go.

    ``kind`` is what the rulebook's categories name; one open desk of a kind at a place.
    ``phone`` is the office's published number.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="desks")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    path = PathField()
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    county = models.CharField(max_length=6, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["county", "path"])]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "kind"],
                condition=Q(closed_at__isnull=True),
                name="people_one_open_desk_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """Person × role × organisation × place (or zone) × term: the only source of rights.

    ``starts_on`` and ``ends_on`` are Shanghai days, both included. ``ends_at`` is an
    end at a moment: nothing is allowed from then on, whatever the days say. A post
    that ``needs_confirming`` gives no right before a second person has confirmed it.
    ``path`` is the ground it covers; "/" is everywhere.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=40)
    title = models.CharField(max_length=100)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts", null=True)
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="posts", null=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    path = PathField()
    zone = models.ForeignKey(Zone, models.PROTECT, null=True, related_name="+")
    county = models.CharField(max_length=6, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    ends_at = models.DateTimeField(null=True)
    basis = models.CharField(max_length=200, blank=True)
    made_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    needs_confirming = models.BooleanField(default=False)
    confirmed_by = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["path", "id"]),
            models.Index(fields=["desk", "ends_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="people_post_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=~Q(path=""), name="people_post_has_ground"),
            models.CheckConstraint(
                condition=Q(made_by__isnull=True) | ~Q(made_by=F("account_id")),
                name="people_nobody_appoints_themselves",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | (~Q(confirmed_by=F("made_by")) & ~Q(confirmed_by=F("account_id"))),
                name="people_confirmed_by_somebody_else",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(role__in=ADMINISTRATORS, ends_at__isnull=True),
                name="people_one_administrator_post_per_person",
            ),
            models.UniqueConstraint(
                fields=["account", "role", "desk"],
                condition=Q(ends_at__isnull=True, desk__isnull=False),
                name="people_one_open_post_of_a_role_at_a_desk",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class EntryCode(models.Model):
    """A code that opens one door once: the set-up page, or one new account.

    Only its digest is kept; the code itself is shown to one person when it is made.
    """

    kind = models.CharField(max_length=12, choices=EntryKind)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="entry_codes")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=EntryKind.SETUP, account__isnull=True)
                | Q(kind=EntryKind.INVITATION, account__isnull=False),
                name="people_an_invitation_names_its_account",
            ),
        ]


class PhoneCode(models.Model):
    """The code last sent to a number for one action. Number and code stand here only as HMACs."""

    number = models.CharField(max_length=64)
    action = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number", "action"], name="people_one_code_per_number_and_action"
            ),
        ]
