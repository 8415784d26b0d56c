"""What requests add up to: the figures, and which events each of them counts."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from linli.apps.requests.choices import Satisfied
from linli.apps.requests.choices import State as S  # noqa: N817 -- as the flow table has it
from linli.apps.requests.flow import FLOW
from linli.kernel.cases.services import KEEP
from linli.kernel.figures import registry as figures
from linli.kernel.journal.models import Event

Declare = Callable[..., object]
MATTERS, TIMES, MINUTES = _("件"), _("次"), _("分钟")
CLOCK_GOES_ON = {f"request.{step.name}" for step in FLOW.steps.values() if step.clock == KEEP}
CLOCK_STARTS = {f"request.{step.name}" for step in FLOW.steps.values() if step.clock not in (KEEP, "", None)}


def declare() -> None:
    """What requests add up to. Every profile has the same figures, whichever steps it has."""
    figures.withdraw_on("request.protect")
    _declare_taking(figures.figure)
    _declare_doing(figures.figure)
    _declare_results(figures.figure)
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


def _declare_results(figure: Declare) -> None:
    """What is said to be done, and when."""
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
