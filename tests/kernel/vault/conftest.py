"""Kinds of personal values for the tests, and people to read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from linli.foundation.ids import new_id
from linli.foundation.rules import Actor
from linli.foundation.text import mask_phone
from linli.kernel.people.choices import ADMINISTRATORS
from linli.kernel.vault import fields, services
from linli.kernel.vault.choices import Purpose, Who
from tests.kernel.people.builders import an_administrator
from tests.kernel.vault.old_reads import DAY, DUE, read_daily

NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
PHONE, TEXT = "tests.phone", "tests.text"
CANARY = "13800013800"


@pytest.fixture(autouse=True)
def declared() -> Iterator[None]:
    before = dict(fields.FIELDS)
    fields.personal(
        code=PHONE,
        label="联系电话",
        klass=fields.GENERAL,
        purposes=(Purpose.HANDLE_CASE, Purpose.CONTACT_REPORTER),
        mask=mask_phone,
        retention=timedelta(days=90),
        basis="个人信息保护法 第十三条",
        lookup=lambda value: value.replace(" ", ""),
        who=(Who.SELF, Who.HANDLER),
    )
    fields.personal(
        code=TEXT,
        label="反映内容",
        klass=fields.GENERAL,
        purposes=(Purpose.HANDLE_CASE,),
        mask=lambda value: value[:2] + "…",
        retention=timedelta(days=730),
        basis="个人信息保护法 第十三条",
        who=(Who.SELF, Who.HANDLER),
    )
    yield
    fields.FIELDS.clear()
    fields.FIELDS.update(before)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.READ_LOG_FOLDER = str(tmp_path / "reads")
    return tmp_path / "reads"


@pytest.fixture
def three(folder: Path) -> dict[str, Actor]:
    """The three administrators, and a log of four days on both sides of a month's end."""
    read_daily(TEXT, days=4)
    return {
        role.split("_")[0]: Actor("person", an_administrator(role, DUE - DAY).pk) for role in ADMINISTRATORS
    }


def put(subject_id: UUID | None = None, *, person_id: UUID | None = None, **values: str) -> UUID:
    subject_id = subject_id or new_id()
    services.put(
        subject_kind="case",
        subject_id=subject_id,
        county="520100",
        values={f"tests.{name}": value for name, value in values.items()},
        person_id=person_id,
    )
    return subject_id


def read(subject_id: UUID, *codes: str, **more: object) -> dict[str, str]:
    settings: dict[str, object] = {
        "actor": Actor("person", UUID(int=7)),
        "post_id": UUID(int=8),
        "purpose": Purpose.HANDLE_CASE,
        "task": "case-1",
        "now": NOW,
    }
    return services.read(subject_kind="case", subject_id=subject_id, codes=codes, **settings | more)  # type: ignore[arg-type]
