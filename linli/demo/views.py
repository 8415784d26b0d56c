"""The demonstration's logins, with the code of the moment. Exists in a demonstration only."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.demo.staffing import LOGINS, PASSWORD, SECRET
from linli.kernel.people import queries as people
from linli.kernel.people.models import Account
from linli.kernel.places import queries as places

SHOWS = {
    "grid_worker": _("手机上的待办：接单、到场、办好了拍照交差。"),
    "grid_head": _("本网格的待办，可以派给谁。"),
    "community_clerk": _("分流、派单、答复，帮居民登记。"),
    "community_secretary": _("社区的总览，吹哨，提出规则。"),
    "street_dispatcher": _("社区上报的事，召集有关单位。"),
    "street_leader": _("批准挂起，审核规则，看街道总览。"),
    "county_dispatcher": _("全区的地图、台账和总览。"),
    "department_officer": _("部门接到的单和吹哨。"),
    "property_officer": _("物业的单：楼道灯、电梯、漏水。"),
    "party_org": _("督办没人接的单。"),
    "member_claimant": _("报到党员和单位领办的事。"),
    "quality_checker": _("别人办好了的事，换一个人去看是不是真办好了。"),
    "supervisor": _("逾期和重办的事，看数不办事。"),
    "protected_handler": _("受保护事项，只有专人看得到。"),
    "data_officer": _("个人信息申请：要求删除、更正、说明的，由人来答复。"),
    "rule_editor": _("提出规则；审核要换“规则审核员”。"),
    "rule_approver": _("审核别人提出的规则。"),
    "auditor": _("操作和阅读记录，看不到个人信息。"),
    "system_admin": _("三员之一：管系统，不管人也不看事。"),
    "security_admin": _("三员之一：任免岗位，开通账号。"),
    "audit_admin": _("三员之一：确认任命，查记录。"),
}


@login_not_required
@never_cache
@require_safe
def logins(request: HttpRequest) -> HttpResponse:
    """Role, username, password and one-time code. 404 wherever this is not a demonstration."""
    if not settings.DEMONSTRATION:
        raise Http404
    period = app_settings.TOTP_PERIOD
    context = {
        "logins": _logins(),
        "password": PASSWORD,
        "code": code_now(),
        "seconds": period - int(time.time()) % period,
    }
    return render(request, "demo/logins.html", context)


def code_now() -> str:
    """Return the one-time code that an authenticator would show now."""
    return str(format_hotp_value(hotp_value(SECRET, int(time.time()) // app_settings.TOTP_PERIOD)))


def _logins() -> list[dict[str, Any]]:
    """Return the logins whose accounts are here: without them, the demonstration has not been laid out."""
    there = set(
        Account.objects.filter(username__in=LOGINS, is_active=True).values_list("username", flat=True)
    )
    on = places.today()
    return [
        {"username": username, "role": str(people.role(role, on=on).label), "shows": SHOWS[role]}
        for username, (role, _where) in LOGINS.items()
        if username in there
    ]
