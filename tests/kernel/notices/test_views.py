from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from linli.kernel.notices import queries, registry, services
from linli.kernel.notices.choices import State
from linli.kernel.notices.models import Notice
from tests.kernel.notices.builders import NOON, PHONE, only, told
from tests.kernel.notices.providers import Sms
from tests.kernel.people.builders import a_holder, a_world, an_administrator, post_of, signed_in

pytestmark = pytest.mark.django_db
PAGE = "/desk/notices"


def test_the_page_lists_what_was_told_to_me_and_to_my_desk_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world(NOON)
    me = a_holder(world.desks["grid"], "grid_worker", NOON)
    monkeypatch.setattr(
        registry, "_links", {"request": lambda _to_kind, params: f"/desk/cases/{params['case']}"}
    )
    case = uuid4()
    for number, (kind, id) in enumerate(
        [
            ("person", me.id),
            ("desk", post_of(me).desk_id),
            ("person", uuid4()),
            ("desk", world.desks["other"].id),
        ],
        1,
    ):
        told(to_kind=kind, to_id=id, dedupe_key=str(number), params={"number": f"no-{number}", "case": case})

    page = signed_in(me).get(PAGE).content.decode()

    assert [f"no-{number}" in page for number in (1, 2, 3, 4)] == [True, True, False, False]
    assert page.count(f'href="/desk/cases/{case}"') == 2
    assert "没有送达" not in page


def test_an_empty_inbox_says_so_and_a_full_one_has_a_next_page() -> None:
    world = a_world(NOON)
    me = a_holder(world.desks["grid"], "grid_worker", NOON)
    client = signed_in(me)
    assert "没有消息。" in client.get(PAGE).content.decode()

    for number in range(queries.PAGE + 1):
        told(to_id=me.id, dedupe_key=str(number), params={"number": f"no-{number:02}"})
    first = client.get(PAGE)
    following = first.context["pager"]["next_url"]
    second = client.get(following)

    assert [len(page.context["items"]) for page in (first, second)] == [queries.PAGE, 1]
    assert "next_url" not in second.context["pager"]
    assert client.get(f"{PAGE}?after=nonsense").status_code == 404


def test_reading_marks_all_of_mine() -> None:
    world = a_world(NOON)
    me = a_holder(world.desks["grid"], "grid_worker", NOON)
    told(to_id=me.id)
    told(dedupe_key="another's")
    client = signed_in(me)

    answer = client.post(f"{PAGE}/read")

    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert Notice.objects.filter(read_at=None).get().dedupe_key == "another's"
    assert client.get(f"{PAGE}/read").status_code == 405


def test_only_the_system_administrator_sees_and_revives_dead_letters_and_no_recipient(sms: Sms) -> None:
    world = a_world(NOON)
    worker, administrator = (
        a_holder(world.desks["grid"], "grid_worker", NOON),
        an_administrator("system_admin", NOON),
    )
    sms.script = ["isv.MOBILE_NUMBER_ILLEGAL"]
    recipient = told(channels=["sms"])[0].to_id
    services.send_due(NOON)
    dead = only("sms")
    revive = f"{PAGE}/{dead.id}/revive"

    page = signed_in(administrator).get(PAGE).content.decode()
    assert "isv.MOBILE_NUMBER_ILLEGAL" in page
    assert str(recipient) not in page
    assert PHONE not in page
    assert "MOBILE_NUMBER" not in signed_in(worker).get(PAGE).content.decode()
    assert signed_in(worker).post(revive).status_code == 404
    assert only("sms").state == State.DEAD

    assert signed_in(administrator).post(revive).status_code == 302
    assert only("sms").state == State.WAITING
    assert signed_in(administrator).post(revive).status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get(PAGE)

    assert answer.status_code == 302
    assert answer["Location"].partition("?")[0].endswith("/sign-in")
