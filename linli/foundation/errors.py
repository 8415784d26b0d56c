"""The ways to refuse. Nothing else crosses from services to the edges."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """A refusal that a person can read and act on.

    ``message`` is a whole sentence in the reader's language, ``field`` names the
    input it is about (or is empty), ``status`` is the HTTP status it becomes;
    ``retry_after``, if not 0, says in how many seconds to try again.
    """

    status = 400
    retry_after = 0

    def __init__(self, message: Any, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Misasked(DomainError):
    """The question itself cannot be understood: a name in the address that nobody reads."""

    status = 400


class NotAllowed(DomainError):
    """This actor may not do this here."""

    status = 403


class Absent(DomainError):
    """There is no such thing, or none that this actor may know of."""

    status = 404


class WrongState(DomainError):
    """It cannot be done now: the state or the version has moved on."""

    status = 409


class InvalidInput(DomainError):
    """What was entered cannot be taken as it is."""

    status = 422


class StillRunning(WrongState):
    """What was sent before under the same key is still being worked on; ``retry_after`` is in seconds."""

    retry_after = 5


class Busy(DomainError):
    """Try again in a moment; ``retry_after`` is in seconds."""

    status = 503

    def __init__(self, message: Any, *, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after
