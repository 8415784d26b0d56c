"""What a way out must be able to do. The adapters are registered at start-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from linli.kernel.notices.choices import Channel


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took it; ``id`` is theirs."""

    id: str


class Refused(Exception):
    """It will never go: wrong number, unsubscribed, wrong template. ``code`` is the provider's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TryLater(Exception):
    """It did not go now. ``doubtful``: it may have gone without our hearing of it.

    ``wait`` is how many seconds to wait at least (a limit of the provider), 0 for the usual.
    """

    def __init__(self, code: str, *, doubtful: bool = False, wait: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.doubtful = doubtful
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: the template's code, each parameter as a word, the whole sentence."""

    template: str
    words: Mapping[str, str]
    text: str
    made_at: datetime


class Gateway(Protocol):
    """One provider. ``dedupe_key`` is the same at every attempt for one notice."""

    def send(self, address: str, message: Message, dedupe_key: str) -> Receipt:
        """Send, or raise :class:`Refused` or :class:`TryLater`. At most ten seconds."""
        ...

    def find(self, address: str, message: Message, dedupe_key: str) -> Receipt | None:
        """Return the receipt if an earlier attempt of unknown outcome did go, else None."""
        ...


# A factory returns the gateway, or None where its settings are empty: then the channel is off.
Factory = Callable[[], Gateway | None]

_factories: dict[str, Factory] = {}


def register(channel: str, factory: Factory) -> None:
    _factories[channel] = factory


def gateway(channel: str) -> Gateway | None:
    """Return the way out of a channel, None if it is off."""
    factory = _factories.get(channel)
    return factory() if factory else None


def is_on(channel: str) -> bool:
    return channel == Channel.INBOX or gateway(channel) is not None
