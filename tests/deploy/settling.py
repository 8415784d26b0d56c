"""What ``tests.deploy.neighbourhood`` does once Django is set up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password

from bench.reading import let_read_much
from linli.kernel.people.models import Account
from tests.deploy.neighbourhood import PASSWORD, SECRET
from tests.kernel.people.builders import a_holder
from tests.shell.backup.filling import neighbourhood

CLERKS = 8


def settle(now: datetime) -> dict[str, Any]:
    """Lay out a county by the services; return the building that reports are about, and clerks who can sign in."""
    building, desks = neighbourhood(now)
    let_read_much(now)
    clerks = [_clerk(desks["community"], now) for _number in range(CLERKS)]
    return {"place": str(building.pk), "clerks": clerks}


def _clerk(desk: Any, now: datetime) -> str:
    account = a_holder(desk, "community_clerk", now)
    Account.objects.filter(pk=account.pk).update(password=make_password(PASSWORD))
    TOTP.activate(account, SECRET)
    return str(account.username)
