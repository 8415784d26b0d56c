"""A random walk over requests about one's own data: beside each lies the matter that it is about, open or done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from linli.apps.privacy import jobs as privacy
from linli.foundation.rules import Actor, Moment
from linli.kernel.cases import services
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import Positioned
from linli.kernel.vault import services as vault
from linli.kernel.vault.models import Record
from tests.proofs import actors
from tests.proofs.walking import LATEST, Walk
from tests.world import World, a_person

WISHES = ("erase", "erase", "correct", "object", "explain", "copy")
MONTH = timedelta(days=31)


def with_two_officers(world: World) -> World:
    """Who answered once does not answer again: there must be another."""
    county = (world.county, world.desks["county"])
    world.people["county_second"] = a_person(world, "county_second", "county_dispatcher", *county)
    return world


class DataWalk(Walk):
    """``erased`` counts what the answers erased; what is about a matter still open is restricted first."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(with_two_officers(world), "data", seed)
        self.abouts: list[UUID] = []
        self.erased = 0
        self.carried = self.newest

    def _raise(self) -> None:
        """Somebody asks by a tracking code, or a desk writes it down for them, sometimes badly."""
        bad = self.pick.random() < 0.1
        about = self._a_matter()
        entry: dict[str, Any] = {"category": self.pick.choice(WISHES), "words": actors.WORDS}
        moment = Moment(Actor("code", about.pk), None, self.now)
        if self.pick.random() < 0.3:
            entry |= {"channel": "counter", "code": tracking_code(about.pk)}
            moment = self.cast.moment("county", None, self.now)
        entry = actors.spoiled(entry, self.pick) if bad else entry
        self._open("data", entry, moment, bad=bad)

    def _a_matter(self) -> Case:
        """Report something; half of it has been done with by the time its data is asked about."""
        said = actors.raising("request", self.world.grid2.pk, self.pick)
        case = services.open_case(
            flow="request", data=said, moment=self.cast.moment("stranger", None, self.now)
        ).case
        self.abouts.append(case.pk)
        self._look(case.pk, 1)
        self._move_on()
        if self.pick.random() < 0.5:
            self._withdrawn(case)
        return case

    def _withdrawn(self, case: Case) -> None:
        moment = Moment(Actor("code", case.pk), case, self.now)
        if case.flow == "request" and case.closed_at is None:
            services.take(case_id=case.pk, step="withdraw", data={}, moment=moment)
            self._look(case.pk, 1)
            self._move_on()

    def _let_the_clock_work(self) -> None:
        """What the answers call for is carried out; some matters end; what waited for that is closed."""
        told = Event.objects.filter(id__gt=self.carried, name__in=("data.grant", "data.hold")).order_by("id")
        held = Record.objects.filter(subject_id__in=self.abouts, erased_at=None).count()
        privacy.carry_out([Positioned(number, event) for number, event in enumerate(told)])
        self.erased += held - Record.objects.filter(subject_id__in=self.abouts, erased_at=None).count()
        self.carried = self.newest
        for case in Case.objects.filter(pk__in=self.abouts, closed_at=None).order_by("pk")[:3]:
            self._withdrawn(case)
        closed = set(Case.objects.filter(flow="data", state="restricted").values_list("pk", flat=True))
        done = privacy.complete(self.now)
        for pk in sorted(closed - set(self._restricted())):
            self._look(pk, 1)
        assert done == len(closed) - len(self._restricted())
        self.by_clock += done
        self._move_on()
        super()._let_the_clock_work()

    def told(self) -> str:
        return f"{super().told()}, erased {self.erased}"

    def come_to_an_end(self) -> None:
        """End every matter, carry out what was answered, and let the days of what was put off come."""
        self._let_the_clock_work()
        for case in Case.objects.filter(pk__in=self.abouts, closed_at=None).order_by("pk"):
            self._withdrawn(case)
        assert not Case.objects.filter(pk__in=self.abouts, closed_at=None).exists()
        while vault.finish_restricted(LATEST + MONTH):
            continue

    def _restricted(self) -> list[UUID]:
        return list(Case.objects.filter(flow="data", state="restricted").values_list("pk", flat=True))

    def _promised(self, case: Case, step: str, moment: Any) -> bool:
        """Only an erasure can be put off."""
        is_odd = step == "hold" and case.category != "erase"
        return not is_odd and super()._promised(case, step, moment)
