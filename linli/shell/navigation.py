"""What stands around every page of the desk: the posts, the side list, the tabs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from linli.kernel.notices import queries as notices
from linli.kernel.people.queries import PostRef, Viewer
from linli.kernel.places import queries as places

# label, icon, address, the capabilities of which one shows it ("" for everybody at a desk)
SIDE = (
    ("", (
        (_("待办"), "inbox", "/desk/", ""),
        (_("地图"), "map", "/desk/map", ""),
        (_("台账"), "list", "/desk/cases", ""),
        (_("地方"), "pin", "/desk/places", ""),
    )),
    (_("看数"), (
        (_("总览"), "chart", "/desk/figures", "supervise"),
    )),
    (_("管理"), (
        (_("规则"), "book", "/desk/rules", "edit_rules approve_rules supervise"),
        (_("岗位与人员"), "users", "/desk/people", "appoint"),
        (_("查看个人信息"), "eye", "/desk/reading", "handle supervise approve administer_security audit_read"),
        (_("扫码牌"), "qr", "/desk/qr", "raise_for_others"),
    )),
)  # fmt: skip
MARKS = 12  # how often who looks, and when, stands across a page: on a photo of it too
TABS = ("/desk/", "/desk/map", "/desk/cases", "/desk/figures")


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: computed only when a template asks for it."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def _shell(request: HttpRequest) -> dict[str, Any]:
    viewer: Viewer | None = getattr(request, "viewer", None)
    if viewer is None or viewer.post is None:
        return {
            "county": "",
            "post": None,
            "posts": [],
            "unread": 0,
            "may_register": False,
            "nav": [],
            "tabs": [],
        }
    nav = _nav(viewer, request.path)
    person = viewer.account.name if viewer.account else ""
    shown = {item["url"]: item for group in nav for item in group["items"]}
    return {
        "county": _county(viewer.post),
        "post": {"name": viewer.post.name, "person": person},
        "marks": [f"{person} {viewer.post.name} {timezone.localtime():%Y-%m-%d %H:%M}"] * MARKS,
        "posts": [{"id": p.id, "name": p.name, "current": p.id == viewer.post.id} for p in viewer.posts],
        "unread": notices.unread([("desk", desk) for desk in viewer.desk_ids]),
        "may_register": viewer.can("raise_for_others"),
        "nav": nav,
        "tabs": [shown[url] for url in TABS if url in shown],
    }


def _nav(viewer: Viewer, path: str) -> list[dict[str, Any]]:
    groups = []
    for title, items in SIDE:
        allowed = [item for item in items if not item[3] or any(map(viewer.can, item[3].split()))]
        if allowed:
            groups.append({"title": title, "items": [_item(*item[:3], path) for item in allowed]})
    return groups


def _item(label: Any, icon: str, url: str, path: str) -> dict[str, Any]:
    current = path == url or (url != "/desk/" and path.startswith(url))
    return {"label": label, "icon": icon, "url": url, "current": current, "count": 0}


def _county(post: PostRef) -> str:
    place = places.get(post.place_id) if post.place_id else None
    if place is None:
        return ""
    county = next((one for one in places.chain(place.id, places.today()) if one.level == "county"), None)
    return county.name if county else ""
