"""After an erasure nothing of the person is left: no table, no file, no index, no cache, no queue, no log, no backup (L2)."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connections, transaction
from django.utils import timezone

from linli.apps.privacy import jobs
from linli.foundation.rules import Actor
from linli.kernel.cases import services as cases
from linli.kernel.files import services as files
from linli.kernel.files.services import store
from linli.kernel.journal import jobs as journal_jobs
from linli.kernel.journal import verify
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import Positioned
from linli.kernel.notices.models import Notice
from linli.kernel.people.services import new_phone_code
from linli.kernel.people.services.accounts import resident_for
from linli.kernel.vault.models import DataKey, Record
from linli.kernel.vault.queries import find, opened
from tests.kernel.files.builders import a_picture
from tests.proofs.test_canaries import forms_of, stored_bytes
from tests.world import World, a_world

pytestmark = pytest.mark.usefixtures("committed_db")
PHONE, LEFT, NAME, SAID = "+8613812340001", "+8613812349876", "雀某甲", "金丝雀说三栋二单元的灯不亮"
CANARIES = [PHONE, LEFT, "13812340001", "13812349876", NAME, SAID]


def traces_of(rows: list[Record]) -> list[bytes]:
    """What is stored for these values: ciphers, look-ups, wrapped keys."""
    held = DataKey.objects.filter(id__in=[row.key_id for row in rows])
    found = [bytes(row.cipher) for row in rows] + [bytes(row.lookup) for row in rows if row.lookup]
    return found + [bytes(key.wrapped) for key in held]


def heap() -> bytes:
    """Every byte of the data folder's databases and files, and what the caches hold."""
    here = [file.read_bytes() for file in sorted(Path(settings.MEDIA_ROOT).rglob("*")) if file.is_file()]
    kept = [repr(vars(cache)).encode() for cache in caches.all()]
    for cache in caches.all():
        kept += [bytes(value) for value in getattr(cache, "_cache", {}).values()]
    return b"\n".join([stored_bytes(), *here, *kept])


def left_in(found: bytes, traces: list[bytes]) -> int:
    shown = [{trace, trace.hex().encode()} for trace in traces]
    return sum(any(form in found for form in forms) for forms in shown)


def _bytes_of(name: str) -> bytes:
    with store.storage().open(name) as file:
        content: bytes = file.read()
    return content


def reports(world: World) -> Any:
    now = timezone.now()
    with transaction.atomic():
        me = world.people["me"] = resident_for(PHONE, now)
    picture = a_picture(actor=Actor("person", me.pk))
    said = {"text": SAID, "contact_name": NAME, "contact_phone": LEFT, "photos": [str(picture.pk)]}
    case = world.raise_case(who="me", now=now, **said)
    new_phone_code(phone=PHONE, action="sign_in", now=now)
    files.process(now)
    world.take(case, "sort", "community", now, sort="own", reason="household", words=f"{NAME}可以自己换")
    journal_jobs.run_due(now)
    world.take(case, "lapse", "clock", now)
    return case, picture


def erase(world: World) -> None:
    now = timezone.now()
    asked = cases.open_case(
        flow="data", data={"category": "erase", "words": f"我是{NAME}"}, moment=world.moment("me", now)
    ).case
    world.take(asked, "grant", "county", now)
    granted = Event.objects.filter(name="data.grant")
    jobs.carry_out([Positioned(number, event) for number, event in enumerate(granted)])
    journal_jobs.run_due(now)
    files.sweep(now)


def test_no_trace_is_left_and_a_copy_made_before_cannot_be_opened(caplog, capfd, figure, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path  # no other test has left the same picture here
    caplog.set_level(logging.INFO)
    world = a_world()
    case, picture = reports(world)
    mine = list(Record.objects.filter(erased_at=None))
    before = traces_of(mine)
    names = [store.served(picture.pk, size) for size in ("thumb", "page", "full")]
    shown = [_bytes_of(name) for name in names]
    found = heap()
    assert left_in(found, before) == len(before), "the scanner does find"
    assert left_in(found, shown) == len(shown)
    assert set(opened(mine).values()) >= {SAID, NAME, LEFT, PHONE}

    erase(world)
    kept = {
        pk
        for pk, code in Record.objects.filter(erased_at=None).values_list("pk", "code")
        if code == "privacy.note"
    }
    gone = [row for row in mine if row.pk not in kept]
    after = heap() if connections["default"].vendor == "sqlite" else stored_bytes()
    left = left_in(after, [*before, *shown]) + sum(
        any(form in after for form in forms_of(word)) for word in CANARIES
    )
    logged = caplog.text + "".join(capfd.readouterr())
    left += sum(word in logged for word in CANARIES)
    figure(
        "L2",
        "traces of an erased person in tables, files, caches, queues, logs",
        target="0",
        n=len(before) + len(shown) + 2 * len(CANARIES),
        floor=20,
        got=left,
    )
    assert left == 0
    assert opened(gone) == {}, "the copy that a backup holds opens under no key"
    assert (find("people.phone", PHONE), find("requests.contact_phone", LEFT)) == ([], [])
    assert [store.storage().exists(name) for name in names] == [False] * 3
    assert not Notice.objects.filter(
        to_id__in=[world.people["me"].pk, case.pk], template__startswith="request"
    ).exists()
    assert verify.run(["vault.records", "vault.kept", "files", "journal.chain"]).findings == []
