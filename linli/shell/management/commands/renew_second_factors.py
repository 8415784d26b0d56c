"""``linli renew_second_factors``: seal second factors anew after a new SECRET_KEY (docs/operations.md)."""

from __future__ import annotations

import sys
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from linli.shell.signin import secrets


class Command(BaseCommand):
    help = "Seal every second factor under the SECRET_KEY of now. Exit 1 if one cannot be read."

    def handle(self, **_options: Any) -> None:
        every = Authenticator.objects.order_by("pk").values_list("pk", flat=True)
        are_renewed = [_is_renewed(pk) for pk in every]
        self.stdout.write(_("重新加密了 %(renewed)d 个第二道验证。") % {"renewed": sum(are_renewed)})
        if lost := len(are_renewed) - sum(are_renewed):
            sentence = _("有 %(lost)d 个读不出来：SECRET_KEY_FALLBACKS 里要有它们当时的那一把。")
            self.stderr.write(sentence % {"lost": lost})
            sys.exit(1)


@transaction.atomic
def _is_renewed(pk: int) -> bool:
    """Lock it first: a code that is being used up is written into it."""
    one = Authenticator.objects.select_for_update().get(pk=pk)
    try:
        one.data = secrets.renew(one.data)
    except InvalidToken:
        return False
    one.save(update_fields=["data"])
    return True
