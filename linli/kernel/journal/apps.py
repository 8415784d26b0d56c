from __future__ import annotations

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "linli.kernel.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.journal import jobs, registry, verify  # noqa: F401, PLC0415 -- app ready; jobs register themselves
        from linli.kernel.journal.models import Event, Position  # noqa: PLC0415 -- app ready
        from linli.kernel.journal.queries import digest_of  # noqa: PLC0415 -- app ready
        from linli.kernel.journal.verify import chains, streams  # noqa: PLC0415 -- app ready

        registry.register_stream(registry.Stream("events", Event, Position, "event", digest_of))
        verify.register("journal.chain", chains.check)
        verify.register("journal.positions", streams.positions)
        verify.register("journal.seals", streams.seals)
        verify.register("journal.guards", streams.guards)
