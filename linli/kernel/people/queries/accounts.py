"""Accounts by phone and by entry code, and whether the first set-up is over."""

from __future__ import annotations

from uuid import UUID

from linli.kernel.people.choices import ADMINISTRATORS, AccountKind
from linli.kernel.people.fields import RESIDENT_PHONE, STAFF_PHONE
from linli.kernel.people.models import Account, Post
from linli.kernel.vault import queries as vault
from linli.kernel.vault.models import Record


def resident_by_phone(phone: str) -> Account | None:
    """Return the resident whose number this is (``+8613…``), by keyed look-up."""
    ids = vault.find(RESIDENT_PHONE, phone)
    return Account.objects.filter(id__in=ids, kind=AccountKind.RESIDENT).order_by("id").first()


def setup_is_over() -> bool:
    """Have three different persons held the three administrator posts? Then for good."""
    held: dict[str, UUID] = dict(
        Post.objects.filter(role__in=ADMINISTRATORS).order_by("-id").values_list("role", "account_id")
    )
    return len(set(held.values())) == len(ADMINISTRATORS)


def vacant_administrator_roles() -> list[str]:
    """Return the administrator roles that nobody holds."""
    held = set(
        Post.objects.filter(role__in=ADMINISTRATORS, ends_at__isnull=True).values_list("role", flat=True)
    )
    return [role for role in ADMINISTRATORS if role not in held]


def same_person(one: UUID, other: UUID) -> bool:
    """Are two accounts one person? They are if they are one account, or share a staff phone."""
    if one == other:
        return True
    numbers = Record.objects.filter(
        subject_kind="account", subject_id__in=(one, other), code=STAFF_PHONE, lookup__isnull=False
    )
    found = list(numbers.values_list("lookup", flat=True))
    return len(found) > len({bytes(number or b"") for number in found})
