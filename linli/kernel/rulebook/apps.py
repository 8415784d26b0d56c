from __future__ import annotations

from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "linli.kernel.rulebook"
    label = "rulebook"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.journal.verify import register  # noqa: PLC0415 -- app ready
        from linli.kernel.rulebook import queries, schemas, verify  # noqa: F401, PLC0415 -- app ready; schemas register themselves
        from linli.kernel.rulebook.schemas import words  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.memory.limits import register_limits  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.registry import holds_nothing, register_words  # noqa: PLC0415 -- app ready

        holds_nothing("rulebook", "who made and who approved a rule, in office, by id")
        register("rulebook.rules", verify.rules)
        register("rulebook.proposals", verify.proposals)
        register_limits(queries.reading_limits)
        register_words("rule schema", words.schema_words)
        register_words("catalogue", words.catalog_words)
