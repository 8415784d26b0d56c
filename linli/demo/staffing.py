"""The demonstration's desks and the people at them: all invented, one login for each role."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from uuid import UUID

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password

from linli.demo.ground import Ground
from linli.foundation.rules import IMPORT
from linli.kernel.people import services
from linli.kernel.people.models import Account, Desk
from linli.kernel.people.rules import SETUP
from linli.kernel.places import queries as places

HERE = Path(__file__).parent
PASSWORD = "linli-demo-2026"  # noqa: S105 -- a demonstration's, printed when it starts
SECRET = "LINLIDEMOLINLIDEMOLINLIDEMOLINLI"  # noqa: S105 -- base 32, for the demonstration's second factor

DEPARTMENTS = {
    "department:urban": "综合行政执法局", "department:water": "水务局", "department:power": "供电局",
    "department:fire": "消防救援大队", "department:housing": "住房和城乡建设局", "department:police": "公安局",
    "department:civil": "民政局", "department:medical": "医疗保障局", "department:labour": "人力资源和社会保障局",
    "department:market": "市场监督管理局", "department:transport": "交通运输局", "department:ecology": "生态环境局",
}  # fmt: skip
# username → role and where: the logins that are printed. The community is 旺家社区, the street 丹都街道.
LOGINS = {
    "wangge": ("grid_worker", "grid"),
    "wanggezhang": ("grid_head", "grid"),
    "shequ": ("community_clerk", "community"),
    "shuji": ("community_secretary", "community"),
    "jiedao": ("street_dispatcher", "street"),
    "jiedaofuze": ("street_leader", "street"),
    "quxian": ("county_dispatcher", "county"),
    "bumen": ("department_officer", "department:urban"),
    "wuye": ("property_officer", "property"),
    "dangzuzhi": ("party_org", "party"),
    "dangyuan": ("member_claimant", "members"),
    "hecha": ("quality_checker", "check"),
    "duban": ("supervisor", "supervision"),
    "zhuanban": ("protected_handler", "protected"),
    "xinxi": ("data_officer", "data"),
    "guize1": ("rule_editor", "rules"),
    "guize2": ("rule_approver", "rules"),
    "shenji": ("auditor", "audit"),
    "xitong": ("system_admin", ""),
    "anquan": ("security_admin", ""),
    "shenjiyuan": ("audit_admin", ""),
}
# Desks that only the printed logins need: what they are called after their place.
GROUPS = {"check": "核查组", "supervision": "督办组", "data": "个人信息负责人"}
COMMUNITY, STREET, COUNTY = "520603004003", "520603004000", "520603000000"


@dataclass
class Staff:
    """Who sits where: accounts by desk, and the accounts of the printed logins by username."""

    at: dict[UUID, UUID] = field(default_factory=dict)
    logins: dict[str, Account] = field(default_factory=dict)


def staff_the(ground: Ground, now: datetime, random: Random) -> Staff:
    """Open desks over the whole ground, appoint one person to each, then the printed logins."""
    staff = Staff()
    names = _names(random)
    hashed = make_password(PASSWORD)
    for place_id, kind, name, role in _seats(ground):
        desk = _desk(place_id, kind, name, now)
        account = _account(f"d{len(staff.at):04d}.{kind.replace(':', '.')}", next(names), now, hashed)
        services.appoint(
            account_id=account.id, role_code=role, desk_id=desk.id, by=IMPORT, now=now, title=name
        )
        staff.at[desk.id] = account.id
    _printed_logins(ground, staff, names, hashed, now)
    return staff


def _seats(ground: Ground) -> Iterator[tuple[UUID, str, str, str]]:
    """Yield every desk: place, kind, name, role."""
    streets: set[UUID] = set()
    counties: set[UUID] = set()
    for code, grids in ground.grids.items():
        community = _ref(ground.places[code])
        yield community.id, "community", f"{community.name}服务台", "community_clerk"
        yield community.id, "property", f"{community.name}物业服务中心", "property_officer"
        yield community.id, "party", f"{community.name}党组织", "party_org"
        yield community.id, "members", f"{community.name}报到党员和单位", "member_claimant"
        for grid_id in grids:
            grid = _ref(grid_id)
            yield grid.id, "grid", f"{community.name}{grid.name}", "grid_worker"
        chain = places.chain(community.id, places.today())
        streets |= {place.id for place in chain if place.level == "street"}
        counties |= {place.id for place in chain if place.level == "county"}
    for place in sorted(places.get_many(streets).values(), key=lambda one: one.path):
        yield place.id, "street", f"{place.name}调度台", "street_dispatcher"
    for place in sorted(places.get_many(counties).values(), key=lambda one: one.path):
        yield place.id, "county", f"{place.name}调度台", "county_dispatcher"
        yield place.id, "protected", f"{place.name}受保护事项专办", "protected_handler"
        for kind, name in DEPARTMENTS.items():
            yield place.id, kind, f"{place.name}{name}", "department_officer"


def _printed_logins(ground: Ground, staff: Staff, names: Iterator[str], hashed: str, now: datetime) -> None:
    ids = {"community": ground.places[COMMUNITY], "street": ground.places[STREET], "county": ground.places[COUNTY],
           "grid": ground.grids[COMMUNITY][1]}  # fmt: skip
    for username, (role, where) in LOGINS.items():
        account = _account(f"{username:_<4}" if len(username) < 4 else username, next(names), now, hashed)
        TOTP.activate(account, SECRET)
        staff.logins[username] = account
        if not where:
            services.appoint(account_id=account.id, role_code=role, by=SETUP, now=now)
            continue
        place_id, kind = _where(where, ids)
        if kind:
            desk = Desk.objects.filter(place_id=place_id, kind=kind, closed_at=None).first()
            desk = desk or _desk(place_id, kind, f"{_ref(place_id).name}{GROUPS[kind]}", now)
            services.appoint(
                account_id=account.id, role_code=role, desk_id=desk.id, by=IMPORT, now=now, title=desk.name
            )
            staff.at.setdefault(desk.id, account.id)
        else:
            services.appoint(account_id=account.id, role_code=role, place_id=place_id, by=IMPORT, now=now)


def _where(where: str, ids: dict[str, UUID]) -> tuple[UUID, str]:
    """Return the place and the kind of desk of a printed login; "" for a post without a desk."""
    at = {"grid": "grid", "community": "community", "street": "street", "property": "community", "party": "community",
          "members": "community", "check": "street"}  # fmt: skip
    kind = "" if where in ("rules", "audit") else where
    return ids[at.get(where, "county")], kind


def _desk(place_id: UUID, kind: str, name: str, now: datetime) -> Desk:
    organisation = services.add_organisation(
        kind=_body(kind), name=name, place_id=place_id, by=IMPORT, now=now
    )
    return services.add_desk(
        organisation_id=organisation.id, kind=kind, name=name, place_id=place_id, by=IMPORT, now=now,
        phone="0856-0000000" if kind in ("community", "street", "county") else "",
    )  # fmt: skip


def _body(kind: str) -> str:
    if kind.startswith("department:"):
        return "department"
    return {"street": "street", "community": "community", "grid": "community", "county": "government",
            "property": "service"}.get(kind, "other")  # fmt: skip


def _account(username: str, name: str, now: datetime, hashed: str) -> Account:
    account = services.add_staff(username=username, name=name, by=IMPORT, now=now)
    Account.objects.filter(pk=account.pk).update(password=hashed)
    return account


def _ref(place_id: UUID) -> places.PlaceRef:
    return places.get_many([place_id])[place_id]


def _names(random: Random) -> Iterator[str]:
    """Yield names of people who do not exist."""
    parts = tomllib.loads((HERE / "names.toml").read_text(encoding="utf-8"))
    while True:
        yield random.choice(parts["surnames"]) + random.choice(parts["given"])
