"""What a hostile editor types for a rule: refused beside the field, quickly, whatever it is (reliability I7)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.errors import InvalidInput
from linli.shell.desk.forms import LONGEST, parsed

HOSTILE = {
    "nested lists": "a = " + "[" * 20_000,
    "nested lists, closed": "a = " + "[" * 20_000 + "]" * 20_000,
    "nested tables": "a = " + "{b = " * 5_000 + "1" + "}" * 5_000,
    "a table of thirty thousand parts": "[" + "a." * 29_000 + "a]",
    "a name of thirty thousand parts": "a" + ".a" * 29_000 + " = 1",
    "a number of sixty thousand digits": "a = " + "7" * 59_000,
    "JSON, nested": '{"a": ' + "[" * 50_000,
    "JSON, a number of sixty thousand digits": '{"a": ' + "7" * 59_000 + "}",
    "JSON, cut off": '{"a": "b',
    "a date that is none": "a = 2026-13-45",
    "one name twice": "a = 1\na = 2",
    "an escape that is none": 'a = "\\ud800"',
    "NUL": "a = \x00",
    "nothing but quotes": '"""' * 9_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_text_is_refused_within_a_second(kind):
    assert len(HOSTILE[kind]) <= LONGEST
    began = time.process_time()
    with pytest.raises(InvalidInput) as refused:
        parsed(HOSTILE[kind])
    assert time.process_time() - began < 1
    assert refused.value.field == "data"
    assert str(refused.value.message).endswith("。")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="a.=[]{}\"'\n#, 10:-T\\u\x00", max_size=200))
def test_any_text_is_read_or_refused(text):
    try:
        assert isinstance(parsed(text), dict)
    except InvalidInput as refused:
        assert refused.field == "data"
