"""Settings for the tests, on SQLite or (``LINLI_TEST_DB=postgresql``) on PostgreSQL."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from config.settings.base import *  # noqa: F403 -- settings build on each other
from config.settings.base import LIMITS, SQLITE, STORAGES

SECRET_KEY = "test"  # noqa: S105 -- protects nothing
STAMP_SECONDS = HEALTH_SECONDS = 0
CLOCK_GAP_DAYS = 36_500  # tests go through years in one step; the guard has tests of its own
LEAST_FREE_MIB = 0  # whatever is free where the tests run
LIMITS = dict.fromkeys(LIMITS, "1000000/m")  # one address sends everything; limits have tests of their own
MEDIA_ROOT = tempfile.mkdtemp(prefix="linli-files-")
READ_LOG_FOLDER = tempfile.mkdtemp(prefix="linli-reads-")
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
MASTER_KEY = "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtdGU="  # 32 bytes that protect nothing
TRACKING_SECRET = "test"  # noqa: S105 -- protects nothing
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; the real one has its own test
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
LOGGING = {"level": "WARNING"}

if os.environ.get("LINLI_TEST_DB", "sqlite") == "postgresql":
    # The run's own server, started by tests/conftest.py. Each of xdist's workers has one to itself:
    # a transaction that one holds open would hold back the other's sequencer.
    HOST = os.environ.setdefault("LINLI_TEST_PG_HOST", f"/tmp/linli-pg-{os.getpid()}")  # noqa: S108 -- a socket
    if WORKER := os.environ.get("PYTEST_XDIST_WORKER"):
        HOST = f"{HOST}-{WORKER}"
    DATABASES: dict[str, dict[str, Any]] = {
        alias: {"ENGINE": "linli.foundation.postgresql", "NAME": alias, "USER": "postgres", "HOST": HOST}
        for alias in ("default", "keys")
    }
else:
    DATABASES = {
        alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": dict(SQLITE)}
        for alias in ("default", "keys")
    }
