from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.canonical import canonical, plain

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
    max_leaves=10,
)


def test_keys_are_sorted_and_nothing_is_spaced_or_escaped() -> None:
    assert canonical({"b": [1, True, None], "a": "诉求"}) == '{"a":"诉求","b":[1,true,null]}'.encode()


def test_times_are_in_utc_with_microseconds_whatever_their_zone() -> None:
    shanghai = datetime(2026, 7, 1, 17, 30, tzinfo=timezone(timedelta(hours=8)))
    assert canonical(shanghai) == canonical(shanghai.astimezone(UTC)) == b'"2026-07-01T09:30:00.000000Z"'
    assert canonical(date(2026, 7, 1)) == b'"2026-07-01"'


def test_identifiers_are_text_and_bytes_are_hexadecimal() -> None:
    assert canonical([UUID(int=1), b"\x0f", memoryview(b"\xff")]) == (
        b'["00000000-0000-0000-0000-000000000001","0f","ff"]'
    )


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        {"a": 0.5},
        "a\x00b",
        {"\x00": 1},
        "\ud800",
        {1: 2},
        datetime.fromisoformat("2026-01-01"),
        {1, 2},
    ],
)
def test_what_has_no_one_spelling_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical(value)


class Colour(StrEnum):
    RED = "red"


def test_a_choice_is_spelt_as_its_value() -> None:
    assert canonical([Colour.RED, IntEnum("Level", {"HIGH": 3}).HIGH]) == b'["red",3]'  # type: ignore[attr-defined]
    assert type(plain(Colour.RED)) is str


@given(_VALUES)
def test_what_json_gives_back_is_spelt_the_same(value: Any) -> None:
    assert canonical(json.loads(json.dumps(plain(value)))) == canonical(value)
