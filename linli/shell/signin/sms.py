"""How a code goes out: by whatever is registered; at start-up that is the SMS gateway of notices."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.errors import Busy
from linli.foundation.ids import new_id
from linli.kernel.notices.choices import Channel
from linli.kernel.notices.services import gateways

Sender = Callable[[str, str], None]
TEMPLATE = "signin.code"  # the gateway's templates map it to the provider's; its one word is "code"
_senders: list[Sender] = []


def register_sender(send: Sender) -> Callable[[], None]:
    """Let ``send(phone, code)`` deliver codes; the returned function takes that back.

    ``phone`` is ``+86`` and eleven digits. ``send`` raises Busy if the code did not go.
    """
    _senders.append(send)
    return lambda: _senders.remove(send)


def send_code(phone: str, code: str) -> None:
    """Deliver a code by the sender registered last, or raise Busy."""
    _senders[-1](phone, code)


def by_gateway(phone: str, code: str) -> None:
    """Send through the SMS gateway, at once: nobody waits for a code in a queue."""
    gateway = gateways.gateway(Channel.SMS)
    if gateway is None:
        raise Busy(_("这里还没有开通短信，请直接找社区。"), retry_after=3600)
    text = _("您的登录验证码是 %(code)s，五分钟内有效，不要告诉别人。") % {"code": code}
    message = gateways.Message(TEMPLATE, {"code": code}, text, timezone.now())
    try:
        gateway.send(phone, message, str(new_id()))
    except (gateways.Refused, gateways.TryLater) as error:
        raise Busy(_("短信暂时发不出去，请稍后再试，或者直接找社区。"), retry_after=60) from error
