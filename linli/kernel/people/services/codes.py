"""Codes that open a door once: entry codes on paper, six digits by SMS."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac
from django.utils.translation import gettext as _

from linli.foundation.errors import InvalidInput
from linli.kernel.people.choices import EntryKind
from linli.kernel.people.models import Account, EntryCode, PhoneCode

PHONE_CODE_LIVES = timedelta(minutes=5)
PHONE_CODE_TRIES = 5
SKEW = timedelta(minutes=1)  # by which machines' clocks may differ
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that is mistaken for another
_ENTRY_LENGTH = 24  # 120 bits


def new_entry_code(*, kind: EntryKind, account: Account | None, lives: timedelta, now: datetime) -> str:
    """Store the digest of a new code and return the code, in groups of four."""
    code = get_random_string(_ENTRY_LENGTH, _LETTERS)
    EntryCode.objects.create(
        kind=kind, account=account, digest=_entry_digest(code), made_at=now, expires_at=now + lives
    )
    return "-".join(code[i : i + 4] for i in range(0, _ENTRY_LENGTH, 4))


def check_entry_code(*, kind: EntryKind, code: str, now: datetime) -> EntryCode:
    """Return the live code of that kind, locked, or raise InvalidInput. The caller uses it up."""
    plain = "".join(code.upper().split()).replace("-", "")
    found = (
        EntryCode.objects.select_for_update()
        .filter(kind=kind, digest__in=_entry_digests(plain), used_at__isnull=True, expires_at__gt=now)
        .filter(made_at__lte=now + SKEW)  # else the clock was ahead then, and the code would live too long
        .first()
    )
    if found is None:
        raise InvalidInput(_("用户名或开通码不对，或者开通码已经过期。"), field="code")
    return found


@transaction.atomic
def new_phone_code(*, phone: str, action: str, now: datetime) -> str:
    """Return six digits for ``phone`` (``+86…``) and this action; the one before dies.

    How often a number or an address may ask is the caller's matter.
    """
    code = get_random_string(6, "0123456789")
    PhoneCode.objects.update_or_create(
        number=_number(phone),
        action=action,
        defaults={
            "digest": _phone_digest(phone, action, code),
            "tries": 0,
            "made_at": now,
            "expires_at": now + PHONE_CODE_LIVES,
            "used_at": None,
        },
    )
    return code


@transaction.atomic
def try_phone_code(*, phone: str, action: str, code: str, now: datetime) -> bool:
    """Use up the code if it is right; count the try if it is wrong.

    Answers instead of raising, so that a wrong try is committed. The row stays locked
    for the rest of the caller's transaction, which makes it the lock of the number.
    """
    found = PhoneCode.objects.select_for_update().filter(number=_number(phone), action=action).first()
    if found is None or found.used_at or found.tries >= PHONE_CODE_TRIES:
        return False
    if not found.made_at - SKEW <= now < found.expires_at:
        found.used_at = now  # a clock that is set back must not bring it to life again
        found.save(update_fields=["used_at"])
        return False
    found.tries += 1
    right = constant_time_compare(found.digest, _phone_digest(phone, action, code))
    if right:
        found.used_at = now
    found.save(update_fields=["tries", "used_at"])
    return right


@transaction.atomic
def forget_phone_codes(*, now: datetime) -> int:
    """Delete codes a day old, and entry codes that ran out; return how many."""
    entry_codes = EntryCode.objects.filter(used_at__isnull=True, expires_at__lte=now).delete()[0]
    return entry_codes + PhoneCode.objects.filter(made_at__lt=now - timedelta(days=1)).delete()[0]


def _number(phone: str) -> str:
    return salted_hmac("linli.people.number", phone, algorithm="sha256").hexdigest()


def _phone_digest(phone: str, action: str, code: str) -> str:
    return salted_hmac("linli.people.code", f"{phone}:{action}:{code}", algorithm="sha256").hexdigest()


def _entry_digest(code: str, secret: str | bytes | None = None) -> str:
    return salted_hmac("linli.people.entry", code, secret=secret, algorithm="sha256").hexdigest()


def _entry_digests(code: str) -> list[str]:
    """A code lives for days: it may have been given out under a key of before."""
    return [_entry_digest(code, secret) for secret in (None, *settings.SECRET_KEY_FALLBACKS)]
