"""A right that is taken away is gone at the next request: on pages, in the API, for pictures and tables, in open sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.foundation.rules import IMPORT, Actor
from linli.kernel.people import services
from linli.kernel.people.choices import SECURITY_ADMIN
from tests.kernel.files.builders import a_ready_picture
from tests.kernel.people.builders import an_administrator, post_of, signed_in
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db


@dataclass
class Here:
    """A grid worker with an open session, who has just accepted a case, and what they can reach."""

    world: Any
    case: Any
    picture: Any
    client: Client
    security: Any

    def answers(self) -> dict[str, int]:
        """Ask everything that the case can be reached by."""
        case, body = self.case, {"version": self.case.version, "words": "x"}
        asked = {
            "page": self.client.get(f"/desk/cases/{case.pk}"),
            "its words": self.client.post(f"/desk/cases/{case.pk}/open", {"purpose": "check_result"}),
            "who reported": self.client.post(f"/desk/cases/{case.pk}/open", {"purpose": "contact_reporter"}),
            "who read": self.client.get(f"/desk/cases/{case.pk}/reads"),
            "a step": self.client.post(f"/desk/cases/{case.pk}/progress", body),
            "operation": self.client.get(f"/api/v1/requests/{case.pk}"),
            "a step by operation": self.client.post(
                f"/api/v1/requests/{case.pk}/progress", body, content_type="application/json"
            ),
            "picture": self.client.get(f"/files/{self.picture}/page"),
        }
        b"".join(asked["picture"])  # an open file until it has been sent
        return {name: answer.status_code for name, answer in asked.items()}

    def table(self) -> tuple[int, bool, bool]:
        """Ask for the table to take away; say whether it holds the case, and whether it is still being written."""
        answer = self.client.get("/desk/cases?format=csv")
        return answer.status_code, self.case.number.encode() in answer.content, answer.streaming


@pytest.fixture
def here():
    now, world = timezone.now(), a_world("wanshan")
    security = an_administrator(SECURITY_ADMIN, TEN, password="of no use here")
    case = world.raise_case(now=now, text="楼上漏水，天花板滴水", contact_phone="13800138000")
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now, desk=str(world.desks["grid"].pk))
    case = world.take(case, "accept", "grid", now)
    picture = a_ready_picture(subject_id=case.pk).pk
    return Here(world, case, picture, signed_in(world.people["grid"]), Actor("person", security.pk))


def end(here: Here) -> None:
    services.end_post(post_id=post_of(here.world.people["grid"]).pk, by=here.security, now=timezone.now())


def move(here: Here) -> None:
    end(here)
    services.appoint(
        account_id=here.world.people["grid"].pk, role_code="grid_worker", desk_id=here.world.desks["grid2"].pk,
        by=here.security, now=timezone.now(),
    )  # fmt: skip


def replace(here: Here) -> None:
    services.replace_holder(
        post_id=post_of(here.world.people["grid"]).pk, account_id=here.world.people["grid2"].pk,
        by=here.security, now=timezone.now(),
    )  # fmt: skip


def close(here: Here) -> None:
    end(here)
    services.deactivate(account_id=here.world.people["grid"].pk, by=IMPORT, now=timezone.now())


ABSENT = dict.fromkeys(
    (
        "page",
        "its words",
        "who reported",
        "who read",
        "a step",
        "operation",
        "a step by operation",
        "picture",
    ),
    404,
)
SIGNED_OUT = dict.fromkeys(ABSENT, 302) | {"operation": 401, "a step by operation": 401, "picture": 404}


@pytest.mark.parametrize("take_away", [end, move, replace, close])
def test_what_was_open_a_moment_ago_is_closed_at_the_next_request(here, take_away, figure):
    assert here.table() == (200, True, False)  # it is written whole: there is none under way to be stopped
    take_away(here)

    assert here.answers() == SIGNED_OUT
    assert here.table() == (302, False, False)
    name = take_away.__name__
    figure("G4", f"{name}: still open at the next request", target="0", n=len(SIGNED_OUT) + 1, floor=9, got=0)


@pytest.mark.parametrize(("take_away", "table"), [(end, 404), (move, 200), (replace, 404)])
def test_nor_is_it_open_to_who_signs_in_anew(here, take_away, table):
    take_away(here)
    here.client = signed_in(here.world.people["grid"])

    assert here.answers() == ABSENT
    assert here.table() == (table, False, False)


def test_while_the_post_lasts_all_of_it_is_open(here):
    case = here.case
    assert here.answers() == dict.fromkeys(ABSENT, 200) | {"a step": 302, "a step by operation": 409}
    case.refresh_from_db()
    assert case.version > 0
