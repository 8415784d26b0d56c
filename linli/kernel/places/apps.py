from __future__ import annotations

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "linli.kernel.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.journal import verify  # noqa: PLC0415 -- app ready
        from linli.kernel.places.queries.checks import check_register  # noqa: PLC0415 -- app ready

        verify.register("places.register", check_register)
