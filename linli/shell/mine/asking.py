"""Asking about my data, by page: for myself, with a tracking code, or for somebody at the desk; and another number."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from linli.apps.privacy.forms import AskForm
from linli.foundation import limits
from linli.foundation.errors import DomainError, InvalidInput, NotAllowed
from linli.foundation.forms import posted
from linli.foundation.rules import Moment
from linli.foundation.web import when_again
from linli.kernel.cases import services as cases
from linli.kernel.cases.choices import Channel
from linli.kernel.people import queries as people
from linli.kernel.people import services as accounts
from linli.shell.mine import queries
from linli.shell.mine.forms import NewPhoneCodeForm, NewPhoneForm
from linli.shell.mine.views import GET_OR_POST, quiet
from linli.shell.signin.sms import send_code

NOT_FOR_OTHERS = _("您的岗位不能替居民登记，请居民自己在页面上申请。")


@csrf_exempt  # the code in the address is the authority, no cookie is; and no-referrer makes browsers hide their origin
@login_not_required
@never_cache
@require_http_methods(GET_OR_POST)
def ask_by_code(request: HttpRequest, code: str) -> HttpResponse:
    page = queries.page_of(request, code)
    return quiet(_ask(request, page.viewer.moment(None, page.now), page.base, "mine/ask.html"))


@never_cache
@require_http_methods(GET_OR_POST)
def ask(request: HttpRequest) -> HttpResponse:
    viewer = people.looking(request)
    return _ask(request, viewer.moment(None, timezone.now()), "/me/data", "mine/ask.html")


@never_cache
@require_http_methods(GET_OR_POST)
def ask_for_somebody(request: HttpRequest) -> HttpResponse:
    """At the counter or on the telephone: the code on their slip, or the number of their account, says whose it is."""
    viewer = people.looking(request)
    if not viewer.can("raise_for_others"):
        raise NotAllowed(NOT_FOR_OTHERS)
    moment = viewer.moment(None, timezone.now())
    channel = Channel.PHONE if request.POST.get("channel") == Channel.PHONE else Channel.COUNTER
    return _ask(request, moment, "/desk/", "mine/ask_for_somebody.html", channel=channel)


def _ask(
    request: HttpRequest, moment: Moment, base: str, template: str, *, channel: str = Channel.WEB
) -> HttpResponse:
    form: Any = AskForm(None, case=None, moment=moment)
    if wish := request.GET.get("wish"):
        form.initial["category"] = wish
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            limits.count(request, "report")
            data = {**posted(AskForm, request.POST, []), "channel": channel}
            opened = cases.open_case(flow="data", data=data, moment=moment)
        except DomainError as refused:
            refusal, form = refused, getattr(refused, "form", None) or form
        else:
            said = {"code": opened.code, "case": opened.case, "base": base, "now": moment.now}
            return render(request, "mine/asked.html", said, status=HTTPStatus.CREATED)
    context = {"form": form, "base": base, "refusal": "" if form.errors or not refusal else refusal.message}
    page = render(request, template, context, status=refusal.status if refusal else HTTPStatus.OK)
    return when_again(page, refusal)


@never_cache
@require_http_methods(GET_OR_POST)
def phone(request: HttpRequest) -> HttpResponse:
    """Another number for my account: the number, then the code that came to it."""
    viewer = people.looking(request)
    if viewer.account is None or viewer.account.is_staff_member:
        raise NotAllowed(_("工作人员的号码由任命的人管理，请联系他们。"))
    if request.method != "POST":
        return _phone(request, NewPhoneForm())
    if "code" in request.POST:
        return _take_number(request, viewer)
    form = NewPhoneForm(request.POST)
    if not form.is_valid():
        return _phone(request, form)
    number = form.cleaned_data["phone"]
    if not ratelimit.consume(request, action="phone_code", key=number):
        form.add_error("phone", _("验证码要得太多了，请过一小时再试。"))
        return _phone(request, form, HTTPStatus.TOO_MANY_REQUESTS)
    code = accounts.new_phone_code(phone=number, action=accounts.CHANGE_PHONE, now=timezone.now())
    send_code(number, code)
    return _phone(request, NewPhoneCodeForm(initial={"phone": number}))


def _take_number(request: HttpRequest, viewer: people.Viewer) -> HttpResponse:
    form = NewPhoneCodeForm(request.POST)
    if not ratelimit.consume(request, action="phone_try"):
        return ratelimit.respond_429(request)
    if form.is_valid():
        try:
            accounts.change_phone(account_id=viewer.actor.id, now=timezone.now(), **form.cleaned_data)
        except InvalidInput as error:
            form.add_error("code", error.message)
        else:
            return redirect("/me/data")
    return _phone(request, form)


def _phone(request: HttpRequest, form: Any, status: int = 0) -> HttpResponse:
    wrong = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "mine/phone.html", {"form": form}, status=status or wrong)
