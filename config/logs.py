"""One JSON object per line on standard error, without personal data.

What is logged of a request is its route ("t/<code>"), never its address, its query,
its body or its cookies. Long runs of digits (telephone and identity numbers that a
database may quote in an error) are blanked in whatever is left.
"""

from __future__ import annotations

import json
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

LONG_DIGITS = re.compile(r"(?<![\w-])\d{7,17}[\dXx]?(?![\w-])")
# Django puts the address into these messages, and an address may hold a tracking code.
WITH_ADDRESS = ("django.request", "django.security", "django.server", "django.channels.server")

Event = MutableMapping[str, Any]


def configure(settings: dict[str, Any]) -> None:
    """Set up both structlog and the standard library's logging. Called by Django."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_addresses,
        structlog.processors.format_exc_info,
        blank_long_digits,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.JSONRenderer(serializer=_as_json),
                    ],
                }
            },
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["console"], "level": settings["level"]},
            "loggers": {"django": {"level": "INFO"}, "django.db.backends": {"level": "INFO"}},
        }
    )


def without_addresses(_logger: Any, _method: str, event: Event) -> Event:
    """Keep only the first words of Django's messages about requests ("Not Found")."""
    if str(event.get("logger", "")).startswith(WITH_ADDRESS):
        event["event"] = str(event["event"]).partition(":")[0].partition(" (")[0]
        event.pop("request", None)
    return event


def blank_long_digits(_logger: Any, _method: str, event: Event) -> Event:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = LONG_DIGITS.sub("…", value)
    return event


def _as_json(event: Any, **_options: Any) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)
