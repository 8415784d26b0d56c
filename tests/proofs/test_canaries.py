"""What residents say and how they are reached: nowhere readable in the stored bytes, in no line of the log."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from linli.foundation.rules import Actor
from linli.kernel.cases import jobs
from linli.kernel.cases.models import Case
from linli.kernel.journal import jobs as journal_jobs
from linli.kernel.vault import services as vault
from linli.kernel.vault.models import Record
from linli.kernel.vault.queries import find
from tests.world import TEN, a_world

pytestmark = pytest.mark.usefixtures("committed_db")
PEOPLE = 12


def canaries() -> list[dict[str, str]]:
    return [
        {
            "text": f"金丝雀说的话第{n}句路灯不亮",
            "contact_phone": f"1381234{n:04d}",
            "contact_name": f"雀某{chr(0x4E00 + n)}甲",
        }
        for n in range(PEOPLE)
    ]


def stored_bytes() -> bytes:
    """Everything both databases hold: their files with the write-ahead logs, or every row of every table."""
    found = []
    for alias in ("default", "keys"):
        connection = connections[alias]
        if connection.vendor == "sqlite":
            name = Path(connection.settings_dict["NAME"])
            found += [file.read_bytes() for file in name.parent.glob(f"{name.name}*")]
            continue
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                found += [row[0].encode() for row in cursor.fetchall()]
    return b"\n".join(found)


def forms_of(word: str) -> set[bytes]:
    """A word as it might stand somewhere: as it is, in hexadecimal, in base 64, escaped."""
    plain = word.encode()
    shown = {plain, plain.hex().encode(), base64.b64encode(plain).rstrip(b"="), word.encode("utf-16-le")}
    return shown | ({word.encode("unicode_escape")} if not word.isascii() else set())


def readable(words: list[str]) -> list[str]:
    heap = stored_bytes()
    return [word for word in words if any(form in heap for form in forms_of(word))]


def test_no_word_of_a_resident_can_be_read_where_it_is_stored_or_logged(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(
        logging.INFO, logger="django.db.backends"
    )  # it would echo statements, and is off outside tests
    world = a_world()
    people = canaries()
    words = [word for one in people for word in [*one.values(), f"+86{one['contact_phone']}"]]
    replies = [f"金丝雀的答复第{n}句" for n in range(PEOPLE)]
    found = []
    for one, reply in zip(people, replies, strict=True):
        case = world.raise_case(**one)
        world.take(case, "sort", "community", sort="own", reason="household", words=reply)
        found.append(case)
    jobs.deadlines(TEN + timedelta(days=30))
    journal_jobs.run_due(TEN + timedelta(days=30))

    assert readable([*words, *replies]) == []
    assert len(stored_bytes()) > 100_000
    assert readable(["submitted", found[0].number]) == ["submitted", found[0].number]  # the search does find
    logged = caplog.text + "".join(capfd.readouterr())
    assert [word for word in [*words, *replies] if word in logged] == []
    print(f"{len(words) + len(replies)} canaries, 0 found")


def test_what_was_erased_cannot_be_opened_or_found_any_more():
    world = a_world()
    cases = [world.raise_case(**one) for one in canaries()]
    clerk = Actor("person", world.people["community"].pk)

    def opened(case: Case) -> dict[str, str]:
        return vault.read(
            subject_kind="case", subject_id=case.pk, codes=["requests.text"], actor=clerk, post_id=None,
            purpose="handle_case", task=case.number, now=TEN,
        )  # fmt: skip

    assert opened(cases[0]) == {"requests.text": canaries()[0]["text"]}
    for case in cases:
        vault.erase(subject_kind="case", subject_id=case.pk, now=TEN)

    assert [opened(case) for case in cases] == [{}] * PEOPLE
    assert [list(find("requests.contact_phone", f"+86{one['contact_phone']}")) for one in canaries()] == [
        []
    ] * PEOPLE
    assert set(Record.objects.values_list("erased_at", "lookup", "key_id")) == {(TEN, None, None)}
    assert readable([word for one in canaries() for word in one.values()]) == []
