from __future__ import annotations

from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "linli.kernel.rulebook"
    label = "rulebook"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.journal.verify import register  # noqa: PLC0415 -- app ready
        from linli.kernel.rulebook import schemas, verify  # noqa: F401, PLC0415 -- app ready; schemas register themselves

        register("rulebook.rules", verify.rules)
