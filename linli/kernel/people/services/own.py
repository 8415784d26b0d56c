"""What somebody does with their own account: another number, closing it, being told what it holds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.errors import InvalidInput, NotAllowed
from linli.foundation.rules import Actor
from linli.foundation.text import mask_phone
from linli.kernel.people.choices import AccountKind
from linli.kernel.people.fields import RESIDENT_PHONE
from linli.kernel.people.models import Account
from linli.kernel.people.queries import resident_by_phone
from linli.kernel.people.services.accounts import lock, put_phone, record
from linli.kernel.people.services.codes import try_phone_code
from linli.kernel.vault import queries as vault_queries
from linli.kernel.vault import services as vault
from linli.kernel.vault.choices import Purpose
from linli.kernel.vault.registry import Asking, Holder, Line, Part, Subject, Whose, line_of

CHANGE_PHONE = "change_phone"  # the action that a code for a new number is bound to
KIND = "account"


def change_phone(*, account_id: UUID, phone: str, code: str, now: datetime) -> None:
    """Take another number (``+86…``) for a resident's account, proven by a code sent to it.

    Raises InvalidInput for a wrong code, or a number that another account has.
    """
    with transaction.atomic():
        right = try_phone_code(phone=phone, action=CHANGE_PHONE, code=code, now=now)
        if right:
            _take_over(account_id, phone, now)
    if not right:
        raise InvalidInput(_("验证码不对，或者已经过期。"), field="code")


def _take_over(account_id: UUID, phone: str, now: datetime) -> None:
    account = _resident(account_id)
    if (other := resident_by_phone(phone)) and other.pk != account.pk:
        raise InvalidInput(_("这个号码已经有账号了，请用它直接登录。"), field="phone")
    kept = put_phone(account, RESIDENT_PHONE, phone)
    record(account, "account.phone", Actor("person", account.pk), now, kept)


@transaction.atomic
def close_own(*, account_id: UUID, now: datetime) -> None:
    """Close a resident's account at their own wish: the number is erased, every session ends.

    What they reported stays, and is found by the tracking codes until its own time is over.
    """
    _close(_resident(account_id), now)


def _close(account: Account, now: datetime) -> None:
    vault.erase(subject_kind=KIND, subject_id=account.pk, now=now)
    account.is_active = False
    account.epoch += 1
    account.save(update_fields=["is_active", "epoch"])
    record(account, "account.close", Actor("person", account.pk), now)


def _resident(account_id: UUID) -> Account:
    account = lock(account_id)
    if account.kind != AccountKind.RESIDENT or not account.is_active:
        raise NotAllowed(_("工作人员的账号由任命的人管理，请联系他们。"))
    return account


def _subjects(whose: Whose) -> list[Subject]:
    """A resident's account. Somebody's who holds posts belongs to their office, and ends with it."""
    is_resident = Account.objects.filter(pk=whose.id, kind=AccountKind.RESIDENT).exists()
    return [Subject(KIND, whose.id)] if whose.kind == "person" and is_resident else []


def _export(asking: Asking) -> list[Part]:
    account = Account.objects.filter(pk=asking.whose.id).first() if asking.whose.kind == "person" else None
    if account is None:
        return []
    lines = [Line(_("身份"), str(AccountKind(account.kind).label))]
    if account.name:
        lines.append(Line(_("姓名"), account.name))
    held = vault_queries.kept_until(KIND, [account.pk])
    found = vault.read(
        subject_kind=KIND, subject_id=account.pk, codes=sorted(held), actor=asking.actor, post_id=None,
        purpose=Purpose.OWN, task=asking.task, now=asking.now,
    )  # fmt: skip
    lines += [line_of(code, value, held[code]) for code, value in found.items()]
    return [Part(_("账号"), account.made_at, lines, account.pk)]


def _erase(subjects: Collection[Subject], now: datetime) -> int:
    """Close the accounts among these subjects; what is left of one is its number, and leads to nobody."""
    ids = [subject.id for subject in subjects if subject.kind == KIND]
    accounts = list(
        Account.objects.select_for_update().filter(pk__in=ids, is_active=True, kind=AccountKind.RESIDENT)
    )
    for account in accounts:
        _close(account, now)
    return len(accounts)


HOLDER = Holder("people", _subjects, _export, _erase, mask_phone)
