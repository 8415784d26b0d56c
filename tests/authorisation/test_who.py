"""Who was seen to get a personal value is who its declaration names (L1, G3)."""

from __future__ import annotations

from linli.kernel.vault.choices import Who
from linli.kernel.vault.fields import COLUMNS, FIELDS
from tests.authorisation import matrix

NAME = COLUMNS["people.account", "name"]
OVER = {"over", "over2", "party"}


def as_whom(code: str, route: str, role: str) -> Who:
    """As what somebody gets a value at an address, going by the table of fields."""
    if route == "me" or route.startswith("me/"):
        return Who.SELF
    if route.startswith("t/"):
        return Who.BEARER
    if route.startswith("desk/people"):
        return Who.APPOINTER
    return Who.OVERSEER if role in OVER else Who.HANDLER


def test_nobody_gets_a_value_whom_its_declaration_does_not_name(figure):
    got = [
        (code, route, role)
        for (code, route, _method), roles in matrix.fields().items()
        for role in roles
        if as_whom(code, route, role) not in (NAME if code == "people.name" else FIELDS[code]).who
    ]
    count = sum(map(len, matrix.fields().values()))
    figure("L1", "role × field × address beyond the declaration", target="0", n=count, floor=60, got=len(got))
    assert got == []
