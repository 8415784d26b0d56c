"""Read the environment, and refuse what cannot be understood.

``VARIABLES`` is the whole list; each is explained in docs/settings.md, and a test
compares the two. A variable that begins with ``LINLI_`` and is not in the list is
refused: a misspelt setting must not be ignored in silence.
"""

from __future__ import annotations

import os
import re
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

VARIABLES = frozenset(
    {
        "DATABASE_URL",
        "KEYS_DATABASE_URL",
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "LINLI_BACKUPS",
        "LINLI_BACKUP_KEY",
        "LINLI_BASE_MAP",
        "LINLI_CLOCK_GAP",
        "LINLI_DATA",
        "LINLI_DEMONSTRATION",
        "LINLI_DIRECT",
        "LINLI_EMBEDDED",
        "LINLI_HOSTS",
        "LINLI_HTTPS",
        "LINLI_LEAST_FREE",
        "LINLI_LIMITS",
        "LINLI_LOG_LEVEL",
        "LINLI_MASTER_KEY",
        "LINLI_MEDIA",
        "LINLI_METRICS_FROM",
        "LINLI_METRICS_TOKEN",
        "LINLI_OUTBOUND_PRIVATE",
        "LINLI_POOL_SIZE",
        "LINLI_PROXIES",
        "LINLI_READ_LOG",
        "LINLI_READ_LOG_MONTHS",
        "LINLI_RESTORE_RECORD",
        "LINLI_RETENTION",
        "LINLI_ROOTS",
        "LINLI_SERVICE_PHONE",
        "LINLI_SMS",
        "LINLI_STATIC",
        "LINLI_TEST_DB",
        "LINLI_TEST_PG_HOST",
        "LINLI_TEST_SHARED",
        "LINLI_TRACKING_SECRET",
        "LINLI_VAULT_CIPHER",
        "LINLI_WECHAT",
    }
)
RATE = re.compile(r"[1-9][0-9]{0,8}/[1-9]?[0-9]{0,4}[smhd]")
SHORTEST_SECRET = 44  # 32 random bytes as base64


def text(name: str, default: str | None = None) -> str:
    """Return the variable, or the default; without a default it must be set and not empty."""
    if name not in VARIABLES:
        raise ImproperlyConfigured(f"{name} is not in config.env.VARIABLES.")
    value = os.environ.get(name, "") or default
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set; see docs/settings.md.")
    return value


def secret(name: str) -> str:
    """Return a secret. It has no default and is never shown, not even in the refusal."""
    value = text(name)
    if len(value) < SHORTEST_SECRET:
        raise ImproperlyConfigured(f"{name} is shorter than {SHORTEST_SECRET} characters.")
    return value


def optional_secret(name: str) -> str:
    """Return a secret, or "" where none is set; one that is too short is refused."""
    return secret(name) if text(name, "") else ""


def older_secrets(name: str) -> list[str]:
    """Return a comma-separated list of secrets that were used before, none by default; each as :func:`secret`."""
    given = words(name, "")
    if any(len(value) < SHORTEST_SECRET for value in given):
        raise ImproperlyConfigured(f"{name} holds one that is shorter than {SHORTEST_SECRET} characters.")
    return given


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number.")
    return int(value)


def flag(name: str, *, default: bool) -> bool:
    value = text(name, "1" if default else "0")
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be 0 or 1.")
    return value == "1"


def choice(name: str, *values: str) -> str:
    """Return one of the values; the first is the default."""
    value = text(name, values[0])
    if value not in values:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {', '.join(values)}.")
    return value


def words(name: str, default: str | None = None) -> list[str]:
    """Return a comma-separated list."""
    return [word for part in text(name, default).split(",") if (word := part.strip())]


def networks(name: str, default: str) -> list[str]:
    """Return a comma-separated list of networks; an address alone is one."""
    given = words(name, default)
    try:
        return [str(ip_network(word)) for word in given]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} holds something that is no network: {error}.") from error


def rates(name: str, defaults: dict[str, str]) -> dict[str, str]:
    """Return the defaults with what ``report=240/m,photos=60/m`` says instead."""
    given = dict(word.partition("=")[::2] for word in words(name, ""))
    for key, rate in given.items():
        if key not in defaults or not RATE.fullmatch(rate):
            raise ImproperlyConfigured(
                f"{name} has {key}={rate!r}; it takes {', '.join(defaults)}, each as 120/m or 60/10m."
            )
    return defaults | given


def days(name: str) -> dict[str, int]:
    """Return what ``requests.text=365,files.picture=180`` says: a whole number of days for each name."""
    given = dict(word.partition("=")[::2] for word in words(name, ""))
    for key, number in given.items():
        if not (number.isascii() and number.isdigit()):
            raise ImproperlyConfigured(f"{name} has {key}={number!r}; it takes days, as requests.text=365.")
    return {key.strip(): int(number) for key, number in given.items()}


def toml(name: str) -> dict[str, Any]:
    """Return what is in the TOML file that the variable names; nothing if it names none."""
    if not (file := text(name, "")):
        return {}
    try:
        return tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name} names {file}, which cannot be read: {type(error).__name__}."
        ) from error


def postgresql(name: str) -> dict[str, Any]:
    """Turn ``postgresql://user:password@host:port/name?sslmode=…`` into Django's settings.

    A host that is a folder (a Unix socket) is written with %2F.
    """
    parts = urlsplit(text(name))
    if parts.scheme != "postgresql" or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:port/name.")
    return {
        "ENGINE": "linli.foundation.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def refuse_unknown() -> None:
    """Refuse variables of ours that nothing reads."""
    if strange := sorted(name for name in os.environ if name.startswith("LINLI_") and name not in VARIABLES):
        raise ImproperlyConfigured(f"Unknown settings: {', '.join(strange)}; see docs/settings.md.")
