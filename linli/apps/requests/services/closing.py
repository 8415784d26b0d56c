"""Judging it: check, reply, rate, reopen, and the other ways to end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.apps.requests.choices import ClosedHow, Satisfied, Solved, State
from linli.apps.requests.fields import NOTE
from linli.apps.requests.queries import desk_above_the_doer, lies_with_checkers
from linli.apps.requests.rules import only_unsolved
from linli.foundation.rules import Moment
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.cases.services import Change

Entry = Mapping[str, Any]


def check(case: Case, entry: Entry, moment: Moment) -> Change:
    """核查, 审定: somebody other than the doer has seen that it is done. Checkers leave the answer to the desk above."""
    answers = desk_above_the_doer(case) if lies_with_checkers(case) else None
    return Change(
        holder=answers.id if answers else None,
        personal={NOTE: entry.get("words", "")},
        closed_how=ClosedHow.HANDLED,
    )


def redo(case: Case, entry: Entry, moment: Moment) -> Change:
    """退回重办: not done yet; the same desk goes on, and is told why."""
    return Change(holder=case.handler_id, personal={NOTE: entry["words"]})


def reply(case: Case, entry: Entry, moment: Moment) -> Change:
    """答复: 件件有回音."""
    return Change(personal={NOTE: entry["words"]}, closed_how=ClosedHow.HANDLED)


def refer(case: Case, entry: Entry, moment: Moment) -> Change:
    """移交: to the police, the women's federation, child protection; said so."""
    return Change(closed_how=ClosedHow.REFERRED, personal={NOTE: entry["words"]})


def rate(case: Case, entry: Entry, moment: Moment) -> Change:
    """评价: solved and satisfied are two questions. A bad answer starts a new round at a person."""
    solved, satisfied = entry["solved"], entry["satisfied"]
    data = {"solved": solved == Solved.YES, "satisfied": satisfied}
    if solved == Solved.NO or (satisfied == Satisfied.BAD and not only_unsolved(moment.profile)):
        return _again(case, data, entry.get("words", ""))
    return Change(
        to=State.CLOSED, closed_how=ClosedHow.SOLVED, data=data, personal={NOTE: entry.get("words", "")}
    )


def reopen(case: Case, entry: Entry, moment: Moment) -> Change:
    """还没好: within the days the profile gives, a closed matter comes back in a new round."""
    return _again(case, {"was": case.closed_how}, entry["words"])


def contest(case: Case, entry: Entry, moment: Moment) -> Change:
    """不是自家事: once, to a person one level up."""
    up = routing.above(case, case.holder_id)
    return Change(
        holder=up.id if up else None,
        set={"facts": {**case.facts, "contested": True}},
        new_round=True,
        personal={NOTE: entry["words"]},
    )


def lapse(case: Case, entry: Entry, moment: Moment) -> Change:
    """到期: nobody rated, or nobody contested the advice; said as it was."""
    how = ClosedHow.ADVISED if case.state == State.ADVISED else ClosedHow.NOT_RATED
    return Change(closed_how=how)


def refuse(case: Case, entry: Entry, moment: Moment) -> Change:
    """不予受理: with its class, and where to turn."""
    return Change(
        closed_how=ClosedHow.REFUSED, data={"reason": entry["reason"]}, personal={NOTE: entry["words"]}
    )


def withdraw(case: Case, entry: Entry, moment: Moment) -> Change:
    """撤回: the reporter takes it back."""
    return Change(closed_how=ClosedHow.WITHDRAWN, personal={NOTE: entry.get("words", "")})


def supplement(case: Case, entry: Entry, moment: Moment) -> Change:
    """补充: words or photos from the reporter."""
    return Change(personal={NOTE: entry.get("words", "")}, files=entry.get("photos", ()), part="before")


def _again(case: Case, data: dict[str, Any], words: str) -> Change:
    up = routing.above(case, case.handler_id or case.holder_id)
    # At the top it stays with who has it; from a desk that has been closed it goes to who sorts.
    holder = up.id if up else routing.if_open(case.holder_id)
    return Change(
        to=State.RETURNED, holder=holder, new_round=True, data=data,
        set={"done_by_id": None}, personal={NOTE: words},
    )  # fmt: skip
