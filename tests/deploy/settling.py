"""What ``tests.deploy.neighbourhood`` does once Django is set up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password

from linli.kernel.people.models import Account
from tests.deploy.neighbourhood import PASSWORD, SECRET
from tests.world import World, a_person, a_world

CLERKS = 8


def settle(now: datetime) -> dict[str, Any]:
    """Lay out a county; return the building that reports are about, and clerks who can sign in."""
    world = a_world("wanshan", now, fresh=True)
    clerks = [_clerk(world, f"clerk{number}") for number in range(CLERKS)]
    return {"place": str(world.building.pk), "clerks": clerks}


def _clerk(world: World, key: str) -> str:
    account = a_person(world, key, "community_clerk", world.community, world.desks["community"])
    Account.objects.filter(pk=account.pk).update(password=make_password(PASSWORD))
    TOTP.activate(account, SECRET)
    return str(account.username)
