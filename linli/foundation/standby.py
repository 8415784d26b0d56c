"""No standby confirms what is written (servers): what is said then, and how a server is asked.

How a process finds out, and what it does, is in :mod:`linli.foundation.postgresql.confirming`.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import Busy

READ_ONLY = _(
    "系统现在只能查看，暂时不能存新的内容，这次没有办成，也没有记下来。写好的先留着，请过一会儿再发一次。着急请直接打 %(phone)s。"
)
NOT_SURE = _(
    "系统还不能肯定这次有没有存好。写好的先留着，请过一会儿原样再发一次，不会重复。着急请直接打 %(phone)s。"
)
AGAIN_IN = 10  # seconds
WAITED = 4  # seconds: a COMMIT that has waited longer than this for a standby shows that none confirms
# A standby whose state may not be read counts as one that confirms. One that is there and says nothing
# shows in the sessions that wait for it, which their own role may see.
LACKING = """
    SELECT current_setting('synchronous_standby_names') <> '' AND NOT pg_is_in_recovery() AND (
        NOT EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state IS NULL OR sync_state <> 'async')
        OR EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'
                   AND clock_timestamp() - query_start > make_interval(secs => %s)))
"""


class NoStandby(Busy):
    """Nothing can be written now, and nothing was; the sentence names the telephone."""

    def __init__(self, sentence: Any = READ_ONLY) -> None:
        super().__init__(sentence % {"phone": settings.SERVICE_PHONE}, retry_after=AGAIN_IN)


class Unconfirmed(OperationalError, NoStandby):
    """What was sent may have been kept, or not: no standby has confirmed it. An error of the database's too."""

    def __init__(self) -> None:
        NoStandby.__init__(self, NOT_SURE)


def is_lacking(cursor: Any) -> bool:
    """Ask a server: does it wait for a standby, and does none confirm?"""
    cursor.execute(LACKING, [WAITED])
    return bool(cursor.fetchone()[0])
