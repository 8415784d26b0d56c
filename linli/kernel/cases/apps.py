from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "linli.kernel.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.cases import jobs, verify  # noqa: F401, PLC0415 -- app ready
        from linli.kernel.cases.models import Assignment, Case  # noqa: PLC0415 -- app ready
        from linli.kernel.cases.queries import routing  # noqa: PLC0415 -- app ready
        from linli.kernel.cases.services import NOTE  # noqa: PLC0415 -- app ready
        from linli.kernel.cases.services.answering import HOLDER, OPEN_CASE  # noqa: PLC0415 -- app ready
        from linli.kernel.journal.verify import register  # noqa: PLC0415 -- app ready
        from linli.kernel.people import registry as people  # noqa: PLC0415 -- app ready
        from linli.kernel.places import services as places  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.memory.limits import register_part  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.registry import register_holder, register_need  # noqa: PLC0415 -- app ready

        register_part(NOTE)
        register_holder(HOLDER)
        register_need(OPEN_CASE)
        places.follow(Case, "path")
        places.follow(Assignment, "path")
        people.before_closing(routing.lies_on)
        register("cases.holders", verify.holders)
        register("cases.ground", verify.ground)
        register("cases.calls", verify.calls)
