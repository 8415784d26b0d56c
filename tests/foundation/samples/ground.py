"""What the register of places is given."""

from __future__ import annotations

from typing import Any

from tests.foundation.samples.parts import PLACES, SupplementForm

HOUSEHOLD = {"name": "302", "parent": {"name": "1 单元", "parent": {"name": "9 栋"}}}


def places_context(**more: Any) -> dict[str, Any]:
    link = lambda name: {"name": name, "url": "/desk/places/1"}
    child = lambda name, households, people: (
        link(name) | {"level": "网格", "households": households, "people": people}
    )
    body = lambda name, parent: {"name": name, "get_kind_display": "党组织", "parent": parent}
    return {
        "place": {"name": "旺家社区", "full_name": "万山区丹都街道旺家社区", "level": "社区"},
        "crumbs": [link("万山区"), link("丹都街道")],
        "q": "",
        "found": None,
        "base": "/desk/places/1",
        "aliases": "旺家、旺家安置点",
        "facts": [{"label": "户数", "value": "4,029", "source": "街道台账"}, {"label": "人数", "value": "17,000", "source": "街道台账"}],
        "warnings": ["旺家苑有100户、1200人，平均每户不在1.5到8人之间，请核对。"],
        "children": [child("第一网格", "498", "1,930"), child("第二网格", "512", "—")],
        "zones": [
            {"name": "中天花园", "kind": "小区", "places": "旺家社区、龙生社区", "households": "4,380", "people": "—"},
            {"name": "旺家安置点", "kind": "易地搬迁安置点", "places": "旺家社区", "households": "4,029", "people": "17,000"},
        ],
        "zones_total": {"households": "8,409", "people": "17,000"},
        "organisations": [body("旺家社区党支部", {"name": "丹都街道党工委"}), body("旺家社区居民委员会", None)],
        "chain": [
            {"label": "街道党工委", "place": {"name": "丹都街道"}, "organisations": [{"name": "丹都街道党工委"}]},
            {"label": "社区党支部", "place": {"name": "旺家社区"}, "organisations": []},
        ],
        "party": {"grids": 2, "with": 1, "lacking": 1, "missing": [link("第二网格")], "more": 0},
        "unassigned": {"buildings": [link("9 栋")], "households": [HOUSEHOLD], "count": 1, "said": "1 户没有划进网格"},
        "forms": [{"title": "登记户数和人数", "url": "facts", "form": SupplementForm(prefix="facts-"), "is_open": False}],
    } | more  # fmt: skip


def found_context() -> dict[str, Any]:
    return places_context(q="旺家", found=PLACES, forms=[])


def empty_context() -> dict[str, Any]:
    """A place about which nothing has been written down yet."""
    return places_context(
        crumbs=[], aliases="", facts=[], warnings=[], children=[], zones=[], organisations=[], chain=[], party=None, forms=[],
        unassigned={"buildings": [], "households": [], "count": 0, "said": ""},
    )  # fmt: skip
