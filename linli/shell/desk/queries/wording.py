"""A rule's data as lines a person can compare: what it is about → what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.apps.requests.choices import BadRating
from linli.kernel.cases import registry as flows
from linli.kernel.cases.choices import Urgency
from linli.kernel.rulebook import registry
from linli.kernel.rulebook.choices import URGENCY, Capability, Sort

# In the order in which the list shows them.
KEYS = {
    "profile.request": (gettext_lazy("诉求怎么办"), gettext_lazy("用哪些步骤，按什么顺序")),
    "limits": (gettext_lazy("时限"), gettext_lazy("接单、办理、答复各多久")),
    "categories": (gettext_lazy("事项类别"), gettext_lazy("归到哪类，先交给谁")),
    "notices": (gettext_lazy("通知"), gettext_lazy("几时发，怎么说")),
    "roles": (gettext_lazy("岗位角色"), gettext_lazy("谁坐哪个岗，可以做什么")),
    "party_chain": (gettext_lazy("党组织链条"), gettext_lazy("每一级叫什么，有几级")),
    "reading": (gettext_lazy("个人信息查看限度"), gettext_lazy("一个人能打开多少份，再多要谁批准")),
    "worktime": (gettext_lazy("上班时间"), gettext_lazy("工作时间怎么算")),
    "profile.protected": (gettext_lazy("受保护事项怎么办"), gettext_lazy("专人办理的步骤")),
}
CLOCKS = {
    "accept": gettext_lazy("接单"), "first_contact": gettext_lazy("首次联系"), "arrive": gettext_lazy("到场"),
    "whistle": gettext_lazy("吹哨后办完"), "resolve": gettext_lazy("办理"), "claim": gettext_lazy("认领"),
    "verify": gettext_lazy("入户核实"), "check": gettext_lazy("核查"), "approve": gettext_lazy("审定"),
    "data_answer": gettext_lazy("答复个人信息申请"), "reply": gettext_lazy("答复"), "rate": gettext_lazy("评价"), "reopen": gettext_lazy("要求重办"),
}  # fmt: skip
UNITS = {
    "work_minutes": gettext_lazy("工作分钟"), "minutes": gettext_lazy("分钟"), "hours": gettext_lazy("小时"),
    "work_days": gettext_lazy("个工作日"), "natural_days": gettext_lazy("天"), "law_days": gettext_lazy("日（民法典）"),
}  # fmt: skip
SETTINGS = {
    "reopen_days": gettext_lazy("几天内可以要求重办"), "bad_rating": gettext_lazy("哪种评价要重办"),
    "counts_at": gettext_lazy("走到哪一步算办成"), "escalate_when_overdue": gettext_lazy("超期自动上报"),
}  # fmt: skip
DESKS = {
    "grid": gettext_lazy("网格"), "community": gettext_lazy("社区"), "street": gettext_lazy("街道"),
    "county": gettext_lazy("区县"), "property": gettext_lazy("物业"), "party": gettext_lazy("社区党组织"),
    "members": gettext_lazy("报到党员和单位"), "protected": gettext_lazy("受保护事项专办"),
    "data": gettext_lazy("个人信息负责人"),
    "department:urban": gettext_lazy("综合执法"), "department:water": gettext_lazy("水务"),
    "department:power": gettext_lazy("供电"), "department:fire": gettext_lazy("消防"),
    "department:housing": gettext_lazy("住建"), "department:police": gettext_lazy("公安"),
    "department:civil": gettext_lazy("民政"), "department:medical": gettext_lazy("医保"),
    "department:labour": gettext_lazy("人社"), "department:market": gettext_lazy("市场监管"),
    "department:transport": gettext_lazy("交通"), "department:ecology": gettext_lazy("生态环境"),
}  # fmt: skip


READING = {
    "an_hour": gettext_lazy("一个人一小时最多打开几份"), "a_minute": gettext_lazy("一分钟超过几份就放慢"),
    "most": gettext_lazy("一次最多申请多看几份"), "longest": gettext_lazy("一次最多申请几小时"),
    "at_once": gettext_lazy("应急先看最多几份"),
}  # fmt: skip


class Said(NamedTuple):
    """What a line says; ``note`` is small print, ``is_off`` that the thing is not used here."""

    value: str
    note: str = ""
    is_off: bool = False


Lines = dict[str, Said]


def name_of(key: str) -> tuple[str, str]:
    """Return what a key is called and what it is about."""
    family, _dot, name = key.partition(".")
    if family == "calendar":
        return _("%(year)s 年放假调休") % {"year": name}, _("按国务院办公厅通知录入")
    label, hint = KEYS.get(key, (key, ""))
    return str(label), str(hint)


def lines_of(key: str, data: Mapping[str, Any], labels: Mapping[str, str]) -> Lines:
    """Return the lines of a rule's data, in its order; ``labels`` name the categories."""
    family, _dot, name = key.partition(".")
    match family:
        case "profile" if name in registry.FLOWS:
            return dict(_profile(name, data))
        case "limits":
            return dict(_limits(data, labels))
        case "categories":
            return dict(_categories(data))
        case "roles":
            return dict(_roles(data))
        case "notices":
            return dict(_notices(data))
    return dict(_plain(data))


