"""A process whose children erase what is due and are killed in the middle of it (:mod:`tests.killing`)."""

from __future__ import annotations

import sys

import django
from django.db import connections

for _alias, _name in zip(("default", "keys"), sys.argv[1:3], strict=True):
    connections.settings[_alias]["NAME"] = _name
django.setup()

from linli.kernel.vault import services  # noqa: E402 -- after set-up
from tests.killing import obey  # noqa: E402 -- after set-up

if __name__ == "__main__":
    obey(services.erase_due)
