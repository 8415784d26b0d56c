"""What the case page says to who works on it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from linli.foundation.templatetags.ui import when
from linli.kernel.cases.models import Assignment
from tests.kernel.people.builders import signed_in
from tests.world import a_world

pytestmark = pytest.mark.django_db


def test_the_card_of_a_called_unit_says_until_when_it_must_have_come():
    world, now = a_world("wanshan"), timezone.now()
    case = world.raise_case(now=now)
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now, desk=str(world.desks["property"].pk))
    world.take(case, "accept", "property", now)
    water = world.desks["department:water"]
    world.take(case, "whistle", "property", now, lead=str(water.pk), words="请来看主管。")
    arrive_by = Assignment.objects.get().arrive_by
    client, said = signed_in(world.people["property"]), f"到场时限 {when(arrive_by, now)}"

    assert arrive_by > now
    assert said in client.get(f"/desk/cases/{case.pk}").content.decode()

    world.take(case, "arrive", "department:water", now)
    after = client.get(f"/desk/cases/{case.pk}").content.decode()
    assert said not in after
    assert "还没到场" not in after
