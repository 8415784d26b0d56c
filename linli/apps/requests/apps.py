from __future__ import annotations

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "linli.apps.requests"
    label = "requests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.apps.requests import registry  # noqa: PLC0415 -- app ready

        registry.register()
