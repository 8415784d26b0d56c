from __future__ import annotations

from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "linli.foundation"
    label = "foundation"
