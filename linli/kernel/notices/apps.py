from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "linli.kernel.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel.notices import jobs  # noqa: F401, PLC0415 -- app ready
        from linli.kernel.notices.adapters import aliyun_sms, wechat, words  # noqa: PLC0415 -- app ready
        from linli.kernel.notices.services import HOLDER  # noqa: PLC0415 -- app ready
        from linli.kernel.vault.registry import register_holder  # noqa: PLC0415 -- app ready

        register_holder(HOLDER)
        words.register()
        aliyun_sms.register()
        wechat.register()
