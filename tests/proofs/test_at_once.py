"""Two people press at the same moment, one sends sixty-four times: with real threads and real commits."""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from PIL import Image

from linli.foundation.errors import DomainError, InvalidInput
from linli.foundation.rules import ANYONE, Actor, Moment
from linli.kernel.cases import services
from linli.kernel.cases.models import Assignment, Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.files import services as files
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import history_of
from linli.kernel.vault.models import Record
from tests.world import TEN, a_person, a_world

pytestmark = pytest.mark.usefixtures("committed_db")
KEY = "the-secret-of-one-send"
SAID = "三栋二单元楼道灯不亮"


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Let ``count`` threads go at the same moment; a refusal is an answer, anything else is raised."""
    start = threading.Barrier(count)

    def run(number: int) -> Any:
        try:
            start.wait(60)
            return work(number)
        except DomainError as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def send(world, *, key=KEY, text=SAID, actor=None, now=TEN):
    moment = Moment(actor or ANYONE, None, now)
    data = {"text": text, "place": str(world.building.pk), "contact_phone": "13812345678"}
    return services.open_case(flow="request", data=data, moment=moment, key=key)


def counts():
    return Case.objects.count(), Event.objects.filter(subject_kind="case").count(), Record.objects.count()


def test_sixty_four_sends_of_one_key_are_one_case_with_one_code(figure):
    world = a_world()

    opened = at_once(64, lambda _number: send(world))

    found = {one.case.pk for one in opened}, {one.code for one in opened}
    figure(
        "B3",
        "sends of one key at once: cases, codes",
        target="1, 1",
        n=len(opened),
        floor=64,
        got=", ".join(str(len(one)) for one in found),
    )
    assert len(found[0]) == 1
    assert {one.code for one in opened} == {tracking_code(opened[0].case.pk)}
    assert Counter(one.again for one in opened) == {False: 1, True: 63}
    assert counts() == (1, 1, 2)


def test_another_body_under_the_same_key_is_refused_and_nothing_is_written():
    world = a_world()
    send(world)
    before = counts()

    answers = at_once(8, lambda number: send(world, text=f"{SAID}，第{number}次"))

    assert answers == ["InvalidInput"] * 8
    assert InvalidInput.status == 422
    assert counts() == before


def test_a_key_belongs_to_who_sent_it():
    world = a_world()
    mine = send(world, actor=Actor("person", world.people["grid"].pk))
    theirs = send(world, actor=Actor("person", world.people["grid2"].pk))
    nobodys = send(world)

    assert len({mine.case.pk, theirs.case.pk, nobodys.case.pk}) == 3
    assert send(world, actor=Actor("person", world.people["grid"].pk)).case.pk == mine.case.pk


def test_sent_again_after_the_case_has_moved_on_it_is_the_same_case_and_code():
    world = a_world()
    first = send(world)
    world.take(first.case, "sort", "community", sort="public", reason="law")
    world.take(first.case, "dispatch", "community")
    before = counts()

    again = send(world, now=TEN + timedelta(days=30))

    assert (again.case.pk, again.code, again.again, again.case.state) == (
        first.case.pk, first.code, True, "dispatched",
    )  # fmt: skip
    assert counts() == before


def test_sixty_four_different_sends_at_once_are_sixty_four_cases_with_numbers_of_their_own():
    world = a_world()

    opened = at_once(64, lambda number: send(world, key=f"{KEY}-{number}"))

    assert len({one.case.pk for one in opened}) == len({one.case.number for one in opened}) == 64
    assert counts() == (64, 64, 128)


def test_of_two_presses_at_the_same_moment_exactly_one_counts():
    world = a_world()
    case = world.raise_case()
    data = {"sort": "public", "reason": "law"}
    moment = world.viewer("community").moment(case, TEN)

    def press(_number):
        return services.take(case_id=case.pk, step="sort", data=data, moment=moment, version=1).state

    answers = at_once(2, press)

    assert Counter(answers) == {"sorted": 1, "WrongState": 1}
    assert [event.name for event in history_of("case", case.pk)] == ["request.raise", "request.sort"]


def test_twenty_matters_with_two_steps_pressed_at_once_keep_one_each():
    world = a_world()
    cases = [world.raise_case() for _ in range(20)]
    moment = world.viewer("community").moment(None, TEN)
    told = Counter()
    for case in cases:
        steps = [
            ("sort", {"sort": "public", "reason": "law"}),
            ("refuse", {"reason": "in_court", "words": "请等判决。"}),
        ]
        told.update(
            at_once(4, lambda n, steps=steps, pk=case.pk: services.take(
                case_id=pk, step=steps[n % 2][0], data=steps[n % 2][1], moment=moment, version=1
            ).version)
        )  # fmt: skip
        assert [event.version for event in history_of("case", case.pk)] == [1, 2]

    assert told == {2: 20, "WrongState": 60}


def test_of_sixteen_who_claim_at_once_exactly_one_has_it():
    world = a_world("jianhe")
    case = world.raise_case()
    case = world.take(case, "publish", "community")
    claimants = []
    for number in range(16):
        key = f"claimant{number}"
        world.people[key] = a_person(world, key, "member_claimant", world.community, world.desks["members"])
        claimants.append(world.viewer(key).moment(case, TEN))

    answers = at_once(
        16,
        lambda n: (
            services.take(
                case_id=case.pk, step="claim", data={}, moment=claimants[n], version=case.version
            ).state
        ),
    )

    assert Counter(answers) == {"handling": 1, "WrongState": 15}
    assert [event.name for event in history_of("case", case.pk)].count("request.claim") == 1


def test_of_eight_whistles_at_once_one_calls_and_no_desk_is_called_twice():
    world = a_world()
    case = world.raise_case()
    world.take(case, "sort", "community", sort="shared", reason="common_part")
    world.take(case, "dispatch", "community")
    case = world.take(case, "accept", "property")
    moment = world.viewer("property").moment(case, TEN)
    data = {"lead": str(world.desks["department:water"].pk), "words": "请来。"}

    answers = at_once(
        8,
        lambda _n: (
            services.take(
                case_id=case.pk, step="whistle", data=data, moment=moment, version=case.version
            ).state
        ),
    )

    assert Counter(answers) == {"handling": 1, "WrongState": 7}
    assert Assignment.objects.filter(case=case).count() == 1


def test_a_page_that_is_sent_again_uploads_its_photo_again_and_is_the_same_case():
    world = a_world()
    first, again = photo(), photo()

    opened = [
        services.open_case(
            flow="request", data={"place": str(world.building.pk), "photos": [one.pk]}, moment=Moment(ANYONE, None, TEN),
            key=KEY,
        )
        for one in (first, again)
    ]  # fmt: skip

    assert [one.again for one in opened] == [False, True]
    assert opened[0].case.pk == opened[1].case.pk
    with pytest.raises(InvalidInput, match="已经用过"):
        services.open_case(
            flow="request", data={"place": str(world.building.pk), "photos": [photo("blue").pk]},
            moment=Moment(ANYONE, None, TEN), key=KEY,
        )  # fmt: skip


def photo(colour="red"):
    content = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(content, "JPEG")
    return files.receive(io.BytesIO(content.getvalue()), actor=ANYONE, now=TEN)
