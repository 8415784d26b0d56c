from __future__ import annotations

from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "linli.kernel.figures"
    label = "figures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.figures import jobs  # noqa: F401, PLC0415 -- app ready
        from linli.kernel.figures.queries import recount, resummed  # noqa: PLC0415 -- app ready
        from linli.kernel.journal import verify  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.registry import holds_nothing  # noqa: PLC0415 -- app ready

        holds_nothing("figures", "counts matters by id, place, day and category")
        verify.register("figures", recount.check)
        verify.register(resummed.NAME, resummed.check)
