"""What was written down: is it sealed, was it checked, can it be restored, and is the time right?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation import standby
from linli.foundation.worktime import SHANGHAI
from linli.kernel.journal import queries as journal
from linli.kernel.journal import verify
from linli.kernel.rulebook.queries import calendars
from linli.shell.backup import standing as backup
from linli.shell.watching.trouble import Trouble

UNSEALED = timedelta(hours=3)  # sealed every hour
CHECKED = timedelta(days=35)  # `linli verify` once a month, and some days of grace
AHEAD = timedelta(minutes=2)  # by which machines may differ
CALENDAR_MONTH = 12  # the State Council publishes next year's holidays in November


def seals(now: datetime) -> Iterator[Trouble]:
    unsealed = journal.unsealed().values()
    if any(one["rows"] and one["since"] and now - one["since"] > UNSEALED for one in unsealed):
        yield Trouble(
            _("台账已经三个小时没有封存。"),
            _("看后台是不是在运行，journal.seal 有没有报错。"),
        )


def verified(now: datetime) -> Iterator[Trouble]:
    if not settings.ROOTS_FOLDER:
        return
    last = verify.last()
    if last and last.findings:
        yield Trouble(
            _("最近一次核对发现了问题：记录可能被改过。"),
            _("先不要动任何东西，做一份备份；运行 linli verify 看是哪些，请安全和审计管理员一起查。"),
        )
    elif last is None or not -AHEAD <= now - last.at <= CHECKED:
        yield Trouble(
            _("记录已经一个多月没有核对过。"),
            _("运行 linli verify，每月至少一次。"),
            is_grave=False,
        )


def backups(now: datetime) -> Iterator[Trouble]:
    """A backup that was never restored is a hope: an installation that has some must prove one each day."""
    for sentence in backup.problems(now):
        yield Trouble(sentence, _("运行 linli backup 和 linli restore --verify，再看定时任务为什么没有做。"))


def clock(now: datetime) -> Iterator[Trouble]:
    """Nothing that was written down can lie in the future, and no installation is switched off for so long."""
    if journal.has_leapt(now):
        yield Trouble(
            _("系统的时钟比后台上一次运行时快了太多：到期的事和到期的个人信息都先不动，等人确认。"),
            _(
                "看现在的时间对不对。对的（机器停了很久），运行 linli clock confirm；不对的，先把时间改回来，不要确认。"
            ),
        )
    witness = journal.latest_witness()
    if witness is not None and witness > now + AHEAD:
        yield Trouble(
            _("系统的时钟往回走了，或者先前走快过：记录里有比现在还晚的时间。"),
            _(
                "打开自动对时（timedatectl set-ntp true），看时间对不对。对的，等过了那个时间这一条会自己消失。"
            ),
        )


def calendar(now: datetime) -> Iterator[Trouble]:
    """Without its calendar a year's deadlines are left open."""
    today = timezone.localdate(now, SHANGHAI)
    if not calendars.is_published(today.year):
        yield Trouble(
            _("今年的节假日安排还没有发布，办理期限算不出来。"),
            _("请有权的人在“规则”里发布今年的日历。"),
            is_grave=False,
        )
    elif today.month >= CALENDAR_MONTH and not calendars.is_published(today.year + 1):
        yield Trouble(
            _("明年的节假日安排还没有发布，跨年的办理期限会算不出来。"),
            _("国务院办公厅的通知出来以后，请有权的人在“规则”里发布明年的日历。"),
            is_grave=False,
        )


def standbys(_now: datetime) -> Iterator[Trouble]:
    """Where the primary waits for a standby and none is there, nothing can be acknowledged."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        is_lacking = standby.is_lacking(cursor)
    if is_lacking:
        yield Trouble(
            _("数据库要求同步备机，可是没有一台在确认：网站只能看，什么都存不进去。"),
            _(
                "运行 patronictl list，让一台备机回来，几秒后自己恢复；见运维说明“Failover”一节。不要用取消（pg_cancel_backend）去催等着的 COMMIT。"
            ),
        )
