from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "linli.kernel.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.journal.verify import register  # noqa: PLC0415 -- app ready
        from linli.kernel.people import fields, jobs, rules, schemas, verify  # noqa: F401, PLC0415 -- app ready
        from linli.kernel.people.services import HOLDER  # noqa: PLC0415 -- app ready
        from linli.kernel.rulebook import registry  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.memory import limits, purging  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.registry import register_holder  # noqa: PLC0415 -- app ready

        register_holder(HOLDER)
        registry.register_schema("party_chain", schemas.PartyChain)
        registry.guard(rules.check_may_change_rules)
        limits.guard(rules.check_may_read_more)
        purging.guard(rules.check_may_purge)
        register("people.posts", verify.posts)
        register("people.desks", verify.desks)
