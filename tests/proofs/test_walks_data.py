"""Ten thousand steps over requests about one's own data, and every state times every step (B8)."""

from __future__ import annotations

from typing import Any

import pytest

from linli.foundation.rules import Actor, Moment
from linli.kernel.cases import services
from linli.kernel.cases.models import Case
from linli.kernel.journal import verify
from linli.kernel.vault.models import Record
from tests.proofs import actors
from tests.proofs.test_declared import Board
from tests.proofs.test_walks import tell
from tests.proofs.walking_data import DataWalk, with_two_officers
from tests.world import TEN, World, a_world

pytestmark = pytest.mark.django_db
FARTHEST = 30_000
# By hand, as the law and the flow's page have it: who asked may add and take back, an officer answers, the clock ends.
DECLARED = {
    "asked": {"grant", "hold", "refuse", "withdraw", "supplement", "overdue", "schedule"},
    "restricted": {"complete"},
    "closed": {"contest"},
}
WAYS: dict[str, tuple[str, ...]] = {"asked": (), "restricted": ("hold",), "closed": ("refuse",)}


@pytest.fixture(autouse=True)
def unchanging_rules(settings: Any) -> None:
    settings.STAMP_SECONDS = 3600


def test_three_hundred_random_steps_break_nothing(figure):
    walk = DataWalk(a_world("default"), seed=300)

    walk.go(attempts=300)

    tell(figure, walk, n=walk.attempts, floor=300)
    assert walk.not_taken() == set()
    assert walk.erased > 0
    _nothing_is_left_of_what_was_erased(walk)


@pytest.mark.proof
def test_ten_thousand_random_steps_reach_every_row_and_break_nothing(figure):
    walk = DataWalk(a_world("default", fresh=True), seed=20260311)

    walk.go(attempts=10_000, taken=10_000)
    while walk.not_taken() and walk.attempts < FARTHEST:
        walk.go(attempts=walk.attempts + 500)

    tell(figure, walk, n=walk.taken.total(), floor=10_000)
    assert walk.not_taken() == set()
    _nothing_is_left_of_what_was_erased(walk)
    # The world's desks and people were set there by a builder, without an appointment in the journal.
    found = [(one.check, one.where) for one in verify.run().findings if not one.check.startswith("people")]
    assert found == []


def _nothing_is_left_of_what_was_erased(walk: DataWalk) -> None:
    """Once every matter has ended and every day has come, who was told that all is erased has nothing left."""
    walk.come_to_an_end()
    done = Case.objects.filter(flow="data", closed_how="done", category="erase")
    abouts = [case.facts["about"][1] for case in done]
    assert len(abouts) >= walk.taken["complete"] > 0
    left = Record.objects.filter(subject_kind="case", subject_id__in=abouts, erased_at=None)
    assert list(left.values_list("subject_id", "code")) == []


def test_only_declared_steps_happen_and_each_says_who_and_when(figure):
    DataBoard(with_two_officers(a_world("default"))).go_through(DECLARED, figure)


class DataBoard(Board):
    """A request about what somebody reported, in whichever state is asked for."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "data")

    def case_in(self, state: str) -> Case:
        said = actors.raising("request", self.world.building.pk, self.pick)
        stranger = self.cast.moment("stranger", None, TEN)
        about = services.open_case(flow="request", data=said, moment=stranger).case
        asking = Moment(Actor("code", about.pk), None, TEN)
        case = services.open_case(flow="data", data={"category": "erase"}, moment=asking).case
        for step in WAYS[state]:
            case = self._take(case, step, "county")
        assert case.state == state
        return case
