"""While a backup lists the pictures, none is removed; afterwards everything goes its way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from linli.kernel.files import services
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import store
from linli.kernel.journal.verify import Report
from tests.kernel.files.builders import NOW, a_linked_picture, a_picture, a_ready_picture

pytestmark = pytest.mark.django_db
CASE = UUID(int=1)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_is_held_is_neither_re_encoded_nor_swept(folder: Path) -> None:
    a_ready_picture(subject_id=CASE, seed=2)
    a_linked_picture(seed=1)
    services.delete_for(subject_kind="case", subject_ids=[CASE])
    before = names(folder)

    with store.held(folder):
        assert (services.process(NOW), services.sweep(NOW)) == (0, 0)
        assert names(folder) == before
    assert (services.process(NOW), services.sweep(NOW)) == (1, 1)
    assert len(before) == 4
    assert names(folder).isdisjoint(before)


def test_what_is_received_is_taken_in_while_others_are_held(folder: Path) -> None:
    with store.held(folder):
        picture = a_picture()

    assert names(folder) == {f"quarantine/{picture.pk}"}


def test_the_bytes_of_a_second_copy_wait_for_the_sweep(
    folder: Path, django_capture_on_commit_callbacks: pytest.FixtureRequest
) -> None:
    first = a_linked_picture(subject_id=CASE)
    with store.held(folder), django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        second = a_linked_picture(subject_id=CASE)
    assert names(folder) == {f"quarantine/{first.pk}", f"quarantine/{second.pk}"}

    services.sweep(Attachment.objects.get(pk=second.pk).made_at + timedelta(days=3650))
    assert names(folder) == {f"quarantine/{first.pk}"}


def test_a_picture_that_waits_is_compared_with_what_was_received(folder: Path) -> None:
    good, changed, gone = (a_picture(seed=seed) for seed in (1, 2, 3))
    a_ready_picture(seed=4)
    (folder / "quarantine" / str(changed.pk)).write_bytes(b"x")
    (folder / "quarantine" / str(gone.pk)).unlink()
    report = Report()

    found = {(finding.where, str(finding.sentence)) for finding in services.waiting(report)}
    assert found == {
        (f"quarantine/{changed.pk}", "收到的照片文件的内容变了。"),
        (f"quarantine/{gone.pk}", "收到的照片文件不见了。"),
    }
    assert report.counts == {"files waiting": 3}
    assert good.state == "quarantined"
