"""The web server starts from nothing but the entrance's module."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_entrance_can_be_imported_by_a_process_that_has_loaded_nothing():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test", "LINLI_TEST_DB": "sqlite"}
    done = subprocess.run(
        [sys.executable, "-c", "from config.wsgi import application; print(type(application).__name__)"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "WSGIHandler"), done.stderr
