"""Who may give and take posts, and who may change rules. The one place that decides it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from linli.foundation.errors import NotAllowed
from linli.foundation.paths import ROOT, contains
from linli.foundation.rules import IMPORT, Actor
from linli.kernel.people.choices import (
    ADMINISTER_SECURITY,
    ADMINISTRATORS,
    AUDIT_ADMIN,
    CONFIRM_GRANT,
    SECURITY_ADMIN,
)
from linli.kernel.people.models import Post
from linli.kernel.people.queries import PostRef, posts_of, same_person
from linli.kernel.rulebook.choices import Capability
from linli.kernel.rulebook.registry import Ask
from linli.kernel.vault.memory.limits import Ask as ReadingAsk
from linli.kernel.vault.memory.purging import Ask as PurgeAsk

SETUP = Actor("setup")
_TRUSTED = (IMPORT, SETUP)  # neither is ever passed on from a request
# What a post does that opens what residents said.
_READ = {
    Capability.HANDLE.value, Capability.DISPATCH.value, Capability.CHECK.value, Capability.APPROVE.value,
    Capability.SUPERVISE.value, Capability.ANSWER_PROTECTED.value,
}  # fmt: skip
_RULE_STEPS = {
    "propose": Capability.EDIT_RULES.value,
    "publish": Capability.EDIT_RULES.value,
    "approve": Capability.APPROVE_RULES.value,
    "refuse": Capability.APPROVE_RULES.value,
}


def check_may_appoint(by: Actor, path: str, now: datetime) -> PostRef | None:
    """Return the post from which ``by`` may give and take posts at ``path``, or raise NotAllowed."""
    if by in _TRUSTED:
        return None
    refusal = _("这个地方的任免，不在您的岗位职责里。")
    return _post_with(_appointing_posts(by, now), {Capability.APPOINT.value}, path, refusal)


def check_may_confirm(by: Actor, post: Post, now: datetime) -> PostRef:
    """Return the post from which ``by`` may confirm this appointment, or raise NotAllowed."""
    others = [account_id for account_id in (post.made_by, post.account_id) if account_id]
    if any(same_person(by.id, account_id) for account_id in others):
        raise NotAllowed(_("这项任命要由另一个人确认。"))
    wanted = {Capability.APPOINT.value, CONFIRM_GRANT}
    return _post_with(_appointing_posts(by, now), wanted, post.path, _("确认这项任命，不在您的岗位职责里。"))


def check_may_appoint_somewhere(by: Actor, now: datetime) -> None:
    """Raise NotAllowed unless ``by`` may appoint at some place: enough to open a new account."""
    if by not in _TRUSTED and not any(Capability.APPOINT in post.may for post in _appointing_posts(by, now)):
        raise NotAllowed(_("管理账号不在您的岗位职责里。"))


def check_is_somebody_else(by: Actor, account_id: UUID) -> None:
    if by.kind == "person" and same_person(by.id, account_id):
        raise NotAllowed(_("不能任免自己。"))


def check_three_persons(account_id: UUID) -> None:
    """Refuse a second administrator post for one person, also behind another account."""
    held = Post.objects.filter(role__in=ADMINISTRATORS, ends_at__isnull=True).values_list(
        "account_id", flat=True
    )
    if any(same_person(account_id, other) for other in held):
        raise NotAllowed(_("系统、安全、审计三员要由三个人担任。"))


def check_may_change_rules(ask: Ask) -> None:
    """Answer the rulebook: proposing and approving are two rights, at that place, of two persons."""
    if ask.actor in _TRUSTED:
        return
    if ask.other and same_person(ask.actor.id, ask.other):
        raise NotAllowed(_("提出规则的人不能自己审核。"))
    posts = posts_of(ask.actor.id, ask.now) if ask.actor.kind == "person" else ()
    wanted = {_RULE_STEPS[ask.step]}
    _post_with(posts, wanted, ask.path or ROOT, _("这个地方的规则，不在您的岗位职责里。"))


def check_may_read_more(ask: ReadingAsk) -> None:
    """Answer the vault: who holds the post may ask; who stands over it, or keeps the security, may decide.

    The audit administrator only looks on, and nobody decides for themselves by another account.
    """
    posts = posts_of(ask.actor.id, ask.now)
    if ask.step == "ask":
        if not any(post.id == ask.post_id and may_ask_reading(post) for post in posts):
            raise NotAllowed(_("这个岗位不看个人信息，不能申请。"))
        return
    if same_person(ask.actor.id, ask.reader_id):
        raise NotAllowed(_("自己的申请要由另一个人批准。"))
    if not any(may_decide_reading(post, ask.post_id) for post in posts):
        raise NotAllowed(_("批准多看，不在您的岗位职责里。"))


def check_may_purge(ask: PurgeAsk) -> None:
    """Answer the vault: who audits the log proposes, who keeps the security approves; never one person both."""
    if ask.other and same_person(ask.actor.id, ask.other):
        raise NotAllowed(_("自己提出的清除，要由另一个人批准。"))
    posts = posts_of(ask.actor.id, ask.now)
    if not (may_propose_purges(posts) if ask.step == "propose" else may_answer_purges(posts)):
        raise NotAllowed(_("只有审计管理员能提出清除，只有安全管理员能批准。"))


def may_propose_purges(posts: tuple[PostRef, ...]) -> bool:
    return any(post.role == AUDIT_ADMIN for post in posts)


def may_answer_purges(posts: tuple[PostRef, ...]) -> bool:
    return any(post.role == SECURITY_ADMIN for post in posts)


def may_ask_reading(post: PostRef) -> bool:
    """Is this a post that opens personal data at all? None of the three administrators' is."""
    return bool(post.may & _READ)


def may_decide_reading(post: PostRef, readers_post: UUID) -> bool:
    """May who holds ``post`` decide how much the reader at another post opens?"""
    if ADMINISTER_SECURITY in post.may:
        return True
    ground = Post.objects.filter(pk=readers_post).values_list("path", flat=True).first()
    stands_over = bool(post.may & {Capability.SUPERVISE.value, Capability.APPROVE.value})
    return stands_over and ground is not None and contains(post.path, ground)


def _appointing_posts(by: Actor, now: datetime) -> tuple[PostRef, ...]:
    posts = posts_of(by.id, now) if by.kind == "person" else ()
    if any(post.role == AUDIT_ADMIN for post in posts):
        raise NotAllowed(_("审计管理员只查看，不任免。"))
    return posts


def _post_with(posts: tuple[PostRef, ...], wanted: set[str], path: str, refusal: str) -> PostRef:
    for post in posts:
        if wanted & post.may and contains(post.path, path):
            return post
    raise NotAllowed(refusal)