def switches_of(flow_name: str) -> dict[str, str]:
    """Return the switches of a flow with the steps that each turns on, in the order of the table."""
    found: dict[str, list[str]] = {}
    for step in registry.FLOWS[flow_name].steps.values():
        if step.switch:
            labels = found.setdefault(step.switch, [])
            if not step.detour or not labels:
                labels.append(str(step.label))
    return {switch: "、".join(dict.fromkeys(labels)) for switch, labels in found.items()}


def group_of(flow_name: str, group: str) -> tuple[str, list[tuple[str, str]]]:
    """Return what a choice between alternative steps is called, and the steps to choose from."""
    steps = registry.FLOWS[flow_name].steps
    choices = [(name, str(steps[name].label)) for name in registry.FLOWS[flow_name].groups[group]]
    return _("%(choices)s，用哪一种") % {"choices": "、".join(label for _name, label in choices)}, choices


def _profile(flow_name: str, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
    yield _("叫法"), Said(str(data.get("label", "")))
    for switch, label in switches_of(flow_name).items():
        is_on = switch in data.get("on", ())
        yield label, Said(_("用") if is_on else _("不用"), is_off=not is_on)
    for group in registry.FLOWS[flow_name].groups:
        label, choices = group_of(flow_name, group)
        chosen = data.get("choose", {}).get(group, choices[0][0])
        yield label, Said(dict(choices)[chosen])
    for name, value in data.get("settings", {}).items():
        yield str(SETTINGS.get(name, name)), Said(_setting(flow_name, name, value))


def _setting(flow_name: str, name: str, value: Any) -> str:
    if name == "counts_at" and value in registry.FLOWS[flow_name].steps:
        return str(registry.FLOWS[flow_name].steps[value].label)
    if name == "bad_rating" and value in BadRating.values:
        return str(BadRating(value).label)
    return _text(value)


def _limits(data: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[tuple[str, Said]]:
    for row in data.get("limits", ()):
        about = [str(CLOCKS.get(row["clock"], row["clock"]))]
        if category := row.get("category"):
            about.append(labels.get(category, category))
        if (urgency := row.get("urgency", "normal")) != "normal":
            about.append(str(Urgency(URGENCY[urgency]).label))
        yield " · ".join(about), Said(_length(row["amount"], row["unit"]), row.get("basis", ""))


def _length(amount: int, unit: str) -> str:
    if unit == "work_minutes" and amount % 60 == 0:
        return _("%(n)d 个工作小时") % {"n": amount // 60}
    return f"{amount} {UNITS.get(unit, unit)}"


def _categories(data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
    for row in data.get("categories", ()):
        if not row.get("desk"):
            continue
        said = [_desk(row["desk"])]
        if row.get("sort"):
            said.insert(0, str(Sort(row["sort"]).label))
        if (urgency := row.get("urgency", "normal")) != "normal":
            said.append(str(Urgency(URGENCY[urgency]).label))
        yield f"{row['label']}（{row['code']}）", Said("，".join(said), "、".join(row.get("words", ())))


def _desk(kind: str) -> str:
    return str(DESKS.get(kind, kind))


def _roles(data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
    labels = dict(Capability.choices)
    for row in data.get("roles", ()):
        may = "、".join(str(labels[one]) for one in row["may"])
        yield f"{row['label']}（{row['code']}）", Said(may or _("只看"), row.get("hint", ""))


def _notices(data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
    quiet = data.get("quiet", {})
    if quiet:
        yield _("免打扰"), Said(f"{quiet['starts']}–{quiet['ends']}")
    for code, row in data.get("templates", {}).items():
        flow_name, _dot, step = code.partition(".")
        flow = registry.FLOWS.get(flow_name)
        about = str(flow.steps[step].label) if flow and step in flow.steps else row["title"]
        yield f"{about}（{code}）", Said(row["text"], "、".join(row["channels"]))


def _plain(data: Any, where: str = "") -> Iterator[tuple[str, Said]]:
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from _plain(value, f"{where}.{name}" if where else str(name))
    else:
        yield str(READING.get(where, where)), Said(_text(data))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list | tuple):
        return "、".join("–".join(one) if isinstance(one, list | tuple) else _text(one) for one in value)
    return str(value)


def stations(flow_name: str, states: set[str]) -> list[dict[str, str]]:
    """Return the main line of a flow as a step bar, of the states that are left."""
    app = flows.get(flow_name)
    return [
        {"label": str(app.flow.states[state]), "at": "", "state": ""} for state in app.line if state in states
    ]
