from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.kernel.people import queries, services
from linli.kernel.people.models import Account, Post
from tests.kernel.people.builders import (
    World,
    a_holder,
    a_staff,
    a_world,
    an_administrator,
    person,
    post_of,
    signed_in,
)

pytestmark = pytest.mark.django_db
PAGE = "/desk/people"


@pytest.fixture
def world() -> World:
    return a_world(timezone.now())


@pytest.fixture
def head(world: World) -> Account:
    return a_holder(world.desks["community"], "community_head", timezone.now())


def appoint(client: Client, account: Account, world: World, **more: str) -> object:
    data = {
        "account": account.username,
        "role": "grid_worker",
        "desk": str(world.desks["grid"].id),
        "basis": "测试",
    }
    return client.post("/desk/people/posts", data | more)


def test_the_page_lists_posts_on_my_ground_and_no_others(world: World, head: Account) -> None:
    now = timezone.now()
    mine = a_holder(world.desks["grid"], "grid_worker", now)
    above = a_holder(world.desks["street"], "street_leader", now)
    shown = {post.account_id for post in signed_in(head).get(PAGE).context["posts"]}
    assert shown == {head.id, mine.id}
    assert above.id not in shown


def test_the_page_costs_the_same_with_one_post_and_with_three(world: World, head: Account) -> None:
    client = signed_in(head)
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get(PAGE)
        counts.append(len(captured))
        for _post in range(2):
            a_holder(world.desks["grid"], "grid_worker", timezone.now())
    assert counts[0] == counts[1]


def test_the_list_goes_on_page_by_page_without_a_gap(world: World, head: Account) -> None:
    now = timezone.now()
    made = {post_of(a_holder(world.desks["grid"], "grid_worker", now)).id for _post in range(5)}
    viewer = queries.viewer_of(head, now)
    seen, after = [], None
    for _page in range(3):
        page = queries.posts_under(viewer, now, after=after, limit=2)
        seen += [post.id for post in page.posts]
        after = page.after
    assert after is None
    assert len(seen) == len(set(seen)) == 6
    assert set(seen) == made | {post_of(head).id}


@pytest.mark.parametrize("role", ["grid_worker", "audit_admin"])
def test_to_who_may_neither_appoint_nor_confirm_there_is_no_page(world: World, role: str) -> None:
    now = timezone.now()
    account = (
        a_holder(world.desks["grid"], role, now) if role == "grid_worker" else an_administrator(role, now)
    )
    client = signed_in(account)
    assert client.get(PAGE).status_code == 404
    assert appoint(client, a_staff(now), world).status_code == 404
    assert client.post("/desk/people/accounts", {"name": "某", "username": "newcomer"}).status_code == 404


def test_a_stranger_is_sent_to_sign_in(world: World) -> None:
    assert Client().get(PAGE)["Location"] == "/desk/sign-in?next=/desk/people"


def test_appointing_from_the_page(world: World, head: Account) -> None:
    account = a_staff(timezone.now())
    assert appoint(signed_in(head), account, world)["Location"] == PAGE
    assert post_of(account).made_by == head.id


def test_a_refused_appointment_keeps_what_was_typed(world: World, head: Account) -> None:
    response = appoint(signed_in(head), head, world)
    assert response.status_code == 422
    assert "不能任免自己" in response.content.decode()
    assert f'value="{head.username}"' in response.content.decode()


def test_a_desk_above_is_no_choice(world: World, head: Account) -> None:
    account = a_staff(timezone.now())
    response = appoint(
        signed_in(head), account, world, desk=str(world.desks["street"].id), role="street_leader"
    )
    assert response.status_code == 422
    assert account.posts.count() == 0


def test_ending_and_replacing_from_the_page(world: World, head: Account) -> None:
    now = timezone.now()
    old, new = a_holder(world.desks["grid"], "grid_worker", now), a_staff(now)
    client, post = signed_in(head), post_of(old)
    assert "留在岗台上" in client.get(f"/desk/people/posts/{post.id}/replace").content.decode()
    client.post(f"/desk/people/posts/{post.id}/replace", {"account": new.username, "basis": "测试"})
    assert old.posts.get().ends_at is not None
    client.post(f"/desk/people/posts/{post_of(new).id}/end")
    assert new.posts.get().ends_at is not None


@pytest.mark.parametrize("verb", ["end", "replace", "confirm"])
def test_a_post_that_is_not_on_my_ground_is_absent(world: World, head: Account, verb: str) -> None:
    above = a_holder(world.desks["street"], "street_leader", timezone.now())
    response = signed_in(head).post(f"/desk/people/posts/{post_of(above).id}/{verb}")
    assert response.status_code == 404
    assert post_of(above).ends_at is None


def test_the_second_person_finds_what_waits_and_confirms_it(world: World) -> None:
    now = timezone.now()
    security, system = an_administrator("security_admin", now), an_administrator("system_admin", now)
    account = a_staff(now)
    post = services.appoint(
        account_id=account.id,
        role_code="community_head",
        desk_id=world.desks["community"].id,
        by=person(security),
        now=now,
    )
    client = signed_in(system)
    assert [waiting.id for waiting in client.get(PAGE).context["posts"]] == [post.id]
    assert client.post(f"/desk/people/posts/{post.id}/confirm")["Location"] == PAGE
    assert Post.objects.get(id=post.id).confirmed_by == system.id


def test_an_account_is_opened_with_a_code_shown_once(world: World, head: Account) -> None:
    client = signed_in(head)
    response = client.post(
        "/desk/people/accounts", {"name": "辛某", "username": "new.comer", "phone": "13800000055"}
    )
    code = response.context["code"]
    assert code in response.content.decode()
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert services.join(
        username="new.comer", code=code, password="一个写得足够长的密码呀呀", now=timezone.now()
    )


@pytest.mark.parametrize("path", ["/desk/people/posts", "/desk/people/accounts"])
def test_what_changes_something_is_a_post(world: World, head: Account, path: str) -> None:
    assert signed_in(head).get(path).status_code == 405


def test_the_imports_posts_are_shown_to_the_security_administrator(world: World) -> None:
    now = timezone.now()
    security = an_administrator("security_admin", now)
    worker = a_holder(world.desks["grid"], "grid_worker", now)
    shown = {post.account_id for post in signed_in(security).get(PAGE).context["posts"]}
    assert shown == {security.id, worker.id}
