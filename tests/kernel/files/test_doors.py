"""Who sees a picture: the owner of its subject is asked for the viewer, then for the code, and a wrong code counts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from linli.foundation.limits import TooMany
from linli.kernel.files import access, views

CASE, VIEWER = UUID(int=1), "a viewer"
CODE, WRONG = "k7m2-p9qx", "k7m2-p9qy"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the limits of guessing were told; the owner lets the viewer and the code see the case."""
    told: list[str] = []
    monkeypatch.setattr(views.limits, "check_guesses", lambda _request: told.append("asked"))
    monkeypatch.setattr(views.limits, "guessed_wrong", lambda _request: told.append("wrong"))
    monkeypatch.setattr(access, "_answers", {})
    access.register("case", lambda who, subject: who.strip() in (VIEWER, CODE) and subject == CASE)
    return told


def sees(code: str = "", subject: UUID | None = CASE, kind: str = "case", **request: Any) -> bool:
    asked: Any = SimpleNamespace(GET={"code": code} if code else {}, **request)
    found: Any = SimpleNamespace(subject_kind=kind, subject_id=subject)
    return views._may_see(asked, found)


@pytest.mark.parametrize(
    ("asked", "seen", "told"),
    [
        ({"viewer": VIEWER}, True, []),
        ({"viewer": VIEWER, "code": WRONG}, True, []),
        ({"viewer": "another"}, False, []),
        ({}, False, []),
        ({"code": CODE}, True, ["asked"]),
        ({"viewer": None, "code": CODE}, True, ["asked"]),
        ({"viewer": "another", "code": CODE}, True, ["asked"]),
        ({"viewer": "another", "code": WRONG}, False, ["asked", "wrong"]),
        ({"code": WRONG}, False, ["asked", "wrong"]),
        ({"code": CODE, "subject": UUID(int=2)}, False, ["asked", "wrong"]),
        ({"code": CODE, "kind": "other"}, False, ["asked", "wrong"]),
        ({"viewer": VIEWER, "code": CODE, "subject": None}, False, []),
    ],
)
def test_a_picture_is_for_the_viewer_of_its_subject_and_for_the_code(
    counted: list[str], asked: dict[str, Any], seen: bool, told: list[str]
) -> None:
    assert sees(**asked) is seen
    assert counted == told


def test_while_somebody_has_guessed_too_often_even_the_right_code_is_not_tried(
    counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(request: object) -> None:
        raise TooMany("guess", retry_after=60)

    monkeypatch.setattr(views.limits, "check_guesses", stopped)

    with pytest.raises(TooMany):
        sees(code=CODE)
    assert sees(viewer=VIEWER, code=CODE) is True


def test_what_nobody_answers_for_nobody_sees(counted: list[str]) -> None:
    assert access.allows(VIEWER, "case", CASE) is True
    assert access.allows(VIEWER, "other", CASE) is False
