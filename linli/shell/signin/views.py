"""The pages at which people come in."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from allauth.account.internal.flows.login import record_authentication  # allauth has no public name for it
from allauth.account.utils import get_next_redirect_url, perform_login
from allauth.account.views import LoginView
from allauth.account.views import logout as allauth_logout
from allauth.account.views import password_change as allauth_password_change
from allauth.core import ratelimit
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.errors import Absent, DomainError, InvalidInput
from linli.kernel.people import queries, services
from linli.kernel.people.services import SIGN_IN
from linli.shell.signin import session
from linli.shell.signin.forms import JoinForm, PhoneCodeForm, PhoneForm, SetUpForm, StaffSignIn
from linli.shell.signin.sms import send_code

log = structlog.get_logger("linli.signin")
open_to_all = login_not_required
page = require_http_methods(["GET", "HEAD", "POST"])


class StaffSignInView(LoginView):
    """Name and password; allauth leads on to the second factor."""

    form_class = StaffSignIn
    template_name = "account/login.html"


staff_sign_in = StaffSignInView.as_view()


@open_to_all
@never_cache
@page
def sign_in(request: HttpRequest) -> HttpResponse:
    """A resident gives a phone number. Known or not, the answer is the same page."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = PhoneForm(request.POST or None)
    context = {"form": form, "next": _next(request)}
    if request.method != "POST" or not form.is_valid():
        return _page(request, "signin/phone.html", context)
    phone = form.cleaned_data["phone"]
    if not ratelimit.consume(request, action="phone_code", key=phone):
        form.add_error("phone", _("验证码要得太多了，请过一小时再试。"))
        page = _page(request, "signin/phone.html", context, HTTPStatus.TOO_MANY_REQUESTS)
        page["Retry-After"] = str(60 * 60)
        return page
    send_code(phone, services.new_phone_code(phone=phone, action=SIGN_IN, now=timezone.now()))
    context["form"] = PhoneCodeForm(initial={"phone": phone})
    return _page(request, "signin/code.html", context)


@open_to_all
@never_cache
@require_POST
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The resident gives the code. The number travels with the form and is kept nowhere on the way."""
    form = PhoneCodeForm(request.POST)
    if not ratelimit.consume(request, action="phone_try"):
        return ratelimit.respond_429(request)
    account = _try(
        form,
        lambda data: services.resident_by_code(phone=data["phone"], code=data["code"], now=timezone.now()),
    )
    if account is None:
        return _page(request, "signin/code.html", {"form": form, "next": _next(request)})
    record_authentication(request, account, method="code")
    return perform_login(request, account, redirect_url=_next(request))


@open_to_all
@never_cache
@sensitive_post_parameters("password", "again", "token")
@page
def set_up(request: HttpRequest) -> HttpResponse:
    """The first administrators, one token each. Gone for good once the three posts are held."""
    if queries.setup_is_over():
        raise Absent(_("没有这个页面。"))
    return _entry(request, SetUpForm, "signin/set_up.html", _set_up)


@open_to_all
@never_cache
@sensitive_post_parameters("password", "again", "code")
@page
def join(request: HttpRequest) -> HttpResponse:
    """Somebody invited sets a password."""
    return _entry(request, JoinForm, "signin/join.html", _join)


def password_change(request: HttpRequest) -> HttpResponse:
    """A new password for who has one; residents sign in with their phone and have none to change."""
    if not request.user.is_authenticated or not request.user.has_usable_password():
        raise Absent(_("没有这个页面。"))
    return allauth_password_change(request)


@open_to_all
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave; the browser is asked to throw away what it has kept of this site, pages to go back to among it."""
    response: HttpResponse = allauth_logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_POST
def choose_post(request: HttpRequest) -> HttpResponse:
    """Act from another of one's posts, then go back to where one was."""
    chosen = request.POST.get("post", "")
    if chosen not in {str(post.id) for post in request.viewer.posts}:  # type: ignore[attr-defined]
        raise Absent(_("您现在没有这个岗位。"))
    session.choose_post(request, chosen)
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else "/desk/")


def _entry(
    request: HttpRequest, form_class: type[forms.Form], template: str, act: Callable[[dict[str, Any]], Any]
) -> HttpResponse:
    """A page that opens an account with a code, and leads to the sign-in page."""
    form = form_class(request.POST or None)
    if request.method == "POST":
        if not ratelimit.consume(request, action="entry_code"):
            return ratelimit.respond_429(request)
        if _try(form, act):
            return redirect("account_login")
    return _page(request, template, {"form": form})


def _set_up(data: dict[str, Any]) -> object:
    return services.set_up(
        token=data["token"],
        role_code=data["role"],
        username=data["username"],
        name=data["name"],
        password=data["password"],
        now=timezone.now(),
    )


def _join(data: dict[str, Any]) -> object:
    return services.join(
        username=data["username"], code=data["code"], password=data["password"], now=timezone.now()
    )


def _try(form: forms.Form, act: Callable[[dict[str, Any]], Any]) -> Any:
    """Do it with what the form holds; a refusal becomes the form's error, and the answer None."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except InvalidInput as error:
        log.warning("sign_in_failed", factor="code", field=error.field)
        form.add_error(error.field if error.field in form.fields else None, error.message)
    except DomainError as error:
        form.add_error(None, error.message)
    return None


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 0) -> HttpResponse:
    wrong = HTTPStatus.UNPROCESSABLE_ENTITY if context["form"].errors else HTTPStatus.OK
    return render(request, template, context, status=status or wrong)


def _next(request: HttpRequest) -> str:
    return get_next_redirect_url(request) or "/"
