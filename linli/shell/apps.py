from __future__ import annotations

from django.apps import AppConfig


class ShellConfig(AppConfig):
    name = "linli.shell"
    label = "shell"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.shell.signin import receivers  # noqa: F401, PLC0415 -- app ready
