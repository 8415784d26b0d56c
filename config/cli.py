"""The ``linli`` command: every management command, with the embedded settings unless told otherwise."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config import doctor

# What reads everything while the site is used leaves it the machine.
BEHIND, NICE = frozenset({"backup", "restore", "verify", "rebuild_figures"}), 5


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
    if sys.argv[1:2] == ["doctor"]:  # not a management command: those need settings that can be loaded
        sys.exit(doctor.main(sys.argv[2:]))
    if sys.argv[1:2] == ["serve"]:
        load_at_once()
    if set(sys.argv[1:2]) & BEHIND:
        os.nice(NICE)
    execute_from_command_line(sys.argv)


def load_at_once() -> None:
    """Load the apps without looking for garbage, of which there is none yet: a third of the time is saved.

    What is loaded is not looked through again later, nor copied in the process that is forked from this one.
    """
    gc.disable()
    with suppress(ImproperlyConfigured):  # told by the command itself, in its own way
        django.setup()
    gc.freeze()
    gc.enable()
