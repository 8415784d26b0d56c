"""What a process counts of itself, for Prometheus: answers, their seconds, refusals.

A label holds a route's pattern, a method, a status or a name from the code; never a place, a
case, an address or anything that was typed. Each web process has figures of its own and is
asked by itself, so nothing is kept in files between processes.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
NO_ROUTE = "(none)"  # an address that leads nowhere, and static files

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
_ANSWERS = Counter(
    "linli_answers", "Requests answered, by route.", ["route", "method", "status"], registry=REGISTRY
)
_SECONDS = Histogram(
    "linli_answer_seconds",
    "Seconds until the answer.",
    ["route", "method"],
    buckets=SECONDS,
    registry=REGISTRY,
)
_INTAKE = Counter(
    "linli_intake",
    "Reports sent, by door and by what became of them.",
    ["door", "outcome"],
    registry=REGISTRY,
)
_REFUSED = Counter(
    "linli_refused",
    "Requests refused before they were looked at, by limit or lane.",
    ["by"],
    registry=REGISTRY,
)


def answered(*, route: str, method: str | None, status: int, seconds: float) -> None:
    """Count an answer. ``route`` is a pattern ("t/<code>"); a method that nobody knows is "other"."""
    known = method if method in METHODS else "other"
    _ANSWERS.labels(route or NO_ROUTE, known, str(status)).inc()
    _SECONDS.labels(route or NO_ROUTE, known).observe(seconds)


def taken_in(*, door: str, outcome: str) -> None:
    """Count a report that was sent."""
    _INTAKE.labels(door, outcome).inc()


def refused(by: str) -> None:
    """Count a refusal by the name of a limit or lane, as the code names it."""
    _REFUSED.labels(by).inc()
