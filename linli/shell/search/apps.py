from __future__ import annotations

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "linli.shell.search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.vault.registry import holds_nothing  # noqa: PLC0415 -- app ready
        from linli.shell.search import jobs  # noqa: F401, PLC0415 -- app ready

        holds_nothing("search", "numbers, categories and places of matters; gone once their words are erased")
