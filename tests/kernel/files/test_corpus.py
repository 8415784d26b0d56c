"""Every hostile picture gets its stated answer, and what is served carries nothing of the sender's."""

from __future__ import annotations

import io
import resource
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from linli.foundation.errors import DomainError
from linli.kernel.files import services
from linli.kernel.files.choices import State
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import processing
from tests.kernel.files.builders import NOW, SENDER, a_ready_picture
from tests.kernel.files.corpus import SECRETS, Hostile, corpus, photo, png, saved, with_everything

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # no database has a part in reading a picture

FEWEST = 300
# What a WebP without metadata may consist of (RFC 9649).
PLAIN_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def hostile() -> dict[str, Hostile]:
    return corpus()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a picture, and the processor seconds and bytes of memory that took."""

    answer: int | str
    attachment: Attachment | None
    seconds: float
    memory: int

    def is_as(self, stated: int | str) -> bool:
        return self.answer == stated or (stated == "any" and self.answer in {"ready", "broken", 413, 415})


def sent(content: bytes, spy: list[dict[str, Any]]) -> Outcome:
    """Send a picture the whole way. Processor time, because other programs run beside the tests."""
    spy.clear()
    began = seconds()
    try:
        attachment = services.receive(io.BytesIO(content), actor=SENDER, now=NOW)
    except DomainError as refusal:
        said = str(refusal.message)
        return Outcome(refusal.status if said.endswith("。") else said, None, seconds() - began, 0)
    services.link([attachment.id], subject_kind="case", subject_id=uuid4(), county="520115")
    services.process(NOW)
    attachment.refresh_from_db()
    answer = attachment.why_refused if attachment.state == State.REFUSED else attachment.state
    return Outcome(answer, attachment, seconds() - began, spy[0].get("peak", 0))


def seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the re-encoder answered last."""
    seen: list[dict[str, Any]] = []

    def remember(source: Path, folder: Path) -> dict[str, Any]:
        seen.append(reencode(source, folder))
        return seen[-1]

    reencode = processing._reencoded
    monkeypatch.setattr(processing, "_reencoded", remember)
    return seen


def test_every_hostile_picture_gets_its_stated_answer(
    hostile: dict[str, Hostile], folder: Path, spy: list[dict[str, Any]]
) -> None:
    """Refusals, bombs among them, within one second and 200 MiB; and nothing of the sender is served."""
    wrong: dict[str, Any] = {}
    outcomes = {name: sent(each.content, spy) for name, each in hostile.items()}
    for name, outcome in outcomes.items():
        if not outcome.is_as(hostile[name].answer):
            wrong[name] = outcome.answer
        if outcome.attachment and outcome.attachment.state == State.READY:
            wrong |= {f"{name} {size}": fault for size, fault in faults(outcome.attachment, folder)}
    refused = [outcome for outcome in outcomes.values() if outcome.answer != State.READY]
    slowest, largest = max(each.seconds for each in refused), max(each.memory for each in refused)
    sys.stdout.write(
        f"{len(outcomes)} pictures, {len(refused)} refused, in {slowest:.2f} s and {largest // MIB} MiB at most\n"
    )

    assert wrong == {}
    assert len(outcomes) >= FEWEST
    assert len(refused) >= FEWEST // 2
    assert slowest <= 1
    assert 0 < largest <= 200 * MIB
    assert not list((folder / "quarantine").iterdir())


def faults(attachment: Attachment, folder: Path) -> Iterator[tuple[str, str]]:
    """List what is wrong with the files that are served of one picture."""
    for size, (_digest, length, width, height) in attachment.outputs.items():
        content = served(attachment, size, folder)
        if len(content) != length or Image.open(io.BytesIO(content)).size != (width, height):
            yield size, "is not what was written down"
        if strange := set(chunks(content)) - PLAIN_CHUNKS:
            yield size, f"has chunks {strange}"
        if found := [secret for secret in SECRETS if secret in content]:
            yield size, f"holds {found}"


def served(attachment: Attachment, size: str, folder: Path) -> bytes:
    return (folder / "served" / attachment.id.hex[-2:] / str(attachment.id) / f"{size}.webp").read_bytes()


def chunks(webp: bytes) -> list[bytes]:
    """Walk the chunks of a RIFF container to its exact end."""
    assert webp[:4] == b"RIFF"
    assert webp[8:12] == b"WEBP"
    assert struct.unpack("<I", webp[4:8])[0] == len(webp) - 8
    at, names = 12, []
    while at < len(webp):
        names.append(webp[at : at + 4])
        size = struct.unpack("<I", webp[at + 4 : at + 8])[0]
        at += 8 + size + size % 2
    assert at == len(webp)
    return names


