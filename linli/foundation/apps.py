from __future__ import annotations

from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "linli.foundation"
    label = "foundation"

    def ready(self) -> None:
        from linli.foundation import locks, sqlite  # noqa: F401, PLC0415 -- app ready: registers their checks
