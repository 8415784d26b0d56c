"""The hook through which a code goes out. The gateway is registered at start-up."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from linli.foundation.errors import Busy

Sender = Callable[[str, str], None]
_senders: list[Sender] = []


def register_sender(send: Sender) -> None:
    """Let ``send(phone, code)`` deliver codes from now on; ``phone`` is ``+86`` and eleven digits."""
    _senders[:] = [send]


def send_code(phone: str, code: str) -> None:
    """Deliver a code, or raise Busy: without a gateway nobody is told that one is on its way."""
    if not _senders:
        raise Busy(_("短信暂时发不出去，请稍后再试，或者直接找社区。"), retry_after=60)
    _senders[0](phone, code)
