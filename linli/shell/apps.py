from __future__ import annotations

from django.apps import AppConfig


class ShellConfig(AppConfig):
    name = "linli.shell"
    label = "shell"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.notices import address  # noqa: PLC0415 -- app ready
        from linli.shell import reactions, readings  # noqa: PLC0415 -- app ready
        from linli.shell.backup import jobs  # noqa: F401, PLC0415 -- app ready
        from linli.shell.signin import reach, receivers, sms  # noqa: F401, PLC0415 -- app ready

        reactions.register()
        readings.register()
        sms.register_sender(sms.by_gateway)
        address.register("person", reach.phone_of)
