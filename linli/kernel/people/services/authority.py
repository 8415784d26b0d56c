"""Who may give and take posts. The one place that decides it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from linli.foundation.errors import NotAllowed
from linli.foundation.paths import contains
from linli.foundation.rules import IMPORT, Actor
from linli.kernel.people.choices import AUDIT_ADMIN, CONFIRM_GRANT
from linli.kernel.people.models import Post
from linli.kernel.people.queries import PostRef, posts_of
from linli.kernel.rulebook.choices import Capability

SETUP = Actor("setup")
_TRUSTED = (IMPORT, SETUP)  # neither is ever passed on from a request


def check_may_appoint(by: Actor, path: str, now: datetime) -> PostRef | None:
    """Return the post from which ``by`` may give and take posts at ``path``, or raise NotAllowed."""
    if by in _TRUSTED:
        return None
    return _post_with(by, {Capability.APPOINT.value}, path, now, _("这个地方的任免，不在您的岗位职责里。"))


def check_may_confirm(by: Actor, post: Post, now: datetime) -> PostRef | None:
    """Return the post from which ``by`` may confirm this appointment, or raise NotAllowed."""
    if by.id in (post.made_by, post.account_id):
        raise NotAllowed(_("这项任命要由另一个人确认。"))
    wanted = {Capability.APPOINT.value, CONFIRM_GRANT}
    return _post_with(by, wanted, post.path, now, _("确认这项任命，不在您的岗位职责里。"))


def check_is_somebody_else(by: Actor, account_id: UUID) -> None:
    if by.id == account_id:
        raise NotAllowed(_("不能任免自己。"))


def _post_with(by: Actor, wanted: set[str], path: str, now: datetime, refusal: str) -> PostRef:
    posts = posts_of(by.id, now) if by.kind == "person" else ()
    if any(post.role == AUDIT_ADMIN for post in posts):
        raise NotAllowed(_("审计管理员只查看，不任免。"))
    for post in posts:
        if wanted & post.may and contains(post.path, path):
            return post
    raise NotAllowed(refusal)
