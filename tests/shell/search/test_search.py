from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from linli.kernel.cases.models import Case
from linli.kernel.journal import services as journal
from linli.kernel.vault import services as vault
from linli.shell.search import queries, services
from linli.shell.search.models import Entry
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return a_world("wanshan")


def indexed(*cases):
    services.index(case.pk for case in cases)


def found(world, text, who="supervisor"):
    return set(queries.cases(world.viewer(who), text).values_list("pk", flat=True))


def by_journal():
    """Let the real consumer follow the journal."""
    journal.sequence(TEN)
    while journal.consume("search", now=TEN):
        continue


def test_a_case_is_found_by_number_place_and_category(world):
    case = world.raise_case(category="homes.light")
    by_journal()
    for text in (case.number, "试点社区", "点社", "三栋", "第一网格", "万山区 三栋", f"{case.number} 社区"):
        assert found(world, text) == {case.pk}, text


def test_a_case_is_not_found_by_other_words(world):
    case = world.raise_case()
    indexed(case)
    for text in ("四栋", "区社", "社区试点", "三栋 四栋", "试区"):
        assert found(world, text) == set(), text


def test_what_somebody_said_cannot_be_searched(world):
    case = world.raise_case(text="金丝雀飞走了")
    indexed(case)
    assert found(world, "金丝雀") == set()
    assert found(world, "三栋") == {case.pk}
    spelt = "".join(f"{ord(letter):06x}" for letter in "金丝")
    assert spelt not in Entry.objects.get().tokens


@pytest.mark.parametrize("letter", list("试点社区三栋万山网格"))
def test_a_single_character_is_found_wherever_it_stands(world, letter):
    case = world.raise_case()
    indexed(case)
    assert found(world, letter) == {case.pk}


@pytest.mark.parametrize(
    "text", ["%", "_", "'", '"', "*", "三%", "NEAR(三栋", "三栋 OR", "-", "(", ":*", "\\", "", "  ", "!"]
)
def test_signs_are_no_query_language(world, text):
    case = world.raise_case()
    indexed(case)
    wanted = {case.pk} if text.startswith("三%") else set()
    assert found(world, text) == wanted


def test_signs_between_words_only_part_them(world):
    case = world.raise_case()
    indexed(case)
    assert found(world, '"三栋" % 第一网格\' _') == {case.pk}


def test_what_the_viewer_may_not_see_is_neither_found_nor_counted(world):
    mine, other = world.raise_case(), world.raise_case(place=str(world.grid2.id))
    indexed(mine, other)
    assert found(world, "试点社区") == {mine.pk, other.pk}
    other_desk = queries.cases(world.viewer("department:water"), "试点社区")
    assert (other_desk.count(), list(other_desk)) == (0, [])
    assert found(world, "试点社区", who="community") == {mine.pk, other.pk}


def test_a_protected_matter_is_in_no_index(world):
    case = world.raise_case()
    by_journal()
    assert found(world, "三栋") == {case.pk}
    world.take(case, "protect", "community", words="有人受伤")
    by_journal()
    assert not Entry.objects.exists()
    assert found(world, "三栋", who="protected") == set()


def test_what_was_erased_leaves_the_index(world):
    kept, erased = world.raise_case(), world.raise_case()
    indexed(kept, erased)
    vault.erase(subject_kind=Case.kind(), subject_id=erased.pk, now=timezone.now())
    assert services.purge_erased() == 1
    assert found(world, "三栋") == {kept.pk}
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM search_tokens")
            assert cursor.fetchone() == (1,)


def test_indexing_again_changes_nothing_and_a_new_category_is_followed(world):
    case = world.raise_case()
    indexed(case)
    before = Entry.objects.get()
    indexed(case)
    assert Entry.objects.get().pk == before.pk
    Case.objects.filter(pk=case.pk).update(number="XX-1")
    indexed(case)
    assert found(world, "xx") == {case.pk}
    assert found(world, case.number) == set()


def test_the_same_events_twice_leave_one_entry(world):
    case = world.raise_case(now=TEN - timedelta(minutes=1))
    by_journal()
    indexed(case)
    assert Entry.objects.count() == 1


def test_wide_letters_and_capitals_are_the_same(world):
    case = world.raise_case()
    Case.objects.filter(pk=case.pk).update(number="WS-26K7")
    indexed(case)
    assert found(world, "ｗｓ－２６ｋ７") == {case.pk}
    assert found(world, "26k") == {case.pk}
