"""What follows from allauth's signals."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.internal.flows.login import record_authentication  # allauth has no public name for it
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from linli.kernel.people.models import Account

log = structlog.get_logger("linli.signin")


@receiver(user_login_failed)
def write_down_a_wrong_password(**_signal: Any) -> None:
    """Neither the name nor the address: people type passwords into the wrong field."""
    log.warning("sign_in_failed", factor="password")


@receiver(authentication_failed)
def write_down_a_wrong_second_factor(**_signal: Any) -> None:
    log.warning("sign_in_failed", factor="second")


@receiver(authenticator_added)
def count_enrolment_as_proof(
    request: HttpRequest, user: Account, authenticator: Authenticator, **_signal: Any
) -> None:
    """Who has just typed a code from the new device has passed the second factor in this session."""
    if authenticator.type == Authenticator.Type.TOTP:
        record_authentication(request, user, method="mfa", id=authenticator.pk, type=authenticator.type)
