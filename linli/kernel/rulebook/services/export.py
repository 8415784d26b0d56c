"""A rule as the TOML file it could have been shipped as."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import tomli_w
from django.utils.translation import gettext as _

from linli.foundation.errors import Absent
from linli.kernel.places import queries as places
from linli.kernel.places.models import Code
from linli.kernel.rulebook.choices import Origin
from linli.kernel.rulebook.models import RuleSet


def export(*, key: str, place_id: UUID | None = None, on: date) -> str:
    """Return the TOML of what the place itself (None: everywhere) has under ``key`` on that day.

    Loading it with ``load_catalog`` gives the same data at the same place.
    """
    rows = RuleSet.objects.filter(key=key, place_id=place_id, valid_from__lte=on, inherits=False)
    valid = [row for row in rows.order_by("-version") if row.valid_to is None or on < row.valid_to]
    valid.sort(key=lambda row: row.origin == Origin.SHIPPED)
    if not valid:
        raise Absent(_("这里没有“%(key)s”自己的规则。") % {"key": key})
    return as_toml(valid[0], on)


def as_toml(rule: RuleSet, on: date) -> str:
    head: dict[str, object] = {
        "key": rule.key,
        "place": _code(rule.place_id, on),
        "valid_from": rule.valid_from,
    }
    if rule.valid_to is not None:
        head["valid_to"] = rule.valid_to
    return tomli_w.dumps({**head, "basis": rule.basis, "data": rule.data})


def _code(place_id: UUID | None, on: date) -> str:
    """Return the code that the place bears on that day, "" for everywhere."""
    if place_id is None:
        return ""
    codes = Code.objects.filter(place_id=place_id).order_by("scheme", "code").values_list("code", flat=True)
    for code in codes:
        found = places.by_code(code, on)
        if found and found.id == place_id:
            return code
    raise Absent(_("这个地方没有区划代码，不能导出。"))
