"""Print a token with which one of the first administrators sets up an account."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from linli.foundation.errors import WrongState
from linli.kernel.people import services


class Command(BaseCommand):
    help = "Print a set-up token. It makes one administrator, works once, and lives 30 minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token = services.new_setup_token(now=timezone.now())
        except WrongState as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write(token)
