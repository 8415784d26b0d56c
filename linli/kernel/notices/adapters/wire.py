"""A request to a provider, and what is said of it where it fails."""

from __future__ import annotations

from linli.foundation import outbound
from linli.foundation.outbound import Answer, host_of
from linli.kernel.notices.services.gateways import TryLater

__all__ = ["Answer", "host_of", "post"]


def post(base_url: str, target: str, *, headers: dict[str, str], body: bytes) -> Answer:
    """Send a POST to ``base_url`` + ``target`` and return the answer.

    Raises :class:`TryLater` with why nothing was sent, else ``no_answer``, doubtful, because
    the other side may have acted on what it got.
    """
    try:
        return outbound.post(base_url, target, headers=headers, body=body)
    except outbound.Unreached as error:
        raise TryLater(error.why) from error
    except outbound.NoAnswer as error:
        raise TryLater("no_answer", doubtful=True) from error
