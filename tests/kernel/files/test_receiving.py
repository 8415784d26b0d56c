from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pytest_django import Settings

from linli.foundation.errors import InvalidInput
from linli.foundation.room import NoRoom
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import headers, receiving
from tests.kernel.files.builders import NOW, SENDER, a_picture
from tests.kernel.files.corpus import after_start, many_scans, photo, saved, segment


@pytest.mark.django_db
def test_what_was_received_lies_in_quarantine_byte_for_byte_and_unlinked(folder: Path) -> None:
    content = saved(photo(200, 100))

    attachment = a_picture(content)

    assert (folder / "quarantine" / str(attachment.id)).read_bytes() == content
    assert (attachment.state, attachment.subject_id, attachment.kind) == ("quarantined", None, "jpeg")
    assert (attachment.width, attachment.height, attachment.bytes) == (200, 100, len(content))
    assert (attachment.by_kind, attachment.by_id) == (SENDER.kind, SENDER.id)


@pytest.mark.django_db
def test_file_and_folders_are_on_the_disk_before_the_row_is_written(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    order: list[str] = []
    fsync, create = os.fsync, Attachment.objects.create

    def watched_fsync(handle: int) -> None:
        order.append(Path(f"/proc/self/fd/{handle}").readlink().name.split(".")[0] or "partial")
        fsync(handle)

    def watched_create(**values: object) -> Attachment:
        order.append("row")
        return create(**values)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Attachment.objects, "create", watched_create)

    a_picture()

    assert order[-3:] == ["partial", "quarantine", "row"]
    assert "media" in order[:-3]


@pytest.mark.django_db
def test_a_disk_that_refuses_leaves_no_row_and_no_half_file(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    a_picture(seed=1)
    before = sorted(folder.rglob("*"))
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(NoRoom, match="存不下"):
        a_picture(seed=2)
    assert Attachment.objects.count() == 1
    assert sorted(folder.rglob("*")) == before


@pytest.mark.django_db
def test_bytes_and_pixels_are_bounded_by_settings(settings: Settings) -> None:
    content = saved(photo(100, 100))

    settings.FILES_LIMITS = {"max_bytes": len(content) - 1}
    with pytest.raises(receiving.TooLarge, match="照片文件太大了"):
        a_picture(content)
    settings.FILES_LIMITS = {"max_pixels": 9_999}
    with pytest.raises(receiving.TooLarge, match="照片的尺寸太大了"):
        a_picture(content)
    settings.FILES_LIMITS = {"max_bytes": len(content), "max_pixels": 10_000}
    assert a_picture(content).bytes == len(content)


@pytest.mark.django_db
def test_no_more_is_read_than_the_limit_and_one_byte(settings: Settings) -> None:
    settings.FILES_LIMITS = {"max_bytes": 1000}
    upload = io.BytesIO(b"\xff" * 5000)

    with pytest.raises(receiving.TooLarge):
        receiving.receive(upload, actor=SENDER, now=NOW)

    assert upload.tell() == 1001


@pytest.mark.parametrize(("kind", "status"), [(receiving.TooLarge, 413), (receiving.NotTaken, 415)])
def test_refusals_are_inputs_that_cannot_be_taken_with_a_status_of_their_own(
    kind: type[InvalidInput], status: int
) -> None:
    assert issubclass(kind, InvalidInput)
    assert kind("").status == status


@given(
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    mode=st.sampled_from(["L", "RGB"]),
    more=st.sampled_from(
        [{}, {"progressive": True}, {"lossless": True}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}]
    ),
)
def test_our_reading_of_a_header_is_the_librarys(
    width: int, height: int, kind: str, mode: str, more: dict
) -> None:
    content = saved(Image.new(mode, (width, height)), kind, **more)

    header = headers.read(content)

    assert (header.kind, header.width, header.height, header.animated) == (kind.lower(), width, height, False)


@pytest.mark.parametrize(("options", "scans"), [({}, 1), ({"progressive": True}, 10)])
def test_scans_are_counted_as_far_as_the_first_picture_goes(options: dict, scans: int) -> None:
    jpeg = saved(photo(), **options)

    assert headers.read(jpeg).scans == scans
    assert headers.read(jpeg + jpeg).scans == scans
    assert headers.read(after_start(jpeg, segment(0xE1, jpeg))).scans == scans
    assert headers.read(jpeg[: len(jpeg) // 2]).scans <= scans


def test_thirty_scans_are_taken_and_one_more_is_not() -> None:
    receiving._examined(many_scans(20))

    with pytest.raises(receiving.TooLarge, match="处理不了"):
        receiving._examined(many_scans(21))


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8\xff", headers.PNG_SIGNATURE, b"RIFF\0\0\0\0WEBPVP8X"]),
)
def test_any_bytes_are_read_or_unreadable_and_nothing_else(content: bytes, start: bytes) -> None:
    try:
        header = headers.read(start + content)
    except headers.Unreadable:
        return
    assert header.width > 0
    assert header.height > 0
