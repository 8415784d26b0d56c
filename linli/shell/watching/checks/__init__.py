"""Every check that ``/health``, ``/metrics`` and ``linli doctor`` ask."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.shell.watching.checks import records, stores, work
from linli.shell.watching.trouble import Check

CHECKS = (
    Check("databases", _("数据库应答，打开方式对"), stores.databases, needs_database=False),
    Check("library", _("SQLite 的版本"), stores.old_sqlite, needs_database=False),
    Check("room", _("磁盘有余地"), stores.room, needs_database=False),
    Check("backups", _("备份恢复得出来"), records.backups, needs_database=False),
    Check("verified", _("记录核对过"), records.verified, needs_database=False),
    Check("migrations", _("数据库的结构是新的"), stores.migrations),
    Check("keys", _("主密钥和密钥库配得上"), stores.keys),
    Check("standbys", _("同步备机在"), records.standbys),
    Check("alive", _("后台在运行"), work.alive),
    Check("sequencing", _("发生的事都排上了号"), work.sequencing),
    Check("followers", _("列表、统计和通知跟得上"), work.followers),
    Check("jobs", _("定时的事都做了"), work.jobs),
    Check("notices", _("通知发得出去"), work.notices),
    Check("seals", _("台账按时封存"), records.seals),
    Check("clock", _("时钟没有往回走，也没有跳到前头去"), records.clock),
    Check("calendar", _("节假日安排已经发布"), records.calendar),
)
# What only a web process can say of itself.
OF_THE_PROCESS = (
    Check("only_writer", _("只有一个进程在写"), stores.only_writer, needs_database=False),
    Check("disk", _("磁盘没有出错"), stores.failing_disk, needs_database=False),
)
