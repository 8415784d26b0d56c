from __future__ import annotations

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "linli.apps.privacy"
    label = "privacy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.apps.privacy import jobs, registry  # noqa: F401, PLC0415 -- app ready

        registry.register()
