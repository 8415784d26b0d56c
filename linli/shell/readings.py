"""Who is told when somebody opens, or wants to open, more personal data than one person may alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from linli.foundation.worktime import SHANGHAI
from linli.kernel.journal import jobs
from linli.kernel.journal.models import Event
from linli.kernel.notices import queries as written
from linli.kernel.notices import registry
from linli.kernel.notices import services as notices
from linli.kernel.notices.services import Telling
from linli.kernel.people import queries as people
from linli.kernel.people.choices import AUDIT_ADMIN, SECURITY_ADMIN
from linli.kernel.rulebook.choices import Capability
from linli.kernel.vault import queries as vault
from linli.kernel.vault.choices import Leave

PAGE = "/desk/reading"
OVER = (Capability.SUPERVISE.value, Capability.APPROVE.value)
TO_READER = {"reading.grant", "reading.refuse", "reading.review", "reading.object"}
TO_OTHERS = {"reading.ask", "reading.take", "reading.stop"}
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def told(event: Event) -> Iterator[Telling]:
    """Say who is told of an event of reading: the reader of an answer, everybody who may answer of the rest."""
    params = {name: event.data[name] for name in ("number", "hours", "opened") if name in event.data}
    if event.name in TO_READER:
        recipients = {UUID(event.data["reader"])}
    elif event.name in TO_OTHERS:
        recipients = _who_may_decide(event)
    else:
        return
    for one in sorted(recipients):
        yield Telling("person", one, event.name, params, f"event-{event.pk}", event.at, event.county)


def _who_may_decide(event: Event) -> set[UUID]:
    """The security administrators and who stands over the post; of a broken glass also the audit administrators."""
    posts = list(people.holders_of_role(SECURITY_ADMIN, event.at))
    if event.post_id:
        posts += people.overseers(event.post_id, OVER, event.at)
    if event.name == "reading.take":
        posts += people.holders_of_role(AUDIT_ADMIN, event.at)
    return {post.account_id for post in posts} - {event.by_id}


@jobs.every(3600, "reading.late")
def tell_late(now: datetime) -> int:
    """Tell the security administrators once a day of each broken glass that nobody has judged for a day."""
    late = [one for one in vault.allowances_open() if one.state == Leave.TAKEN and one.asked_at <= now - DAY]
    notices.tell_all(
        Telling(
            "person", post.account_id, "reading.late", {"number": one.number},
            f"late-{one.pk}-{people.shanghai_day(now)}", now, one.county,
        )
        for one in late
        for post in people.holders_of_role(SECURITY_ADMIN, now)
    )  # fmt: skip
    return len(late)


@jobs.every(3600, "reading.week")
def tell_week(now: datetime) -> int:
    """Tell the audit administrators how much was opened in the week that has ended: numbers, once a week."""
    end = week_start(now)
    start = end - WEEK
    key = f"reading-{start.date()}"
    auditors = people.holders_of_role(AUDIT_ADMIN, now)
    done = written.told_already("reading.week", key)
    untold = [post.account_id for post in auditors if post.account_id not in done]
    if not untold:
        return 0
    params = numbers(vault.opened_between(start, end, most=3))
    notices.tell_all(Telling("person", one, "reading.week", params, key, now, "") for one in untold)
    return len(untold)


def numbers(opened: vault.Opened) -> dict[str, Any]:
    """Return a week as the notice has it: how often, never who or what."""
    agreed = opened.decided.get(Leave.GRANTED, 0)
    taken = sum(opened.decided.get(state, 0) for state in (Leave.TAKEN, Leave.REVIEWED, Leave.OBJECTED))
    return {
        "files": opened.files, "readers": opened.readers, "stopped": opened.stopped, "granted": agreed,
        "refused": opened.decided.get(Leave.REFUSED, 0), "taken": taken,
        "most": opened.by_post[0][1] if opened.by_post else 0,
    }  # fmt: skip


def week_start(now: datetime) -> datetime:
    """Return the last Monday, midnight in Shanghai."""
    local = now.astimezone(SHANGHAI)
    monday = local - timedelta(days=local.weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)


def register() -> None:
    registry.register_link("reading", lambda _to_kind, _params: PAGE)
