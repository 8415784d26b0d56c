"""Pictures as personal data: what for, how long. Their bytes lie in the store, not in the vault."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.vault import fields
from linli.kernel.vault.choices import Purpose, Who

PICTURE = "files.picture"


def hidden(_text: str) -> str:
    return _("（照片已隐去）")


fields.personal(
    code=PICTURE,
    label=gettext_lazy("照片"),
    klass=fields.GENERAL,
    purposes=(Purpose.HANDLE_CASE, Purpose.CHECK_RESULT, Purpose.ANSWER_DATA_REQUEST, Purpose.OWN),
    mask=hidden,
    retention=timedelta(days=365),
    basis="个人信息保护法 第十三条、第六条、第十九条",
    who=(Who.SELF, Who.BEARER, Who.HANDLER, Who.OVERSEER),
)
