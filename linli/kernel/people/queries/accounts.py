"""Accounts by phone and by entry code, and whether the first set-up is over."""

from __future__ import annotations

from uuid import UUID

from linli.kernel.people.choices import ADMINISTRATORS, AccountKind
from linli.kernel.people.fields import RESIDENT_PHONE
from linli.kernel.people.models import Account, Post
from linli.kernel.vault import queries as vault


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
