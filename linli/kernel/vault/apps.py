from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register as register_check


class VaultConfig(AppConfig):
    name = "linli.kernel.vault"
    label = "vault"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.journal.registry import Stream, register_stream  # noqa: PLC0415 -- app ready
        from linli.kernel.journal.verify import register  # noqa: PLC0415 -- app ready
        from linli.kernel.vault import checks, jobs, verify  # noqa: F401, PLC0415 -- app ready; jobs register themselves
        from linli.kernel.vault.models import ReadEntry, ReadPosition  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.queries import digest_of_read, removed  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.registry import holds_nothing  # noqa: PLC0415 -- app ready

        register_stream(Stream("reads", ReadEntry, ReadPosition, "entry", digest_of_read, removed))
        register("vault.reads", verify.reads)
        register("vault.purges", verify.purges)
        register("vault.records", verify.records)
        register("vault.kept", verify.kept)
        holds_nothing("journal", "who did what by id; what an id leads to is emptied where it stands")
        holds_nothing(
            "vault",
            "its values belong to the modules that declare them; the log of reading is shown with them",
        )
        register_check(checks.check_declarations)
