"""A process whose children send what is due and are killed in the middle of it (:mod:`tests.killing`)."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import django
from django.conf import settings
from django.db import connections

settings.SMS = json.loads(sys.argv[1])
settings.OUTBOUND_PRIVATE = ["127.0.0.1/32"]
for _alias, _name in zip(("default", "keys"), sys.argv[2:4], strict=True):
    connections.settings[_alias]["NAME"] = _name
django.setup()

from linli.kernel.notices import address  # noqa: E402 -- after set-up
from linli.kernel.notices.services import sending  # noqa: E402 -- after set-up
from tests.kernel.notices.builders import phone_of  # noqa: E402 -- after set-up
from tests.killing import obey  # noqa: E402 -- after set-up

address.register("person", phone_of)


def send(now: datetime) -> None:
    while sending.send_due(now):
        continue


if __name__ == "__main__":
    obey(send)
