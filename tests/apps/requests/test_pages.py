"""The resident's pages and the desk's, as browsers without JavaScript and with htmx see them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from tests.kernel.people.builders import signed_in
from tests.world import a_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return a_world("wanshan")


def send(client, world, **changes):
    entry = {"text": "三栋二单元楼道灯不亮", "place": str(world.building.id), "key": "k" * 20, **changes}
    return client.post(reverse("requests:report"), entry)


def test_a_stranger_reports_and_gets_a_tracking_code(client, world):
    response = send(client, world)

    case = Case.objects.get()
    assert response.status_code == 302
    assert response.url == f"/report/sent/{tracking_code(case.pk)}"
    page = client.get(response.url)
    assert tracking_code(case.pk) in page.content.decode()


def test_a_resend_with_the_same_key_is_the_same_case(client, world):
    first, again = send(client, world), send(client, world)

    assert again.url == f"{first.url}?again=1"
    assert Case.objects.count() == 1


def test_another_body_with_that_key_is_refused(client, world):
    send(client, world)
    response = send(client, world, text="另外一件事")

    assert response.status_code == 422
    assert Case.objects.count() == 1


def test_a_report_without_words_and_photo_says_what_is_missing(client, world):
    response = send(client, world, text="")

    assert response.status_code == 422
    assert "请说一句出了什么事" in response.content.decode()


def test_the_tracking_page_shows_who_holds_it_and_no_words_of_the_reporter(client, world):
    case = world.raise_case(text="三栋二单元楼道灯不亮，找李四")
    page = client.get(reverse("requests:track", args=[tracking_code(case.pk)]))

    html = page.content.decode()
    assert world.desks["community"].name in html
    assert "李四" not in html
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]


def test_the_desk_finds_the_case_in_its_inbox_and_takes_a_step(world):
    case = world.raise_case()
    client = signed_in(world.people["community"])

    inbox = client.get("/desk/")
    assert case.number in inbox.content.decode()
    page = client.get(f"/desk/cases/{case.pk}")
    assert "三栋二单元楼道灯不亮" in page.content.decode()
    response = client.post(
        f"/desk/cases/{case.pk}/sort",
        {"version": case.version, "sort": "public", "reason": "law", "words": ""},
    )
    assert response.status_code == 302
    case.refresh_from_db()
    assert case.state == "sorted"


def test_a_refused_step_says_why_and_changes_nothing(world):
    case = world.raise_case()
    client = signed_in(world.people["community"])

    response = client.post(
        f"/desk/cases/{case.pk}/accept", {"version": case.version}, headers={"HX-Request": "true"}
    )

    assert response.status_code == 409
    case.refresh_from_db()
    assert case.state == "submitted"


def test_what_another_desk_holds_is_absent(world):
    case = world.raise_case()
    client = signed_in(world.people["grid2"])

    assert client.get(f"/desk/cases/{case.pk}").status_code == 404


def test_a_protected_matter_shows_whom_to_ring_and_names_nothing(client, world):
    response = client.post(
        reverse("requests:report"),
        {"text": "老公打我，很害怕", "place": str(world.building.id), "key": "p" * 20},
    )

    sent = client.get(response.url).content.decode()
    track = client.get(response.url.replace("/report/sent/", "/t/")).content.decode()
    for html in (sent, track):
        assert 'href="tel:110"' in html
        assert 'href="tel:12338"' in html
        assert "家庭暴力" not in html
        assert "受保护事项" in html


def test_the_page_offers_the_desk_that_the_category_names(world):
    case = world.raise_case()
    world.take(case, "sort", "community", sort="shared", reason="common_part")
    page = signed_in(world.people["community"]).get(f"/desk/cases/{case.pk}").content.decode()

    assert f'<option value="{world.desks["property"].pk}" selected>' in page
