from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "linli.kernel.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.people import fields, jobs  # noqa: F401, PLC0415 -- app ready
