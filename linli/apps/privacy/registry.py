"""What the kernel is told of requests about one's data at start-up."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.apps.privacy import fields
from linli.apps.privacy.choices import Hold, Wish
from linli.apps.privacy.choices import State as S  # noqa: N817 -- as the flow table has it
from linli.apps.privacy.flow import FLOW
from linli.apps.privacy.queries import DESKS
from linli.kernel.cases import registry as cases
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.people.queries import DeskRef
from linli.kernel.rulebook import registry as rulebook
from linli.kernel.vault.choices import Purpose
from linli.kernel.vault.registry import Need, answered_by, register_need


def officer(case: Case) -> DeskRef | None:
    """The data officer of the place, or who stands in: the county, the street, the community."""
    return routing.nearest(case, *DESKS)


DATA = cases.FlowApp(
    flow=FLOW,
    plural="data-requests",
    birth="raise",
    holders={S.ASKED: officer},
    clocks={S.ASKED: "data_answer"},
    next_words={
        S.ASKED: _("由负责个人信息的人答复；不同意的，会写明规定、理由和向谁投诉"),
        S.RESTRICTED: _("已经限制使用，需要的事一完就自动删除"),
        S.CLOSED: _("已经答复；没有同意的，三十天之内可以提一次不同意见"),
    },
    line=(S.ASKED, S.CLOSED),
    acts={"": _("申请"), S.ASKED: _("答复"), S.CLOSED: _("办结")},
    aside={S.RESTRICTED: S.ASKED},
    text_code=fields.TEXT,
    note_code=fields.NOTE,
    matters=dict(Wish.choices),
    about_data=True,
)
# What a decision of the data officer keeps: for a dispute it may still be looked at, else it only lies there.
NEEDS = (
    Need(Hold.DISPUTE, Hold.DISPUTE.label, frozenset({Purpose.CHECK_RESULT}), lambda _matters, _now: ()),
    Need(Hold.LAW_TERM, Hold.LAW_TERM.label, frozenset(), lambda _matters, _now: ()),
)


def register() -> None:
    rulebook.register_flow(FLOW)
    cases.register(DATA)
    answered_by("privacy", "cases")
    for need in NEEDS:
        register_need(need)
