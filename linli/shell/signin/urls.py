"""Every address of signing in. allauth's are mounted one by one: what is not here does not exist."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path

from linli.shell.signin import renew, views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-in/code", views.sign_in_code, name="sign_in_code"),
    path("sign-out", views.sign_out, name="account_logout"),
    path("set-up", views.set_up, name="set_up"),
    path("desk/sign-in", views.staff_sign_in, name="account_login"),
    path("desk/sign-in/second", mfa.authenticate, name="mfa_authenticate"),
    path("desk/sign-in/inactive", account.account_inactive, name="account_inactive"),
    path("desk/join", views.join, name="join"),
    path("desk/post", views.choose_post, name="choose_post"),
    path("desk/people/accounts/<uuid:account_id>/renew", renew.renew, name="renew_account"),
    path("desk/account/password", views.password_change, name="account_change_password"),
    path("desk/account/confirm", account.reauthenticate, name="account_reauthenticate"),
    path("desk/account/second", mfa.index, name="mfa_index"),
    path("desk/account/second/confirm", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("desk/account/second/phone", totp.activate_totp, name="mfa_activate_totp"),
    path("desk/account/second/phone/off", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("desk/account/second/codes", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "desk/account/second/codes/new", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
    path(
        "desk/account/second/codes/file", recovery.download_recovery_codes, name="mfa_download_recovery_codes"
    ),
]
