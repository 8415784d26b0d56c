"""What is written when somebody asks about their data: kept a year after the answer, so that it can be shown."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from linli.foundation.text import mask_words
from linli.kernel.vault.choices import Klass, Purpose, Who
from linli.kernel.vault.fields import personal

BASIS = "个人信息保护法 第四十五条至第五十条"
A_YEAR = timedelta(days=365)
PURPOSES = (Purpose.HANDLE_CASE, Purpose.CHECK_RESULT, Purpose.ANSWER_DATA_REQUEST, Purpose.OWN)

TEXT = "privacy.text"
NOTE = "privacy.note"


personal(
    code=TEXT, label=_("申请的内容"), klass=Klass.GENERAL, purposes=PURPOSES, mask=mask_words,
    retention=A_YEAR, basis=BASIS, who=(Who.SELF, Who.HANDLER, Who.OVERSEER),
)  # fmt: skip
personal(
    code=NOTE, label=_("申请的答复和说明"), klass=Klass.GENERAL, purposes=PURPOSES, mask=mask_words,
    retention=A_YEAR, basis=BASIS, who=(Who.SELF, Who.BEARER, Who.HANDLER),
)  # fmt: skip
