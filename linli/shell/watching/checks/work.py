"""What runs by itself: is anybody at work, and is it done in time?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from linli.kernel.journal import queries as journal
from linli.kernel.journal.registry import JOBS
from linli.kernel.notices.queries.backlog import backlog
from linli.shell.watching.trouble import Trouble

SILENT = timedelta(minutes=1)  # jobs run every second
BEHIND = timedelta(minutes=1)
LATE = 300.0  # seconds behind its time, from which on a job counts as not done
FAILURES = 3  # in a row
UNSENT = timedelta(minutes=10)
SEE_THE_LOG = _("看日志里 job_failed、consumer_failed 那几行，交给技术人员；数据不会丢，修好以后会接着做。")
START_IT = _("单机：重新启动 linli serve。多台服务器：systemctl restart 'linli-work@*'。")


def alive(now: datetime) -> Iterator[Trouble]:
    last = journal.heartbeat(now)
    if last is None:
        yield Trouble(_("后台还一次都没有运行过。"), START_IT, is_grave=False)
    elif now - last > SILENT:
        yield Trouble(_("后台已经停了：没有人接着往下办，期限和短信都不走。"), START_IT)


def sequencing(now: datetime) -> Iterator[Trouble]:
    since = journal.behind().since
    if since is not None and now - since > BEHIND:
        yield Trouble(
            _("刚发生的事超过一分钟没有排上号，列表、统计和通知都会晚。"),
            _("先看后台是不是在运行。在运行的，看数据库里有没有开着不结束的事务（idle in transaction）。"),
        )


def followers(_now: datetime) -> Iterator[Trouble]:
    for name, one in journal.consumers().items():
        if one["stuck_since"]:
            yield Trouble(_("后台的 %(name)s 做不下去了。") % {"name": name}, SEE_THE_LOG)


def jobs(now: datetime) -> Iterator[Trouble]:
    waits = {name for name, job in JOBS.items() if job.is_final} if journal.has_leapt(now) else set()
    for name, one in journal.schedule(now).items():
        if one["failures"] >= FAILURES:
            yield Trouble(_("后台的 %(name)s 一连几次没有做成。") % {"name": name}, SEE_THE_LOG)
        elif one["late"] > LATE and name not in waits:
            yield Trouble(_("后台的 %(name)s 该做没有做。") % {"name": name}, START_IT)


def notices(now: datetime) -> Iterator[Trouble]:
    waiting = backlog(now)
    if waiting.oldest and now - waiting.oldest > UNSENT:
        yield Trouble(
            _("有通知该发没有发出去，超过十分钟了。"),
            _("看后台是不是在运行，短信和微信的网关通不通，余额够不够。"),
        )
    if waiting.dead:
        yield Trouble(
            _("有通知没有送达，试过几次都不成。"),
            _("请系统管理员打开“工作台→通知”看是哪些，再发一次或者打电话告诉对方。"),
            is_grave=False,
        )