def test_the_chunk_walker_would_see_metadata() -> None:
    """The check above can fail: the same walker finds EXIF, XMP and a profile where there are some."""
    with_metadata = saved(
        photo(), "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0", xmp=b"<x/>", icc_profile=b"x" * 128
    )

    assert {b"EXIF", b"XMP ", b"ICCP"} <= set(chunks(with_metadata))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_however_the_phone_was_held(orientation: int, folder: Path) -> None:
    """The source has its red corner where the orientation puts it; the result has it top left."""
    upright = Image.new("RGB", (64, 48), "white")
    upright.paste("red", (0, 0, 16, 16))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Transpose operations that bring it into that position
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation

    ready = a_ready_picture(saved(stored, quality=95, subsampling=0, exif=exif))

    result = Image.open(io.BytesIO(served(ready, "full", folder))).convert("RGB")
    assert result.size == (64, 48)
    corners = [result.getpixel(at) for at in ((5, 5), (58, 5), (5, 42), (58, 42))]
    assert [pixel[1] < 128 for pixel in corners] == [True, False, False, False]


def test_colours_go_through_the_embedded_profile_and_the_profile_goes(folder: Path) -> None:
    """A profile that swaps red and green (as channels of its matrix) must change what is served."""
    source = saved(Image.new("RGB", (32, 32), (200, 30, 30)), icc_profile=swapped_profile())

    ready = a_ready_picture(source)

    red, green, blue = Image.open(io.BytesIO(served(ready, "full", folder))).convert("RGB").getpixel((16, 16))
    assert green > 150 > red
    assert abs(blue - 30) < 25


def swapped_profile() -> bytes:
    """The library's sRGB profile with the tags of the red and green primaries exchanged."""
    from PIL import ImageCms  # noqa: PLC0415 -- only here

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")


def test_transparency_stays(folder: Path) -> None:
    picture = Image.new("RGBA", (40, 40), (0, 0, 255, 0))
    picture.paste((0, 0, 255, 255), (20, 0, 40, 40))

    ready = a_ready_picture(saved(picture, "PNG"))

    result = Image.open(io.BytesIO(served(ready, "full", folder)))
    assert result.mode == "RGBA"
    assert [result.getpixel((x, 20))[3] for x in (2, 37)] == [0, 255]


def test_sixteen_bit_grey_keeps_its_shades(folder: Path) -> None:
    row = b"\0" + b"\x40\x00" * 20 + b"\xc0\x00" * 20
    ready = a_ready_picture(png(40, 40, zlib.compress(row * 40), depth=16))

    result = Image.open(io.BytesIO(served(ready, "full", folder))).convert("L")
    assert [round(result.getpixel((x, 20)) / 64) for x in (5, 35)] == [1, 3]


def test_sizes_are_bounded_by_their_longer_edge_and_never_enlarged(folder: Path) -> None:
    large = a_ready_picture(saved(photo(4_000, 3_000)))
    small = a_ready_picture(saved(photo(300, 200)))

    assert {size: output[2:] for size, output in large.outputs.items()} == {
        "full": [2560, 1920],
        "page": [1280, 960],
        "thumb": [320, 240],
    }
    assert {tuple(output[2:]) for output in small.outputs.values()} == {(300, 200)}


if shutil.which("exiftool"):  # the chunks are walked above; this is a second opinion

    def test_exiftool_finds_nothing_either(folder: Path) -> None:
        ready = a_ready_picture(with_everything())
        path = folder / "served" / ready.id.hex[-2:] / str(ready.id) / "full.webp"

        command = ["exiftool", "-a", "-G1", "-s", path]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

        groups = {line.split("]")[0].lstrip("[").strip() for line in said.splitlines()}
        assert groups <= {"ExifTool", "System", "File", "RIFF", "Composite"}


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "CON",
        "x" * 300 + ".jpg",
        "照片\u202egpj.exe",
        "a\r\nSet-Cookie: x=1.jpg",
        "a\x00.php",
        "",
        "holiday.php.jpg",
        "picture.svg",
    ],
)
def test_the_name_it_was_sent_under_is_nowhere(name: str, folder: Path) -> None:
    upload = io.BytesIO(saved(photo(32, 32)))
    upload.name = name

    attachment = services.receive(upload, actor=SENDER, now=NOW)

    assert [path.name for path in folder.rglob("*") if path.is_file()] == [str(attachment.id)]
    row = Attachment.objects.values().get(id=attachment.id)
    assert not name or name not in str(row)


def test_now_is_the_day_of_receipt() -> None:
    attachment = services.receive(
        io.BytesIO(saved(photo(8, 8))), actor=SENDER, now=datetime(2027, 1, 2, tzinfo=UTC)
    )

    assert attachment.made_at == datetime(2027, 1, 2, tzinfo=UTC)
