from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from linli.kernel.files import queries, services
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import removing
from tests.kernel.files.builders import NOW, a_linked_picture, a_picture, a_ready_picture
from tests.kernel.files.corpus import photo, saved

pytestmark = pytest.mark.django_db
CASE, OTHER = UUID(int=1), UUID(int=2)


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def age(path: Path, age: timedelta) -> None:
    at = (NOW - age).timestamp()
    os.utime(path, (at, at))


def test_deleting_a_subjects_pictures_takes_them_away_at_once_and_their_bytes_with_the_sweep(
    folder: Path,
) -> None:
    ready = a_ready_picture(subject_id=CASE, seed=1)
    a_linked_picture(subject_id=CASE, seed=2)
    kept = a_ready_picture(subject_id=OTHER, seed=1)

    assert services.delete_for(subject_kind="case", subject_ids=[CASE]) == 2

    assert queries.of("case", [CASE]) == {CASE: []}
    assert queries.standing(ready.id) is None
    assert services.sweep(NOW) == 2
    assert set(Attachment.objects.values_list("id", flat=True)) == {kept.id}
    assert {path.split("/")[2] for path in files_in(folder)} == {str(kept.id)}
    assert services.delete_for(subject_kind="case", subject_ids=[CASE]) == 0


def test_a_deletion_that_is_rolled_back_loses_nothing(folder: Path) -> None:
    ready = a_ready_picture(subject_id=CASE)
    before = files_in(folder)

    with transaction.atomic():
        services.delete_for(subject_kind="case", subject_ids=[CASE])
        transaction.set_rollback(True)

    services.sweep(NOW)
    assert [each.id for each in queries.of("case", [CASE])[CASE]] == [ready.id]
    assert files_in(folder) == before


def test_a_deleted_picture_can_be_added_again_before_the_sweep() -> None:
    content = saved(photo(seed=5))
    a_linked_picture(content, subject_id=CASE)
    services.delete_for(subject_kind="case", subject_ids=[CASE])

    again = a_ready_picture(content, subject_id=CASE)

    services.sweep(NOW)
    assert [each.id for each in queries.of("case", [CASE])[CASE]] == [again.id]


def test_a_picture_nobody_linked_goes_after_a_day(folder: Path) -> None:
    a_picture()

    assert services.sweep(NOW + timedelta(hours=24)) == 0
    assert services.sweep(NOW + timedelta(hours=24, seconds=1)) == 1
    assert Attachment.objects.count() == 0
    assert files_in(folder) == set()


def test_files_without_a_row_go_after_an_hour_and_others_stay(folder: Path) -> None:
    """A crash between file and row, between row and deletion, and in the middle of writing."""
    ready, waiting = a_ready_picture(seed=2), a_linked_picture(seed=1)
    quarantine = folder / "quarantine"
    for name in (str(uuid4()), str(ready.id), f".{uuid4()}.{uuid4().hex}"):
        (quarantine / name).write_bytes(b"x")
        age(quarantine / name, timedelta(minutes=61))
    fresh = quarantine / str(uuid4())
    fresh.write_bytes(b"x")
    age(fresh, timedelta(minutes=59))
    age(quarantine / str(waiting.id), timedelta(days=3))

    assert services.sweep(NOW) == 3

    assert {path.name for path in quarantine.iterdir()} == {str(waiting.id), fresh.name}


def test_a_sweep_over_nothing_does_nothing() -> None:
    assert services.sweep(NOW) == 0


def test_a_sweep_that_was_interrupted_after_the_bytes_finishes_the_rows(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    a_ready_picture(subject_id=CASE)
    services.delete_for(subject_kind="case", subject_ids=[CASE])
    gone = Attachment.objects.get()
    removing.store.delete_served(gone.id)

    assert services.sweep(NOW) == 1
    assert Attachment.objects.count() == 0
