"""One machine, one process, SQLite: what ``linli serve`` uses.

Everything lives in one data folder. The secrets are made on the first start.
"""

from __future__ import annotations

from pathlib import Path

from config import env, secrets
from config.settings.base import *  # noqa: F403 -- settings build on each other
from config.settings.base import LOCAL_CACHE, SQLITE
from config.settings.site import *  # noqa: F403 -- settings build on each other

env.refuse_unknown()

DATA = Path(env.text("LINLI_DATA", "var")).resolve()
DATA.mkdir(mode=0o750, parents=True, exist_ok=True)
_secrets = secrets.load(DATA / "secrets.env")
SECRET_KEY = _secrets["SECRET_KEY"]
SECRET_KEY_FALLBACKS = secrets.older(_secrets)
MASTER_KEY = _secrets["LINLI_MASTER_KEY"]
TRACKING_SECRET = _secrets["LINLI_TRACKING_SECRET"]
BACKUP_KEY = _secrets["LINLI_BACKUP_KEY"]

DATABASES = {
    alias: {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(DATA / file),
        "OPTIONS": dict(SQLITE),
        "CONN_MAX_AGE": None,  # a local file has no idle connections to save
    }
    for alias, file in (("default", "linli.sqlite3"), ("keys", "keys.sqlite3"))
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # it holds the limits on guessing: full, it would forget them
    },
    "local": LOCAL_CACHE,
}
STATIC_ROOT = env.text("LINLI_STATIC", str(DATA / "static"))
MEDIA_ROOT = env.text("LINLI_MEDIA", str(DATA / "files"))
ROOTS_FOLDER = env.text("LINLI_ROOTS", str(DATA / "roots"))
READ_LOG_FOLDER = env.text("LINLI_READ_LOG", str(DATA / "reads"))
BACKUPS_FOLDER = env.text("LINLI_BACKUPS", "")
RESTORE_RECORD = str(DATA / "restore.json")

ALLOWED_HOSTS = env.words("LINLI_HOSTS", "127.0.0.1,localhost")
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("LINLI_PROXIES", 0)

if env.flag("LINLI_HTTPS", default=False):
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-linli"
    CSRF_COOKIE_NAME = "__Host-linli-csrf"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
