"""What the kernel is told of requests at start-up: who holds a case in each state, on which clock."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from linli.apps.requests import fields, services
from linli.apps.requests.choices import BadRating
from linli.apps.requests.choices import State as S  # noqa: N817 -- as the flow table has it
from linli.apps.requests.flow import FLOW, PROTECTED
from linli.apps.requests.queries import CHECKERS, desk_above_the_doer, handling_desk
from linli.apps.requests.registry import counting
from linli.kernel.cases import registry as cases
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.people.queries import DeskRef
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.rulebook import registry as rulebook_registry
from linli.kernel.vault.registry import answered_by


def sorting_desk(case: Case) -> DeskRef | None:
    """The community sorts, publishes and redirects; where it has no desk, who stands above it."""
    return routing.for_kind(case, "community")


def checking_desk(case: Case) -> DeskRef | None:
    """The checkers (核查员) of the place; without them one level above who did it; at the top, who holds it."""
    checkers = routing.nearest(case, CHECKERS) if _is_checked(case) else None
    return checkers or desk_above_the_doer(case)


def _is_checked(case: Case) -> bool:
    """Is there a check here, or does somebody else confirm it (审定)?"""
    return "check" in rulebook.profile_of(case.flow, case.rules_id).steps


def protected_desk(case: Case) -> DeskRef | None:
    """Named, trained handlers; where a place has none, the county's own desk for them."""
    return routing.nearest(case, "protected")


def _days(value: object) -> bool:
    return type(value) is int and value >= 0


# What a profile may set, and what a value must fit.
SETTINGS: dict[str, Callable[[object], bool]] = {
    "reopen_days": _days,
    "counts_at": lambda step: step in FLOW.steps,
    "escalate_when_overdue": lambda value: isinstance(value, bool),
    "bad_rating": lambda value: value in BadRating.values,
}


def register() -> None:
    rulebook_registry.register_flow(FLOW, SETTINGS)
    rulebook_registry.register_flow(PROTECTED)
    cases.register(REQUEST)
    cases.register(PROTECTED_APP)
    answered_by("requests", "cases")
    counting.declare()


# What is to be done in each state, as the step bar says it; "" is what the reporter did.
ACTS = {
    "": _("提交"), S.SUBMITTED: _("分流"), S.SORTED: _("派单"), S.PUBLISHED: _("认领"), S.DISPATCHED: _("接单"),
    S.HANDED: _("单位接单"), S.TO_VERIFY: _("核实"), S.HANDLING: _("办理"), S.RESOLVED: _("核查"), S.CHECKED: _("答复"),
    S.REPLIED: _("评价"), S.CLOSED: _("办结"),
}  # fmt: skip
REQUEST = cases.FlowApp(
    flow=FLOW,
    plural="requests",
    birth="raise",
    open_to={S.PUBLISHED: "members"},
    divert=services.divert,
    holders={
        S.SUBMITTED: sorting_desk,
        S.SORTED: sorting_desk,
        S.PUBLISHED: sorting_desk,
        S.DISPATCHED: handling_desk,
        S.RESOLVED: checking_desk,
        S.RETURNED: sorting_desk,
    },
    clocks={
        S.SUBMITTED: "accept",
        S.SORTED: "accept",
        S.PUBLISHED: "claim",
        S.DISPATCHED: "accept",
        S.ACCEPTED: "accept",
        S.HANDED: "accept",
        S.TO_VERIFY: "resolve",
        S.HANDLING: "resolve",
        S.RESOLVED: "check",
        S.CHECKED: "reply",
        S.REPLIED: "rate",
        S.ADVISED: "rate",
        S.RETURNED: "accept",
    },
    on_due={"rate": "lapse"},
    next_words={
        S.SUBMITTED: _("社区先看是谁的事，再交给该办的人"),
        S.SORTED: _("社区派给该办的岗位"),
        S.ADVISED: _("按说明自己可以办；不同意可以提一次"),
        S.PUBLISHED: _("等报到的党员或单位认领"),
        S.DISPATCHED: _("办理的岗位接单"),
        S.ACCEPTED: _("街道社区交办给单位"),
        S.HANDED: _("单位接单"),
        S.TO_VERIFY: _("先上门核实情况"),
        S.HANDLING: _("办好后换一个人核查，再回您话"),
        S.ASKED: _("上一级决定要不要先停一停"),
        S.SUSPENDED: _("到了说定的日子，或者条件具备，就接着办"),
        S.RESOLVED: _("换一个人核查是不是真办好了"),
        S.CHECKED: _("给您答复"),
        S.REPLIED: _("请您说说修好了没有"),
        S.RETURNED: _("上一级换一个岗位来办"),
        S.CLOSED: _("已经结束；没好可以重新提"),
        S.RECEIVED: _("转给受过训练的专人"),
    },
    line=(S.SUBMITTED, S.SORTED, S.PUBLISHED, S.DISPATCHED, S.HANDED, S.TO_VERIFY, S.HANDLING, S.RESOLVED, S.CHECKED,
          S.REPLIED, S.CLOSED),
    acts=ACTS,
    aside={S.ASKED: S.HANDLING, S.SUSPENDED: S.HANDLING, S.RETURNED: S.DISPATCHED, S.ADVISED: S.SORTED,
           S.ACCEPTED: S.HANDED, S.SORTED: S.SUBMITTED},
    text_code=fields.TEXT,
    note_code=fields.NOTE,
    show=(fields.CONTACT_NAME, fields.CONTACT_PHONE),
)  # fmt: skip

PROTECTED_APP = cases.FlowApp(
    flow=PROTECTED,
    plural="protected",
    birth="raise",
    divert=services.only_protected,
    holders={S.RECEIVED: protected_desk},
    clocks={S.RECEIVED: "accept", S.HANDLING: "resolve"},
    next_words={
        S.RECEIVED: _("受过训练的专人会接手"),
        S.HANDLING: _("专人正在办理"),
        S.CLOSED: _("已经结束"),
    },
    line=(S.RECEIVED, S.HANDLING, S.CLOSED),
    acts=ACTS | {S.RECEIVED: _("专人接"), S.HANDLING: _("专办")},
    text_code=fields.TEXT,
    note_code=fields.NOTE,
    show=(fields.CONTACT_NAME, fields.CONTACT_PHONE),
)
