"""The personal data of people: whose it is, what it is for, how long it is kept."""

from __future__ import annotations

from datetime import timedelta

import phonenumbers
from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import InvalidInput
from linli.foundation.text import mask_name, mask_phone
from linli.kernel.vault import fields
from linli.kernel.vault.choices import Purpose, Who

RESIDENT_PHONE = "people.phone"
STAFF_PHONE = "people.staff_phone"


def normal_phone(text: str) -> str:
    """Return a mainland mobile number as ``+86`` and eleven digits, or raise InvalidInput."""
    wrong = InvalidInput(_("请填写 11 位手机号。"), field="phone")
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException as error:
        raise wrong from error
    if number.country_code != 86 or phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.MOBILE:
        raise wrong
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


fields.personal(
    code=RESIDENT_PHONE,
    identifies=True,
    label=_("居民登录手机号"),
    klass=fields.GENERAL,
    purposes=(Purpose.CONTACT_REPORTER, Purpose.OWN, Purpose.SECURITY),
    mask=mask_phone,
    retention=timedelta(days=3 * 365),
    basis="个人信息保护法第十三条第一款第二项",
    lookup=normal_phone,
    who=(Who.SELF, Who.SENDER),
)
fields.personal(
    code=STAFF_PHONE,
    label=_("工作人员手机号"),
    klass=fields.GENERAL,
    purposes=(Purpose.HANDLE_CASE, Purpose.EMERGENCY, Purpose.OWN, Purpose.SECURITY),
    mask=mask_phone,
    retention=timedelta(days=3 * 365),
    basis="个人信息保护法第十三条第一款第三项",
    lookup=normal_phone,
    who=(Who.SELF, Who.SENDER),
)
fields.column(
    "people.Account",
    "name",
    label=_("工作人员姓名"),
    klass=fields.GENERAL,
    purposes=(Purpose.HANDLE_CASE, Purpose.OWN, Purpose.SECURITY),
    mask=mask_name,
    retention=timedelta(days=3 * 365),
    basis="个人信息保护法第十三条第一款第三项",
    who=(Who.SELF, Who.APPOINTER),
)
fields.column(
    "people.Desk",
    "phone",
    label=_("岗台公开电话"),
    klass=fields.GENERAL,
    purposes=(Purpose.HANDLE_CASE,),
    mask=str,
    retention=timedelta(days=10 * 365),
    basis="政府信息公开条例第二十条",
    who=(Who.EVERYBODY,),
)
