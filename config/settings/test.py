"""Settings for the tests."""

from config.settings.base import *  # noqa: F403 -- settings build on each other

SECRET_KEY = "test"
STAMP_SECONDS = 0
SQLITE = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA synchronous=FULL"}
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": SQLITE},
    "keys": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": SQLITE},
}
