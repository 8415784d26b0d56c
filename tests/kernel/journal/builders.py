"""Small histories."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from linli.foundation.ids import new_id
from linli.foundation.rules import CLOCK
from linli.kernel.journal import services
from linli.kernel.journal.models import Event
from tests.kernel.journal.conftest import NOW, Thing


def a_thing(**columns: Any) -> Thing:
    thing = Thing(county="520100", **columns)
    step(thing, "thing.raise", "raised")
    return thing


def step(thing: Thing, name: str = "thing.move", to: str = "moved", **more: Any) -> Event:
    with transaction.atomic():
        return services.advance(thing, name=name, to_state=to, actor=CLOCK, at=NOW, **more)


def a_record(name: str = "setting.change", **more: Any) -> Event:
    with transaction.atomic():
        return services.record(
            subject_kind="setting",
            subject_id=more.pop("subject_id", None) or new_id(),
            county="520100",
            name=name,
            actor=CLOCK,
            at=NOW,
            **more,
        )
