"""The personal data of requests, declared: what, why, how long, how masked."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from linli.foundation.text import mask_name, mask_phone, mask_words
from linli.kernel.vault.choices import Klass, Purpose, Who
from linli.kernel.vault.fields import personal

# Chinese Personal Information Protection Law (PIPL), article 13(1)(2)-(3) and article 6 (least data);
# kept two years after closing, a design default of the data-protection rules.
BASIS = "个人信息保护法 第十三条、第六条"
TWO_YEARS = timedelta(days=730)
WORK = (Purpose.HANDLE_CASE, Purpose.CHECK_RESULT, Purpose.ANSWER_DATA_REQUEST, Purpose.OWN)

TEXT = "requests.text"
NOTE = "requests.note"
CONTACT_NAME = "requests.contact_name"
CONTACT_PHONE = "requests.contact_phone"


personal(
    code=TEXT, label=_("反映的内容"), klass=Klass.GENERAL, purposes=WORK, mask=mask_words,
    retention=TWO_YEARS, basis=BASIS, who=(Who.SELF, Who.BEARER, Who.HANDLER, Who.OVERSEER),
)  # fmt: skip
personal(
    code=NOTE, label=_("办理中的说明"), klass=Klass.GENERAL, purposes=WORK, mask=mask_words,
    retention=TWO_YEARS, basis=BASIS, who=(Who.SELF, Who.BEARER, Who.HANDLER),
)  # fmt: skip
personal(
    code=CONTACT_NAME, identifies=True, label=_("称呼"), klass=Klass.GENERAL,
    purposes=(Purpose.CONTACT_REPORTER, Purpose.ANSWER_DATA_REQUEST, Purpose.OWN), mask=mask_name,
    retention=TWO_YEARS, basis=BASIS, who=(Who.SELF, Who.HANDLER),
)  # fmt: skip
personal(
    code=CONTACT_PHONE, identifies=True, label=_("联系电话"), klass=Klass.SENSITIVE,
    purposes=(Purpose.CONTACT_REPORTER, Purpose.ANSWER_DATA_REQUEST, Purpose.OWN), mask=mask_phone,
    retention=TWO_YEARS, basis=BASIS, lookup=str, who=(Who.SELF, Who.HANDLER, Who.SENDER),
)  # fmt: skip
