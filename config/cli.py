"""The ``linli`` command: every management command, with the embedded settings unless told otherwise."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from config import doctor


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
    if sys.argv[1:2] == ["doctor"]:  # not a management command: those need settings that can be loaded
        sys.exit(doctor.main(sys.argv[2:]))
    execute_from_command_line(sys.argv)
