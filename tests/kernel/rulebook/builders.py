"""Small worlds for rules: a county with a street and a community, two people, one key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from linli.foundation.errors import InvalidInput
from linli.foundation.ids import new_id
from linli.foundation.rules import IMPORT, Actor
from linli.kernel.places import services as places
from linli.kernel.places.models import Place
from linli.kernel.rulebook import services
from linli.kernel.rulebook.models import RuleSet

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
TODAY = date(2026, 11, 20)
EVER = date(2020, 1, 1)
KEY = "t.size"
WANSHAN, CHADIAN, LONGSHENG = "520603000000", "520603002000", "520603002001"


def a_person() -> Actor:
    return Actor("person", new_id())


ANNA, BEN = a_person(), a_person()


def size_is_a_number(data: Mapping[str, Any]) -> None:
    if set(data) != {"size"} or not isinstance(data["size"], int):
        raise InvalidInput("大小要写整数。", field="size")


services.register_schema(KEY, size_is_a_number)


@dataclass(frozen=True)
class World:
    county: Place
    street: Place
    community: Place
    other: Place


def a_world() -> World:
    province = _place("province", "测试省", None, "520000000000")
    county = _place("county", "万山区", province.id, WANSHAN)
    street = _place("street", "茶店街道", county.id, CHADIAN)
    community = _place("community", "龙生社区", street.id, LONGSHENG)
    return World(county, street, community, _place("county", "雷山县", province.id, "522634000000"))


def a_rule(
    size: int,
    place: Place | None = None,
    *,
    valid_from: date = TODAY,
    valid_to: date | None = None,
    now: datetime = NOW,
    inherits: bool = False,
) -> RuleSet:
    """A local rule, through both doors."""
    proposal = services.propose(
        key=KEY,
        place_id=place.id if place else None,
        valid_from=valid_from,
        valid_to=valid_to,
        data={} if inherits else {"size": size},
        basis="测试文件〔2026〕1号",
        inherits=inherits,
        actor=ANNA,
        now=now,
    )
    return services.approve(proposal_id=proposal.id, actor=BEN, now=now)


def a_catalog(folder: Path, **files: str) -> Path:
    """Write files of a shipped catalogue: name="toml…"."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def a_file(size: int, place: str = "", valid_from: str = "2020-01-01") -> str:
    return f'key = "{KEY}"\nplace = "{place}"\nvalid_from = {valid_from}\nbasis = "随系统"\n\n[data]\nsize = {size}\n'


def _place(level: str, name: str, parent_id: UUID | None, code: str) -> Place:
    return places.add_place(
        level=level, name=name, parent_id=parent_id, code=code, scheme="stat", now=NOW, actor=IMPORT
    )
