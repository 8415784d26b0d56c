from __future__ import annotations

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "linli.kernel.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.files import fields, jobs  # noqa: F401, PLC0415 -- app ready
        from linli.kernel.files.services import HOLDER, checking  # noqa: PLC0415 -- app ready
        from linli.kernel.journal import verify  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.registry import register_holder  # noqa: PLC0415 -- app ready

        verify.register("files", checking.check)
        register_holder(HOLDER)
