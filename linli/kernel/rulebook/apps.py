from __future__ import annotations

from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "linli.kernel.rulebook"
    label = "rulebook"
    default_auto_field = "django.db.models.BigAutoField"
