from __future__ import annotations

from datetime import UTC, datetime

import pytest

from linli.foundation.rules import ANYONE, Moment, anyone, rule

MOMENT = Moment(ANYONE, None, datetime(2026, 3, 11, 2, tzinfo=UTC))
yes, no, never = (
    rule("first")(lambda _m: True),
    rule("first")(lambda _m: False),
    rule("second")(lambda _m: False),
)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (yes, ""),
        (no, "first"),
        (anyone, ""),
        (yes & anyone, ""),
        (yes & never, "second"),
        (no & yes, "first"),
        (no & never, "first"),
        (never & no, "second"),
        (yes | never, ""),
        (never | yes, ""),
        (no | never, "second"),
        (never | no, "first"),
    ],
)
def test_a_rule_says_why_and_two_say_it_as_one(asked, refusal):
    assert asked.refusal(MOMENT) == refusal
    assert asked.allows(MOMENT) is (refusal == "")
