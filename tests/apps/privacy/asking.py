"""Somebody who reports things and asks about their data, and the desks that answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from linli.apps.privacy import jobs
from linli.foundation.rules import Actor, Moment
from linli.kernel.cases import queries as cases
from linli.kernel.cases import services
from linli.kernel.cases.models import Case
from linli.kernel.cases.services import words
from linli.kernel.journal import queries as journal
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import Positioned
from linli.kernel.people import queries as people
from linli.kernel.people.models import Account
from linli.kernel.people.services.accounts import resident_for
from linli.kernel.vault import services as vault
from linli.kernel.vault.models import Record
from tests.world import TEN, World, a_person

PHONE = "+8613812340001"
WORDS, NAME, LEFT = "金丝雀说三栋的灯不亮", "雀某甲", "13812349876"


class Asked:
    def __init__(self, world: World) -> None:
        self.world = world
        self.me: Account = resident_for(PHONE, TEN)
        world.people["me"] = self.me
        county = (world.county, world.desks["county"])
        world.people["county_second"] = a_person(world, "county_second", "county_dispatcher", *county)

    def reports(self, who: str = "me", **data: Any) -> Case:
        said = {"text": WORDS, "contact_name": NAME, "contact_phone": LEFT, **data}
        return self.world.raise_case(who=who, **said)

    def closed(self, case: Case, now: datetime = TEN) -> Case:
        """End it with advice that nobody contests."""
        self.world.take(
            case, "sort", "community", now, sort="own", reason="household", words="您可以自己换灯泡"
        )
        return self.world.take(case, "lapse", "clock", now + timedelta(days=8))

    def ask(self, wish: str = "erase", *, who: str = "me", now: datetime = TEN, **data: Any) -> Case:
        moment = self.world.moment(who, now)
        return services.open_case(flow="data", data={"category": wish, **data}, moment=moment).case

    def ask_by_code(self, about: Case, wish: str = "erase", *, now: datetime = TEN, **data: Any) -> Case:
        moment = Moment(Actor("code", about.pk), None, now)
        return services.open_case(flow="data", data={"category": wish, **data}, moment=moment).case

    def answer(
        self, case: Case, step: str = "grant", who: str = "county", now: datetime = TEN, **data: Any
    ) -> Case:
        after = self.world.take(case, step, who, now, **data)
        self.carry_out()
        return after

    def carry_out(self) -> None:
        """Do what follows from the answers, as the consumer is given them."""
        events = Event.objects.filter(name__in=("data.grant", "data.hold")).order_by("id")
        jobs.carry_out([Positioned(number, event) for number, event in enumerate(events)])

    def said_to_me(self, case: Case) -> str:
        """What the bearer of the request's code reads of the answers."""
        lines = [line for line in cases.history(case) if line.told]
        bearer = Actor("code", case.pk)
        found = words.notes_of(case, lines, actor=bearer, post_id=None, purpose="own", now=TEN)
        return "\n".join(found.values())

    def held(self, subjects: Sequence[UUID]) -> list[str]:
        """Codes of what is still there of these subjects."""
        rows = Record.objects.filter(subject_id__in=subjects, erased_at=None).order_by("code", "id")
        return list(rows.values_list("code", flat=True))

    def notes(self, case: Case) -> list[UUID]:
        return [UUID(e.data["note"]) for e in journal.history_of("case", case.pk) if e.data.get("note")]

    def opened(self, case: Case, purpose: str, who: str = "community") -> dict[str, str]:
        viewer = people.viewer_of(self.world.people[who], TEN)
        return vault.read(
            subject_kind="case", subject_id=case.pk, codes=["requests.text"], actor=viewer.actor,
            post_id=viewer.post.id if viewer.post else None, purpose=purpose, task=case.number, now=TEN,
        )  # fmt: skip
