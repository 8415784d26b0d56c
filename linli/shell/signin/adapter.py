"""What allauth asks us: which keys limits count under, what happens at login and logout, how secrets are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.people import services as people
from linli.kernel.people.models import Account
from linli.shell.signin import session
from linli.shell.signin.known import is_known_browser, remember_browser
from linli.shell.signin.secrets import box

FRESH = timedelta(minutes=5)


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves here: staff are invited, residents prove a phone number."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": gettext_lazy("用户名或密码不对。"),
        "too_many_login_attempts": gettext_lazy("试得太多了，请过一刻钟再试。"),
        "rate_limited": gettext_lazy("试得太多了，请稍后再试。"),
        "enter_current_password": gettext_lazy("请填写现在的密码。"),
        "incorrect_password": gettext_lazy("密码不对。"),
        "incorrect_code": gettext_lazy("验证码不对。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/desk/" if getattr(request.user, "is_staff_member", False) else "/"

    def login(self, request: HttpRequest, user: Account) -> None:
        """Sign in under a new session id. A staff account has one session: older ones end."""
        now, before = timezone.now(), user.last_login
        if user.is_staff_member:
            user.epoch = people.end_sessions(account_id=user.id, now=now, why="sign_in")
        super().login(request, user)
        session.begin(request, now)
        if user.is_staff_member and before:
            when = date_format(timezone.localtime(before), "Y年n月j日 H:i")
            messages.info(request, _("上次登录是%(when)s。如果不是您，请马上改密码。") % {"when": when})

    def post_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponseBase:
        response = super().post_login(request, user, **kwargs)
        if user.is_staff_member and isinstance(response, HttpResponse):
            remember_browser(response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        """End every session of this account, not only this one."""
        account_id = request.user.pk
        super().logout(request)
        if account_id is not None:
            people.end_sessions(account_id=account_id, now=timezone.now(), why="sign_out")

    def set_password(self, user: Account, password: str) -> None:
        user.set_password(password)
        user.save(update_fields=["password"])
        people.note_password(account_id=user.id, now=timezone.now())

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within five minutes of signing in, with all the factors this account has."""
        request = self.request
        complete = session.has_second_factor(request) or not is_mfa_enabled(request.user)
        records = get_authentication_records(request, request.user)
        age = timezone.now().timestamp() - records[-1]["at"] if records else FRESH.total_seconds()
        return not complete or age >= FRESH.total_seconds()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count tries per account. A browser that signed in before counts for itself.

        So a stranger who uses up an account's tries does not keep its owner out.
        """
        username = credentials.get("username", "").strip().lower()
        known = "known" if is_known_browser(request, username) else "any"
        return f"{known}:{username}"

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Keep allauth's own flash messages back: each of our pages says what happened."""


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of second factors stand encrypted; staff cannot be without one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("验证码不对，请看手机上现在的六位数字。"),
        "cannot_delete_authenticator": gettext_lazy(
            "岗位账号必须有第二道验证，不能停用。换手机请找任命您的人重新开通。"
        ),
    }

    def encrypt(self, text: str) -> str:
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return box().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return False
