"""Where a person can be reached: the phone in the vault, opened with a purpose and an entry."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from linli.foundation.rules import CLOCK
from linli.kernel.notices.choices import Channel
from linli.kernel.people.choices import AccountKind
from linli.kernel.people.fields import RESIDENT_PHONE, STAFF_PHONE
from linli.kernel.people.models import Account
from linli.kernel.vault import services as vault
from linli.kernel.vault.choices import Purpose

_BY_KIND = {
    AccountKind.RESIDENT: (RESIDENT_PHONE, Purpose.CONTACT_REPORTER),
    AccountKind.STAFF: (STAFF_PHONE, Purpose.HANDLE_CASE),
}


def phone_of(to_id: UUID, channel: str, *, task: str, now: datetime) -> str | None:
    """Return the number of an active account for SMS, None if there is none or for other channels."""
    account = Account.objects.filter(id=to_id, is_active=True).first() if channel == Channel.SMS else None
    if account is None:
        return None
    code, purpose = _BY_KIND[AccountKind(account.kind)]
    found = vault.read(
        subject_kind="account",
        subject_id=account.id,
        codes=[code],
        actor=CLOCK,
        post_id=None,
        purpose=purpose,
        task=task,
        now=now,
    )
    return found.get(code)
