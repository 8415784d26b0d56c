"""What the kernel is told of requests at start-up: who holds a case in each state, on which clock."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from linli.apps.requests import fields, services
from linli.apps.requests.choices import BadRating, Satisfied
from linli.apps.requests.choices import State as S  # noqa: N817 -- as the flow table has it
from linli.apps.requests.flow import FLOW, PROTECTED
from linli.apps.requests.queries import CHECKERS, desk_above_the_doer, handling_desk
from linli.kernel.cases import registry as cases
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.cases.services import KEEP
from linli.kernel.figures import registry as figures
from linli.kernel.journal.models import Event
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
    declare_figures()


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

Declare = Callable[..., object]
MATTERS, TIMES, MINUTES = _("件"), _("次"), _("分钟")
CLOCK_GOES_ON = {f"request.{step.name}" for step in FLOW.steps.values() if step.clock == KEEP}
CLOCK_STARTS = {f"request.{step.name}" for step in FLOW.steps.values() if step.clock not in (KEEP, "", None)}


def declare_figures() -> None:
    """What requests add up to. Every profile has the same figures, whichever steps it has."""
    figures.withdraw_on("request.protect")
    _declare_taking(figures.figure)
    _declare_doing(figures.figure)
    _declare_ending(figures.figure)
    _declare_judging(figures.figure)


def _declare_taking(figure: Declare) -> None:
    """How much comes in, and how soon somebody takes it and comes."""
    taken = ["request.accept", "request.claim"]
    figure(
        "requests.received",
        _("收到"),
        MATTERS,
        column=1,
        of="request.raise",
        meaning=_("居民反映或代为登记一件，算一件。"),
    )
    figure(
        "requests.accepted", _("接单"), MATTERS, column=2, of=taken, meaning=_("岗位接单或认领一次，算一件。")
    )
    figure(
        "requests.accepted_on_time",
        _("按时接单"),
        MATTERS,
        column=3,
        of=taken,
        when=_on_time,
        meaning=_("接单时没有超过接单期限的。"),
    )
    figure(
        "requests.arrival",
        _("从反映到到场"),
        MINUTES,
        column=4,
        of="request.arrive",
        when=_not_called,
        value=_minutes,
        meaning=_("从居民反映到人到现场用了几分钟，取中位数。"),
    )
    figure(
        "requests.arrival_called",
        _("从吹哨到到场"),
        MINUTES,
        column=5,
        of="request.arrive",
        when=_called,
        value=_minutes,
        meaning=_("从吹哨到被请的单位到现场用了几分钟，取中位数。"),
    )


def _declare_doing(figure: Declare) -> None:
    """What happens on the way."""
    figure(
        "requests.whistled",
        _("吹哨"),
        TIMES,
        column=6,
        of="request.whistle",
        meaning=_("每吹一次哨，算一次。"),
    )
    figure(
        "requests.returned",
        _("退回"),
        TIMES,
        column=7,
        of="request.return",
        meaning=_("派错了岗位，写明理由退回的。"),
    )
    figure(
        "requests.escalated",
        _("上报"),
        TIMES,
        column=8,
        of="request.escalate",
        meaning=_("上报到上一级接着办的。"),
    )
    figure(
        "requests.overdue",
        _("超过期限"),
        TIMES,
        column=9,
        of="request.overdue",
        meaning=_("每超过一个期限，算一次。"),
    )
    figure(
        "requests.resolved",
        _("报办好"),
        MATTERS,
        column=10,
        of="request.resolve",
        meaning=_("办理的岗位说办好了，还没有经别人核实。"),
    )
    figure(
        "requests.resolved_on_time",
        _("按时办好"),
        MATTERS,
        column=11,
        of="request.resolve",
        when=_on_time,
        meaning=_("报办好时没有超过办理期限的。"),
    )


def _declare_ending(figure: Declare) -> None:
    """What is done, and when it counts."""
    figure(
        "requests.done",
        _("办成"),
        MATTERS,
        column=12,
        of="request.*",
        when=_counts,
        meaning=_("走到本地规定算办成的那一步，算一件。"),
    )
    figure(
        "requests.approved",
        _("核查通过"),
        MATTERS,
        column=13,
        of=["request.check", "request.approve"],
        meaning=_("换一个人看过，确实办好了。"),
    )
    figure(
        "requests.rated",
        _("评价"),
        MATTERS,
        column=14,
        of="request.rate",
        meaning=_("反映人评价一次，算一件。"),
    )
    figure(
        "requests.solved",
        _("说解决了"),
        MATTERS,
        column=15,
        of="request.rate",
        when=_solved,
        meaning=_("评价时说问题解决了的。"),
    )
    figure(
        "requests.satisfied",
        _("说满意"),
        MATTERS,
        column=16,
        of="request.rate",
        when=_satisfied,
        meaning=_("评价时说满意的；说还行的不算。"),
    )


def _declare_judging(figure: Declare) -> None:
    """What is left open, and what residents say."""
    figure(
        "requests.reopened",
        _("没好再办"),
        MATTERS,
        column=17,
        of=["request.reopen", "request.rate"],
        when=_comes_back,
        meaning=_("反映人说没好，又办一轮的。"),
    )
    figure(
        "requests.closed",
        _("办结"),
        MATTERS,
        column=18,
        of="request.*",
        when=_ends,
        meaning=_("结束一次，算一件；怎么结束的都算，包括不予受理和撤回。"),
    )
    figure(
        "requests.open",
        _("在办"),
        MATTERS,
        column=19,
        of="request.*",
        value=_open,
        stock=True,
        meaning=_("到这一天还没有结束的。"),
    )
    figure(
        "requests.overdue_now",
        _("逾期未办"),
        MATTERS,
        column=20,
        of="request.*",
        value=_overdue_now,
        stock=True,
        meaning=_("到这一天已经超过期限，还没有往下走的。"),
    )


def _counts(event: Event) -> bool:
    return event.data.get("counts") is True


def _solved(event: Event) -> bool:
    return event.data["solved"] is True


def _on_time(event: Event) -> bool:
    return event.data.get("on_time") is True


def _called(event: Event) -> bool:
    return event.data["called"] is True


def _not_called(event: Event) -> bool:
    return not _called(event)


def _minutes(event: Event) -> int:
    return int(event.data["minutes"])


def _satisfied(event: Event) -> bool:
    return bool(event.data["satisfied"] == Satisfied.GOOD)


def _comes_back(event: Event) -> bool:
    return event.to_state == S.RETURNED


def _ends(event: Event) -> bool:
    return event.to_state in FLOW.final


def _open(event: Event) -> int:
    return int(event.to_state not in FLOW.final)


def _overdue_now(event: Event) -> int | None:
    """Overdue from the clock's word until the next clock starts; a clock that goes on stays overdue."""
    if event.name == "request.overdue":
        return 1
    stays = event.from_state == event.to_state and event.name not in CLOCK_STARTS
    if stays or event.name in CLOCK_GOES_ON:
        return None
    return 0
