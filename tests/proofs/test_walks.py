"""Ten thousand steps over each local practice, and every row of its table among them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import QuerySet

from linli.foundation.paths import ROOT  # noqa: F401 -- what every path begins with
from linli.kernel.cases.models import Case
from linli.kernel.figures.models import STANDING_DAY
from linli.kernel.journal import services as journal
from linli.kernel.journal import verify
from linli.kernel.journal.models import Event
from tests.kernel.figures.builders import sums_of
from tests.proofs.walking import Walk
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db

WALKS = [
    ("wanshan", "request"), ("leishan", "request"), ("dejiang", "request"), ("jianhe", "request"),
    ("default", "request"), ("default", "protected"),
]  # fmt: skip
# The figure, and the steps that count for it; taken from their meaning, not from their declaration.
COUNTED = {
    "requests.received": ("raise",),
    "requests.accepted": ("accept", "claim"),
    "requests.whistled": ("whistle",),
    "requests.returned": ("return",),
    "requests.escalated": ("escalate",),
    "requests.overdue": ("overdue",),
    "requests.resolved": ("resolve",),
    "requests.approved": ("check", "approve"),
    "requests.rated": ("rate",),
}
# With which step a matter counts as done, by local practice.
DONE = {
    "wanshan": "resolve",
    "leishan": "resolve",
    "dejiang": "resolve",
    "jianhe": "approve",
    "default": "check",
}
JUDGED = ("requests.closed", "requests.done", "requests.solved", "requests.satisfied", "requests.reopened")
FARTHEST = 30_000


@pytest.fixture(autouse=True)
def unchanging_rules(settings):
    """No rule, place or desk changes during a walk, so what is remembered need not be asked after."""
    settings.STAMP_SECONDS = 3600


@pytest.mark.parametrize(("profile", "flow"), WALKS)
def test_three_hundred_random_steps_break_nothing(profile, flow, figure):
    walk = Walk(a_world(profile), flow, seed=300)

    walk.go(attempts=300)

    tell(figure, walk, n=walk.attempts, floor=300)


@pytest.mark.proof
@pytest.mark.parametrize(("profile", "flow"), WALKS)
def test_ten_thousand_random_steps_reach_every_row_and_break_nothing(profile, flow, figure):
    walk = Walk(a_world(profile, fresh=True), flow, seed=20260311)

    walk.go(attempts=10_000, taken=10_000)  # ten thousand steps that happened, beside those that were refused
    while walk.not_taken() and walk.attempts < FARTHEST:  # a rare row may take a little longer
        walk.go(attempts=walk.attempts + 500)

    tell(figure, walk, n=walk.taken.total(), floor=10_000)
    assert walk.not_taken() == set()
    _follow()
    assert _sums() == _recounted(profile)
    assert _standing("requests.open") == _lying(Case.objects.all())
    assert _standing("requests.overdue_now") == _lying(Case.objects.filter(overdue_at__isnull=False))
    # The world's desks and people were set there by a builder, without an appointment in the journal.
    found = [(one.check, one.where) for one in verify.run().findings if not one.check.startswith("people")]
    assert found == []


def tell(figure, walk, *, n: int, floor: int) -> None:
    """What was broken on the way has ended the walk."""
    print(walk.told())
    what = f"random walk through {walk.compiled.profile.key}/{walk.flow}, {walk.attempts - walk.taken.total()} steps of it refused: broken"
    figure("B8", what, target="0", n=n, floor=floor, got=0)


def _follow() -> None:
    while journal.sequence(TEN):
        continue
    while journal.consume("figures", now=TEN):
        continue


def _sums() -> dict[tuple[str, str, object], int]:
    found: Counter[tuple[str, str, object]] = Counter()
    for code in [*COUNTED, *JUDGED]:
        for row in sums_of(code).filter(category=""):
            found[code, row.path, row.day] += row.value
    return dict(found)


def _recounted(profile: str) -> dict[tuple[str, str, object], int]:
    """Go over the events one by one and add each to every place above its case."""
    protected = set(Event.objects.filter(name="request.protect").values_list("subject_id", flat=True))
    counted: Counter[tuple[str, str, object]] = Counter()
    for event in Event.objects.filter(name__startswith="request.").iterator():
        codes = _counting(event, profile)
        day = (event.at + timedelta(hours=8)).date()
        for code in codes if event.subject_id not in protected else ():
            for path in _above(event.data["path"]):
                counted[code, path, day] += 1
    return dict(counted)


def _counting(event: Event, profile: str) -> list[str]:
    """For which figures the event counts, from what it says."""
    step = event.name.partition(".")[2]
    codes = [code for code, steps in COUNTED.items() if step in steps]
    judged = {
        "requests.closed": event.to_state == "closed",
        "requests.done": step == DONE[profile],
        "requests.solved": step == "rate" and event.data["solved"],
        "requests.satisfied": step == "rate" and event.data["satisfied"] == "good",
        "requests.reopened": step in ("rate", "reopen") and event.to_state == "returned",
    }
    return codes + [code for code, is_so in judged.items() if is_so]


def _above(path: str) -> list[str]:
    """A path and every path above it."""
    parts = path.strip("/").split("/")
    return ["/" + "".join(f"{part}/" for part in parts[:length]) for length in range(len(parts) + 1)]


def _standing(figure: str) -> dict[str, int]:
    return dict(sums_of(figure).filter(category="", day=STANDING_DAY).values_list("path", "value"))


def _lying(cases: QuerySet[Case]) -> dict[str, int]:
    """How many of these open requests lie at each place, from the cases themselves."""
    paths = cases.filter(flow="request", closed_at=None).values_list("path", flat=True)
    return dict(Counter(above for path in paths for above in _above(path)))
