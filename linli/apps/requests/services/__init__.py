"""What each step changes. A service knows no flow, no request and no transaction."""

from linli.apps.requests.services.closing import (
    check,
    contest,
    lapse,
    rate,
    redo,
    refer,
    refuse,
    reopen,
    reply,
    supplement,
    withdraw,
)
from linli.apps.requests.services.handling import (
    accept,
    approve_suspension,
    arrive,
    ask_suspension,
    call_off,
    claim,
    deny_suspension,
    escalate,
    finish,
    hand_over,
    overdue,
    progress,
    resolve,
    resume,
    schedule,
    verify,
    whistle,
)
from linli.apps.requests.services.sorting import (
    dispatch,
    divert,
    only_protected,
    protect,
    publish,
    raise_,
    redirect,
    return_,
    sort,
)

__all__ = [
    "accept", "approve_suspension", "arrive", "ask_suspension", "call_off", "check", "claim", "contest", "deny_suspension",
    "dispatch", "divert", "escalate", "finish", "hand_over", "lapse", "only_protected", "overdue", "progress", "protect", "publish",
    "raise_", "rate", "redirect", "redo", "refer", "refuse", "reopen", "reply", "resolve", "resume", "return_", "schedule",
    "sort", "supplement", "verify", "whistle", "withdraw",
]  # fmt: skip
