"""Tell somebody something, send what is due, mark as read."""

from __future__ import annotations

from linli.kernel.notices.services.consenting import HOLDER, OUTWARD, refuse, refused_by
from linli.kernel.notices.services.reading import mark_read
from linli.kernel.notices.services.sending import send_due
from linli.kernel.notices.services.telling import Telling, revive, tell, tell_all

__all__ = [
    "HOLDER",
    "OUTWARD",
    "Telling",
    "mark_read",
    "refuse",
    "refused_by",
    "revive",
    "send_due",
    "tell",
    "tell_all",
]
