from __future__ import annotations

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "linli.shell.search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.shell.search import jobs  # noqa: F401, PLC0415 -- app ready
