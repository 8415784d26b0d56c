"""What can be seen of cases. ``visible_to`` is where every page and endpoint starts."""

from linli.kernel.cases.queries.inbox import band_counts, called_to, inbox
from linli.kernel.cases.queries.newest import newest
from linli.kernel.cases.queries.passing import passed_through
from linli.kernel.cases.queries.seeing import (
    as_seen,
    by_code,
    find,
    own,
    supervised,
    visible_to,
    with_late_calls,
)
from linli.kernel.cases.queries.telling import HistoryLine, history, stepbar

__all__ = [
    "HistoryLine",
    "as_seen",
    "band_counts",
    "by_code",
    "called_to",
    "find",
    "history",
    "inbox",
    "newest",
    "own",
    "passed_through",
    "stepbar",
    "supervised",
    "visible_to",
    "with_late_calls",
]
