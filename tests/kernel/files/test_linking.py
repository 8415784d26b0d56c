from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connections, transaction
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from linli.foundation.errors import Absent, Busy, InvalidInput
from linli.foundation.rules import Actor
from linli.kernel.files import queries, services
from linli.kernel.files.models import Attachment
from tests.kernel.files.builders import NOW, SENDER, a_linked_picture, a_picture
from tests.kernel.files.corpus import photo, saved

CASE, OTHER = UUID(int=1), UUID(int=2)


def link(*ids: UUID, subject_id: UUID = CASE, **more: object) -> list[Attachment]:
    return services.link(ids, subject_kind="case", subject_id=subject_id, county="520115", **more)


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


@pytest.mark.django_db
def test_pictures_are_listed_by_subject_in_the_order_they_were_added(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first, second, third = (a_picture(seed=seed) for seed in (1, 2, 3))
    link(second.id, first.id, part="raise")
    link(third.id, part="handle")
    elsewhere = a_linked_picture(subject_id=OTHER)

    with django_assert_num_queries(1):
        found = queries.of("case", [CASE, OTHER, UUID(int=3)])

    assert [each.id for each in found[CASE]] == [second.id, first.id, third.id]
    assert [each.part for each in found[CASE]] == ["raise", "raise", "handle"]
    assert [each.id for each in found[OTHER]] == [elsewhere.id]
    assert found[UUID(int=3)] == []


@pytest.mark.django_db
def test_the_same_content_twice_is_stored_once_and_no_error(
    folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """A photo sent again after a lost answer, under another name."""
    content = saved(photo(seed=4))
    first, again, at_once = a_picture(content), a_picture(content), a_picture(content)
    link(first.id)

    with django_capture_on_commit_callbacks(execute=True):
        standing = link(again.id, at_once.id)

    assert [each.id for each in standing] == [first.id]
    assert files_in(folder) == {str(first.id)}
    assert [each.id for each in queries.of("case", [CASE])[CASE]] == [first.id]
    assert services.process(NOW) == 1
    assert {queries.standing(id).id for id in (first.id, again.id, at_once.id)} == {first.id}


@pytest.mark.django_db
def test_the_same_content_for_two_subjects_is_two_pictures() -> None:
    content = saved(photo(seed=4))
    link(a_picture(content).id)
    link(a_picture(content).id, subject_id=OTHER)

    assert services.process(NOW) == 2


@pytest.mark.django_db
def test_linking_again_changes_nothing() -> None:
    picture = a_picture()
    link(picture.id)

    assert [each.id for each in link(picture.id, picture.id)] == [picture.id]
    assert [each.ordinal for each in queries.of("case", [CASE])[CASE]] == [1]


@pytest.mark.django_db
def test_what_is_unknown_deleted_anothers_or_elsewhere_is_absent_in_the_same_words() -> None:
    elsewhere = a_linked_picture(subject_id=OTHER, seed=1)
    deleted = a_linked_picture(subject_id=uuid4(), seed=2)
    services.delete_for(subject_kind="case", subject_ids=[deleted.subject_id])
    anothers = a_picture(seed=3)

    refusals = set()
    for id in (uuid4(), elsewhere.id, deleted.id, anothers.id):
        with pytest.raises(Absent) as refusal:
            link(id, actor=Actor("person", uuid4()))
        refusals.add(str(refusal.value.message))

    assert refusals == {"有照片找不到了，请重新添加。"}
    assert link(anothers.id, actor=SENDER)[0].id == anothers.id


@pytest.mark.django_db
def test_one_bad_id_links_none_of_them() -> None:
    picture = a_picture()

    with pytest.raises(Absent):
        link(picture.id, uuid4())

    picture.refresh_from_db()
    assert picture.subject_id is None


@pytest.mark.django_db
def test_a_subject_has_at_most_so_many_pictures(settings: Settings) -> None:
    settings.FILES_LIMITS = {"per_subject": 2}
    link(a_picture(seed=1).id, a_picture(seed=2).id)

    with pytest.raises(InvalidInput, match="一件事最多添加 2 张照片。"):
        link(a_picture(seed=3).id)
    link(a_picture(seed=2).id)  # the same content does not count again

    assert len(queries.of("case", [CASE])[CASE]) == 2


def test_many_at_once_never_pass_the_limit_nor_store_a_content_twice(
    committed_db: None, settings: Settings, folder: Path
) -> None:
    """Eight threads add four contents, two of each, to a subject that may have three."""
    settings.FILES_LIMITS = {"per_subject": 3}
    ids = [a_picture(seed=seed % 4).id for seed in range(8)]
    start = Barrier(8)

    def add(id: UUID) -> str:
        start.wait()
        try:
            return added(id)
        finally:
            connections.close_all()

    def added(id: UUID) -> str:
        """Who is told to wait a moment tries again, as any sender does."""
        for _attempt in range(20):
            try:
                with transaction.atomic():
                    link(id)
            except InvalidInput:
                return "refused"
            except Busy:
                continue
            return "linked"
        return "never"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(add, ids))

    assert "never" not in outcomes
    kept = queries.of("case", [CASE])[CASE]
    assert sorted(each.ordinal for each in kept) == [1, 2, 3]
    assert len({each.digest for each in kept}) == 3
    assert outcomes.count("refused") == 2
