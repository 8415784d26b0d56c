"""The two ways in that make an account: a resident's phone, and the first set-up."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.errors import InvalidInput, WrongState
from linli.foundation.rules import Actor
from linli.kernel.people.choices import EntryKind
from linli.kernel.people.models import Account, EntryCode
from linli.kernel.people.queries import setup_is_over, vacant_administrator_roles
from linli.kernel.people.rules import SETUP
from linli.kernel.people.services.accounts import give_password, make_staff, record, resident_for
from linli.kernel.people.services.appointments import appoint
from linli.kernel.people.services.codes import check_entry_code, new_entry_code, try_phone_code

SIGN_IN = "sign_in"  # the action a resident's code is bound to
SETUP_LIVES = timedelta(minutes=30)


def resident_by_code(*, phone: str, code: str, now: datetime) -> Account:
    """Return the resident who proved to hold this number, a new one if need be."""
    with transaction.atomic():
        right = try_phone_code(phone=phone, action=SIGN_IN, code=code, now=now)
        account = resident_for(phone, now) if right else None
    if account is None or not account.is_active:
        raise InvalidInput(_("验证码不对，或者已经过期。"), field="code")
    return account


@transaction.atomic
def new_setup_token(*, now: datetime) -> str:
    """Return a token that makes one administrator within 30 minutes; older ones die."""
    if setup_is_over():
        raise WrongState(_("三员已经由三个人担任过，初次设置已永久关闭。"))
    EntryCode.objects.filter(kind=EntryKind.SETUP, used_at__isnull=True).delete()
    return new_entry_code(kind=EntryKind.SETUP, account=None, lives=SETUP_LIVES, now=now)


@transaction.atomic
def set_up(*, token: str, role_code: str, username: str, name: str, password: str, now: datetime) -> Account:
    """Make one of the first administrators. Each of the three needs a token of their own."""
    if setup_is_over():
        raise WrongState(_("三员已经由三个人担任过，初次设置已永久关闭。"))
    entry = _setup_entry(token, now)
    if role_code not in vacant_administrator_roles():
        raise WrongState(_("这个管理员岗位已经有人了。"))
    account = make_staff(username=username, name=name, now=now)
    record(account, "account.add", SETUP, now)
    give_password(account, password)
    appoint(account_id=account.id, role_code=role_code, by=SETUP, now=now, basis=_("初次设置"))
    entry.used_at = now
    entry.save(update_fields=["used_at"])
    record(account, "account.join", Actor("person", account.id), now)
    return account


def _setup_entry(token: str, now: datetime) -> EntryCode:
    try:
        return check_entry_code(kind=EntryKind.SETUP, code=token, now=now)
    except InvalidInput as error:
        raise InvalidInput(_("设置口令不对，或者已经用过、过期了。"), field="token") from error
