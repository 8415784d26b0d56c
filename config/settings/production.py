"""Servers: PostgreSQL, any number of web and worker processes behind a proxy that speaks TLS.

Nothing secret has a default. PgBouncer in transaction mode may stand in between:
no cursor or setting outlives a transaction, and no statement is prepared on the server
unless ``LINLI_DIRECT`` says that nothing stands in between.
"""

from __future__ import annotations

from config import env
from config.settings.base import *  # noqa: F403 -- settings build on each other
from config.settings.base import LOCAL_CACHE
from config.settings.site import *  # noqa: F403 -- settings build on each other

env.refuse_unknown()

SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.older_secrets("SECRET_KEY_FALLBACKS")
MASTER_KEY = env.secret("LINLI_MASTER_KEY")
TRACKING_SECRET = env.secret("LINLI_TRACKING_SECRET")

PREPARE_AFTER = 3  # times that a statement is sent before the server is asked to keep its plan
DATABASES = {"default": env.postgresql("DATABASE_URL"), "keys": env.postgresql("KEYS_DATABASE_URL")}
for _database in DATABASES.values():
    _database["DISABLE_SERVER_SIDE_CURSORS"] = True
    _database["OPTIONS"] |= {
        "prepare_threshold": PREPARE_AFTER if env.flag("LINLI_DIRECT", default=False) else None,
        "pool": {
            "min_size": 1,
            "max_size": env.number("LINLI_POOL_SIZE", 12),
            "timeout": 10,
            "reconnect_timeout": 5,  # after that each request asks anew: a pool that waits longer and longer does not
        },
    }
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "linli_cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},  # it holds the limits on guessing: full, it would forget them
    },
    "local": LOCAL_CACHE,
}
STANDBYS_ARE_WATCHED = True
STATIC_ROOT = env.text("LINLI_STATIC")
MEDIA_ROOT = env.text("LINLI_MEDIA")
ROOTS_FOLDER = env.text("LINLI_ROOTS")
READ_LOG_FOLDER = env.text("LINLI_READ_LOG", "")
RESTORE_RECORD = env.text("LINLI_RESTORE_RECORD", "")
RESTORE_IS_WANTED = bool(RESTORE_RECORD)

HOSTS = env.words("LINLI_HOSTS")
ALLOWED_HOSTS = [*HOSTS, "127.0.0.1"]  # who watches asks a process by itself; nginx answers to no such name
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("LINLI_PROXIES", 1)

SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-linli"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-linli-csrf"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in HOSTS]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^(health|metrics)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
