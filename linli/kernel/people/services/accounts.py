"""Accounts: made without a password, opened by an invitation, ended when somebody leaves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from linli.foundation.errors import Absent, InvalidInput, WrongState
from linli.foundation.rules import Actor
from linli.foundation.text import clean
from linli.kernel.journal import services as journal
from linli.kernel.people.choices import AccountKind, EntryKind
from linli.kernel.people.fields import RESIDENT_PHONE, STAFF_PHONE
from linli.kernel.people.models import Account, EntryCode
from linli.kernel.people.queries import coming_and_in_force, resident_by_phone
from linli.kernel.people.rules import check_is_somebody_else, check_may_appoint, check_may_appoint_somewhere
from linli.kernel.people.services.codes import check_entry_code, new_entry_code
from linli.kernel.vault import services as vault

INVITATION_LIVES = timedelta(days=3)
_USERNAME = RegexValidator(r"^[a-z0-9][a-z0-9._-]{2,58}[a-z0-9]\Z")


@transaction.atomic
def add_staff(
    *, username: str, name: str, by: Actor, now: datetime, phone: str = "", county: str = ""
) -> Account:
    """Make a staff account that nobody can use yet: it has no password. See :func:`invite`."""
    check_may_appoint_somewhere(by, now)
    account = make_staff(username=username, name=name, county=county, now=now)
    kept = put_phone(account, STAFF_PHONE, phone) if phone else {}
    record(account, "account.add", by, now, kept)
    return account


def make_staff(*, username: str, name: str, now: datetime, county: str = "") -> Account:
    """Insert a staff account without a usable password, or raise InvalidInput."""
    username = username.strip().lower()
    try:
        _USERNAME(username)
    except ValidationError as error:
        raise InvalidInput(_("用户名用 4 到 60 个小写字母、数字、点或横线。"), field="username") from error
    if Account.objects.filter(username=username).exists():
        raise InvalidInput(_("这个用户名已经有人用了。"), field="username")
    account = Account(
        username=username, name=clean(name, 60), kind=AccountKind.STAFF, county=county, made_at=now
    )
    account.set_unusable_password()
    account.save(force_insert=True)
    return account


@transaction.atomic
def invite(*, account_id: UUID, by: Actor, now: datetime) -> str:
    """Return a one-time code with which this person sets a password; older ones die.

    It also serves who forgot the password. The second factor stays as it is.
    """
    account = lock(account_id)
    check_is_over(account, by, now)
    EntryCode.objects.filter(account=account, used_at__isnull=True).delete()
    code = new_entry_code(kind=EntryKind.INVITATION, account=account, lives=INVITATION_LIVES, now=now)
    record(account, "account.invite", by, now)
    return code


def check_is_over(account: Account, by: Actor, now: datetime) -> None:
    """Refuse unless ``by`` may appoint wherever this staff account has a post."""
    check_is_somebody_else(by, account.id)
    if account.kind != AccountKind.STAFF or not account.is_active:
        raise WrongState(_("这个账号不是在用的工作人员账号。"))
    check_may_appoint_somewhere(by, now)
    for post in account.posts.filter(coming_and_in_force(now)):
        check_may_appoint(by, post.path, now)


@transaction.atomic
def join(*, username: str, code: str, password: str, now: datetime) -> Account:
    """Set the password of an invited account. The code is used up. Raises InvalidInput."""
    account = Account.objects.select_for_update().filter(username=username.strip().lower()).first()
    entry = check_entry_code(kind=EntryKind.INVITATION, code=code, now=now)
    if account is None or entry.account_id != account.id or not account.is_active:
        raise InvalidInput(_("用户名或开通码不对，或者开通码已经过期。"), field="code")
    give_password(account, password)
    entry.used_at = now
    entry.save(update_fields=["used_at"])
    record(account, "account.join", Actor("person", account.id), now)
    return account


def give_password(account: Account, password: str) -> None:
    """Set a password that passes the validators; every session of the account ends."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="password") from error
    account.set_password(password)
    account.epoch += 1
    account.save(update_fields=["password", "epoch"])


@transaction.atomic
def deactivate(*, account_id: UUID, by: Actor, now: datetime) -> None:
    """Close an account whose posts have ended."""
    account = lock(account_id)
    check_is_over(account, by, now)
    if account.posts.filter(coming_and_in_force(now)).exists():
        raise WrongState(_("先免去这个人的岗位，再停用账号。"))
    account.is_active = False
    account.epoch += 1
    account.save(update_fields=["is_active", "epoch"])
    record(account, "account.close", by, now)


@transaction.atomic
def end_sessions(*, account_id: UUID, now: datetime, why: str) -> int:
    """End every session of an account at its next request; return the new epoch.

    ``why`` is a word for the journal: "sign_in", "sign_out".
    """
    account = lock(account_id)
    Account.objects.filter(id=account_id).update(epoch=F("epoch") + 1)
    record(account, f"account.{why}", Actor("person", account_id), now)
    return account.epoch + 1


@transaction.atomic
def forget_password(*, account_id: UUID) -> None:
    """Make the old password useless and end every session; only an invitation opens the account."""
    account = lock(account_id)
    account.set_unusable_password()
    account.epoch += 1
    account.save(update_fields=["password", "epoch"])


@transaction.atomic
def note_password(*, account_id: UUID, now: datetime) -> None:
    """Write down that somebody changed their own password; Django has ended the other sessions."""
    record(lock(account_id), "account.password", Actor("person", account_id), now)


def resident_for(phone: str, now: datetime) -> Account:
    """Return the resident with this number, made if there is none. The caller holds the number's lock."""
    found = resident_by_phone(phone)
    if found:
        return found
    account = Account(kind=AccountKind.RESIDENT, made_at=now)
    account.set_unusable_password()
    account.save(force_insert=True)
    kept = put_phone(account, RESIDENT_PHONE, phone)
    record(account, "account.add", Actor("person", account.id), now, kept)
    return account


def record(account: Account, name: str, by: Actor, now: datetime, data: dict[str, Any] | None = None) -> None:
    journal.record(
        subject_kind="account",
        subject_id=account.id,
        county=account.county,
        name=name,
        actor=by,
        at=now,
        data=data or {},
    )


def put_phone(account: Account, code: str, phone: str) -> dict[str, Any]:
    """Put the number into the vault; return what the event says of it."""
    vault.put(
        subject_kind="account",
        subject_id=account.id,
        county=account.county,
        values={code: phone},
        person_id=account.id,
    )
    return {"kept": ["account", account.id, [code]]}


def lock(account_id: UUID) -> Account:
    account = Account.objects.select_for_update().filter(id=account_id).first()
    if account is None:
        raise Absent(_("没有这个账号。"))
    return account
