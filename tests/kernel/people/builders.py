"""Small worlds of people: one county with two grids, and accounts that can sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.test import Client
from django.utils import timezone

from linli.foundation.rules import IMPORT, Actor
from linli.kernel.people import services
from linli.kernel.people.models import Account, Desk, Post
from linli.kernel.people.rules import SETUP
from linli.kernel.places import services as places
from linli.kernel.places.models import Place
from linli.kernel.rulebook.services import load_catalog

# A local role that may appoint; the shipped ones leave that to the security administrator.
APPOINTING = """
[[data.roles]]
code = "community_head"
label = "社区主任"
may = ["handle", "supervise", "appoint"]
desks = ["community"]
"""
_numbers = count(1)


@dataclass
class World:
    """``places`` and ``desks`` by level: county, street, community, grid, other (a second grid)."""

    places: dict[str, Place]
    desks: dict[str, Desk]


def load_roles(now: datetime) -> None:
    """The shipped roles, and :data:`APPOINTING`."""
    with TemporaryDirectory() as folder:
        text = (settings.ROOT / "catalog/roles.toml").read_text(encoding="utf-8")
        Path(folder, "roles.toml").write_text(text + APPOINTING, encoding="utf-8")
        load_catalog(now=now, folder=Path(folder))


def a_world(now: datetime) -> World:
    load_roles(now)
    places_: dict[str, Place] = {}
    parent: UUID | None = None
    for level, code in (
        ("province", "520000000000"),
        ("city", "520300000000"),
        ("county", "520328000000"),
        ("street", ""),
        ("community", ""),
        ("grid", ""),
    ):
        scheme = {"scheme": "stat", "code": code} if code else {}
        places_[level] = places.add_place(
            level=level, name=f"测试{level}", parent_id=parent, now=now, actor=IMPORT, **scheme
        )
        parent = places_[level].id
    places_["other"] = places.add_place(
        level="grid", name="测试二", parent_id=places_["community"].id, now=now, actor=IMPORT
    )
    kinds = {
        "county": "county",
        "street": "street",
        "community": "community",
        "grid": "grid",
        "other": "grid",
    }
    desks = {name: a_desk(places_[name], kind, now) for name, kind in kinds.items()}
    return World(places_, desks)


def a_desk(place: Place, kind: str, now: datetime) -> Desk:
    organisation = services.add_organisation(
        kind="other", name=f"{place.name}组织", place_id=place.id, by=IMPORT, now=now
    )
    return services.add_desk(
        organisation_id=organisation.id,
        kind=kind,
        name=f"{place.name}{kind}",
        place_id=place.id,
        by=IMPORT,
        now=now,
    )


def a_staff(now: datetime, *, password: str = "", phone: str = "") -> Account:
    account = services.add_staff(
        username=f"staff{next(_numbers):04}", name="甲某", by=IMPORT, now=now, phone=phone
    )
    if password:
        account.set_password(password)
        account.save(update_fields=["password"])
    return account


def a_holder(desk: Desk, role_code: str, now: datetime, *, password: str = "") -> Account:
    """Somebody who sits at this desk."""
    account = a_staff(now, password=password)
    services.appoint(account_id=account.id, role_code=role_code, desk_id=desk.id, by=IMPORT, now=now)
    return account


def an_administrator(role_code: str, now: datetime, *, password: str = "", phone: str = "") -> Account:
    account = a_staff(now, password=password, phone=phone)
    services.appoint(account_id=account.id, role_code=role_code, by=SETUP, now=now)
    return account


def post_of(account: Account) -> Post:
    return account.posts.get(ends_at__isnull=True)


def person(account: Account) -> Actor:
    return Actor("person", account.id)


def signed_in(account: Account, *, second_factor: bool = True) -> Client:
    """A browser with a session of this account, as the sign-in pages leave it."""
    client = Client()
    client.force_login(Account.objects.get(id=account.id))
    session = client.session
    now = int(timezone.now().timestamp())
    session["began"] = session["seen"] = now
    methods = ["password", "mfa"] if second_factor else ["password"]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": method, "at": now} for method in methods]
    session["account_authentication_methods_user"] = str(account.id)
    session.save()
    return client
