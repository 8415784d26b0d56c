"""A new way in for somebody who lost theirs: new invitation, second factor forgotten."""

from __future__ import annotations

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.foundation.errors import NotAllowed
from linli.kernel.people import services
from linli.kernel.people.choices import ADMINISTRATORS
from linli.kernel.people.models import Account, Post


@never_cache
@require_POST
def renew(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Show the invitation code once, to the person who may appoint there."""
    if Post.objects.filter(account_id=account_id, role__in=ADMINISTRATORS, ends_at__isnull=True).exists():
        raise NotAllowed(_("管理员的第二道验证不能由别人取消，请用备用码，或者另行任命。"))
    with transaction.atomic():
        code = services.invite(account_id=account_id, by=request.viewer.actor, now=timezone.now())  # type: ignore[attr-defined]
        Authenticator.objects.filter(user_id=account_id).delete()
        services.forget_password(account_id=account_id)
    account = Account.objects.get(id=account_id)
    return render(request, "people/invitation.html", {"account": account, "code": code})
