from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "linli.kernel.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
