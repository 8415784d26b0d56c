"""The disk is full: refused in words and at once, read on, nothing lost; and on again when there is room (A5)."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from bench.site import Session
from tests.proofs.durability.intake import TAKEN, Crowd, Told, send, stored, told_in
from tests.proofs.durability.serving import Installation

MIB = 1024 * 1024
SIZE = 64 * MIB
SECONDS_TO_REFUSE = 2.0
SECONDS_TO_RESUME = 5.0
SENDS_UNTIL_REFUSED = 3000  # what is left in the files themselves is used up first
REFUSED = 40
READS = ("/", "/report", "/find")


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def installation(small_disk, tmp_path, static_folder) -> Iterator[Installation]:
    made = Installation(small_disk, tmp_path / "serve.log", static_folder)
    made.lay_out()
    yield made
    made.end()


class Ballast:
    """A file that takes whatever is left, again and again."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "ballast"

    def fill(self) -> None:
        with self._file.open("ab", buffering=0) as file:
            for size in (MIB, 4096, 1):
                try:
                    while file.write(bytes(size)) == size:
                        continue
                except OSError as full:
                    if full.errno != errno.ENOSPC:
                        raise

    def drop(self) -> None:
        self._file.unlink()


def a_body(installation: Installation) -> bytes:
    return json.dumps({"text": "灯不亮" * 40, "place": installation.told["building"]}).encode()


def until_refused(installation: Installation, ballast: Ballast) -> dict[str, tuple[str, str, str]]:
    """Send until something is refused; return what was still taken, by key."""
    taken = {}
    for _send in range(SENDS_UNTIL_REFUSED):
        ballast.fill()
        key = str(uuid4())
        status, answer, _seconds = send(installation, key, a_body(installation))
        if status not in TAKEN:
            return taken
        taken[key] = told_in(answer)
    raise AssertionError("The disk was never full.")


def read_everything(installation: Installation, code: str) -> dict[str, int]:
    return {path: installation.ask("GET", path)[0] for path in (*READS, f"/t/{code}")}


def a_photo() -> tuple[bytes, str]:
    content = io.BytesIO()
    Image.frombytes("RGB", (300, 300), random.randbytes(270_000)).save(content, "JPEG", quality=90)
    head = b'--cut\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return head + content.getvalue() + b"\r\n--cut--\r\n", "multipart/form-data; boundary=cut"


def refused_photo(installation: Installation) -> tuple[int, str]:
    body, kind = a_photo()
    status, said, _headers = installation.ask("POST", "/api/v1/photos", body, **{"Content-Type": kind})
    return status, json.loads(said)["detail"]


def refused_page(installation: Installation) -> tuple[int, str]:
    """Report as a browser does, with the form's own token."""
    browser = Session(installation.port, https=False)
    page = browser.ask("GET", "/report")[1]
    entry = {"text": "楼道灯不亮", "place": installation.told["building"], "key": str(uuid4())}
    status, said, _leads = browser._post("/report", page, **entry)
    return status, said


def refuse_many(
    installation: Installation, ballast: Ballast, told: dict[str, Told], code: str
) -> tuple[list[tuple[str, int, dict[str, Any], float]], list[dict[str, int]]]:
    """Send until ``REFUSED`` were refused, reading after each; what is taken all the same goes into ``told``."""
    refused, reads = [], []
    while len(refused) < REFUSED:
        ballast.fill()
        key = str(uuid4())
        status, answer, seconds = send(installation, key, a_body(installation))
        if status in TAKEN:
            told[key] = told_in(answer)
            continue
        refused.append((key, status, answer, seconds))
        reads.append(read_everything(installation, code))
    return refused, reads


def seconds_until_taken(installation: Installation, key: str) -> float:
    freed = time.monotonic()
    while (answer := send(installation, key, a_body(installation)))[0] not in TAKEN:
        assert time.monotonic() - freed < 30, answer
        time.sleep(0.05)
    return time.monotonic() - freed


@pytest.mark.slow  # a server is started, and its disk filled
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_refuses_in_words_serves_what_is_there_and_takes_reports_again_when_there_is_room(
    installation, small_disk, figure
):
    installation.start()
    ballast = Ballast(small_disk)
    crowd = Crowd(installation, 4, seed=3)
    crowd.start()
    time.sleep(3)
    crowd.stop()
    told = dict(crowd.heard.told)
    code = next(iter(told.values()))[2]

    told |= until_refused(installation, ballast)
    refused, reads = refuse_many(installation, ballast, told, code)
    photo, page = refused_photo(installation), refused_page(installation)
    red = installation.ask("GET", "/health")[0]
    left = os.statvfs(small_disk).f_bavail

    ballast.drop()
    resumed = seconds_until_taken(installation, refused[0][0])
    for key, *_rest in refused:
        status, answer, _seconds = send(installation, key, a_body(installation))
        assert status in TAKEN
        told[key] = told_in(answer)

    time.sleep(2)  # what follows from the reports is followed
    green = installation.ask("GET", "/health")[0]
    installation.stop()
    there = stored(installation.data)
    slowest = max(seconds for *_rest, seconds in refused)
    lost = [key for key, (pk, *_rest) in told.items() if pk.replace("-", "") not in there.numbers]
    figure(
        "A5", f"full disk of {SIZE // MIB} MiB, {left} blocks left: lost, slowest refusal, writing again after",
        target=f"0, {SECONDS_TO_REFUSE:g} s, {SECONDS_TO_RESUME:g} s", n=len(refused), floor=REFUSED,
        got=f"{len(lost)}, {slowest:.2f} s, {resumed:.2f} s",
    )  # fmt: skip

    assert {status for _key, status, _answer, _seconds in refused} == {503}
    assert all("存不下" in answer["detail"] and "12345" in answer["detail"] for _k, _s, answer, _t in refused)
    assert slowest <= SECONDS_TO_REFUSE
    assert [read for read in reads if {*read.values()} != {200}] == []
    assert (photo[0], "存不下" in photo[1]) == (503, True)
    assert (page[0], "存不下" in page[1]) == (503, True)
    assert (red, green) == (503, 200)
    assert resumed <= SECONDS_TO_RESUME
    assert lost == []
    assert len(there.numbers) == len(told) == there.births == there.words
    assert (there.positioned, there.intact) == (there.events, "ok")
    assert installation.verified()["findings"] == []
    assert (len(crowd.heard.told) >= 50, len(reads) >= REFUSED) == (True, True)
