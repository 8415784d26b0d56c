"""One JSON object per line on standard error, without personal data.

What is logged of a request is its route ("t/<code>"), never its address, its query,
its body or its cookies. Long runs of digits (telephone and identity numbers that a
database may quote in an error) are blanked in whatever is left. Of an error its kind,
field, code and place are logged, not its words.
"""

from __future__ import annotations

import json
import logging.config
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import structlog

LONG_DIGITS = re.compile(r"(?<![\w-])\d{7,17}[\dXx]?(?![\w-])")
# Django puts the address into these messages, and an address may hold a tracking code.
WITH_ADDRESS = ("django.request", "django.security", "django.server", "django.channels.server")
DEEPEST = 12  # frames of an error, the innermost
SAYING = ("field", "sqlstate", "errno")  # what an error may say of itself in one word

Event = MutableMapping[str, Any]


def configure(settings: dict[str, Any]) -> None:
    """Set up both structlog and the standard library's logging. Called by Django."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_addresses,
        without_words,
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


def without_words(_logger: Any, _method: str, event: Event) -> Event:
    """Say of an error its kind, field, code and place. Its own words may quote what somebody typed."""
    error = _error(event.pop("exc_info", None))
    if error is None:
        return event
    chain = list(_chain(error))
    for one in chain:
        if words := str(one):
            event["event"] = str(event["event"]).replace(words, "…")
    if event["event"] == "…":
        event["event"] = type(error).__name__
    event["exception"] = [_told(one) for one in chain]
    return event


def _error(given: Any) -> BaseException | None:
    """Return the error of what a logger was given: an error, what ``sys.exc_info`` returns, or True."""
    if given is True:
        given = sys.exc_info()
    return given[1] if isinstance(given, tuple) else given or None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those before it, as a traceback would show them."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> str:
    frames = reversed(traceback.extract_tb(error.__traceback__)[-DEEPEST:])
    where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}{_about(error)} at {where or 'nowhere'}"


def _about(error: Any) -> str:
    """Name the fields that were wrong with their codes, or the one field or code that there is."""
    if form := getattr(error, "form", None):
        wrong = (
            f"{name}: {' '.join(str(e.code) for e in errors)}"
            for name, errors in form.errors.as_data().items()
        )
        return f" [{'; '.join(wrong)}]"
    said = next(
        (value for name in SAYING if isinstance(value := getattr(error, name, None), str | int) and value), ""
    )
    return f" [{said}]" if said else ""


def blank_long_digits(_logger: Any, _method: str, event: Event) -> Event:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = LONG_DIGITS.sub("…", value)
    return event


def _as_json(event: Any, **_options: Any) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)
