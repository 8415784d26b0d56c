"""What the data of each key must look like. A rule that breaks its schema is not saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from linli.foundation.errors import InvalidInput
from linli.foundation.flow import Flow, FlowError
from linli.kernel.rulebook import registry
from linli.kernel.rulebook.queries.profiles import as_profile
from linli.kernel.rulebook.schemas.words import refuse_fields, refuse_words


def check(key: str, data: Mapping[str, Any]) -> None:
    """Raise InvalidInput, with a sentence for the one who wrote the rule, unless ``data`` may be saved."""
    found = registry.schema(key)
    if found is None:
        raise InvalidInput(_("没有“%(key)s”这种规则。") % {"key": key}, field="key")
    refuse_words(data)
    try:
        _judge(found, data)
    except ValidationError as refusal:
        raise InvalidInput(_sentence(refusal), field="data") from refusal
    family, _dot, name = key.partition(".")
    if family == "profile":
        _try_flow(name, data)
    if family == "calendar" and any(not day.startswith(f"{name}-") for day in (*data["off"], *data["work"])):
        raise InvalidInput(_("%(year)s年的日历里有别的年份的日期。") % {"year": name}, field="data")


def _judge(found: registry.Check, data: Mapping[str, Any]) -> None:
    if not isinstance(found, type):
        found(data)
    elif issubclass(found, BaseModel):
        refuse_fields(found.__name__, found)
        found.model_validate(data)


def _try_flow(name: str, data: Mapping[str, Any]) -> None:
    flow = registry.FLOWS.get(name)
    if flow is None:
        raise InvalidInput(_("没有“%(name)s”这个流程。") % {"name": name}, field="key")
    profile = as_profile(data)
    if strange := profile.on - flow.switches:
        words = {"words": "、".join(sorted(strange))}
        raise InvalidInput(_("这个流程没有这些开关：%(words)s。") % words, field="on")
    for group, step in profile.choose.items():
        if step not in flow.groups.get(group, []):
            words = {"group": group, "step": step}
            raise InvalidInput(_("“%(group)s”里没有“%(step)s”这种办法。") % words, field="choose")
    _try_settings(registry.SETTINGS[name], profile.settings)
    try:
        flow.compile(profile)
    except FlowError as refusal:
        raise InvalidInput(_why(flow, refusal), field="on") from refusal


def _try_settings(known: Mapping[str, registry.Fits], given: Mapping[str, Any]) -> None:
    for word, value in given.items():
        if word not in known:
            raise InvalidInput(_("没有“%(word)s”这项设置。") % {"word": word}, field="data")
        if not known[word](value):
            words = {"word": word, "value": value}
            raise InvalidInput(_("“%(word)s”不能是“%(value)s”。") % words, field="data")


def _why(flow: Flow, refusal: FlowError) -> str:
    """Say in Chinese what the flow engine says in English."""
    named = re.search(r"'([a-z_]+)'", str(refusal))
    name = named[1] if named else ""
    if "never be reached" in str(refusal):
        return _("这样设置，“%(step)s”这一步永远走不到。") % {"step": flow.steps[name].label}
    if "dead end" in str(refusal):
        return _("这样设置，到了“%(state)s”就没有下一步了。") % {"state": flow.states[name]}
    return _("这样设置，关掉的步骤连成了一圈，流程走不通。")


def _sentence(refusal: ValidationError) -> str:
    """Say in one sentence what is wrong first, and where."""
    first = refusal.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    match first["type"]:
        case "value_error":
            return str(first["ctx"]["error"])
        case "missing":
            return _("规则缺少“%(where)s”这一项。") % {"where": where}
        case "extra_forbidden":
            return _("规则里不能有“%(where)s”这一项。") % {"where": where}
    return _("规则的“%(where)s”这一项写得不对。") % {"where": where}
