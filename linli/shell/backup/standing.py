"""When was a restore last proven? Written down beside the databases, read by ``/health``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.kernel.notices import services as notices
from linli.kernel.people import queries as people
from linli.kernel.people.choices import SYSTEM_ADMIN

STALE = timedelta(hours=24)
AHEAD = timedelta(minutes=5)  # a clock that was set back a little

NEVER = _("还没有一份备份通过恢复验证。请运行 linli backup 和 linli restore --verify。")
LONG_AGO = _("最近一次通过恢复验证已经超过 24 小时。请检查备份和恢复的定时任务。")
NEVER_HERE = _("还没有一份备份通过恢复验证。请做一次恢复演练（drill.sh），见 docs/operations.md。")
OLD_BACKUP = _("最近一次通过恢复验证的是 24 小时以前的备份。请检查备份的定时任务。")


@dataclass(frozen=True, slots=True)
class Proven:
    """A restore that has passed: of which backup, taken when, verified when, what was counted."""

    backup: str
    taken_at: str
    verified_at: str
    seconds: float
    counts: dict[str, Any]

    def times(self) -> tuple[datetime, datetime]:
        """Return when the backup was taken and when it was verified; ``ValueError`` if that cannot be read."""
        taken, verified = (datetime.fromisoformat(at) for at in (self.taken_at, self.verified_at))
        if taken.tzinfo is None or verified.tzinfo is None:
            raise ValueError("A time without its zone.")
        return taken, verified


def record(proven: Proven) -> None:
    """Write it down whole, or leave what was written before."""
    file = Path(settings.RESTORE_RECORD)
    draft = file.with_name(f".{file.name}")
    draft.write_text(json.dumps(asdict(proven), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(file)


def last() -> Proven | None:
    """Return the last restore that has passed; None where there is none, or none that can be read."""
    try:
        proven = Proven(**json.loads(Path(settings.RESTORE_RECORD).read_text(encoding="utf-8")))
        proven.times()
    except (OSError, ValueError, TypeError):
        return None
    return proven


def problems(now: datetime) -> Iterator[str]:
    """Say what is wrong with the backups of an installation that has any."""
    if not (settings.BACKUPS_FOLDER or settings.RESTORE_IS_WANTED):
        return
    if (proven := last()) is None:
        yield str(NEVER_HERE if settings.RESTORE_IS_WANTED else NEVER)
        return
    taken, verified = proven.times()
    if not -AHEAD <= now - verified <= STALE:
        yield str(LONG_AGO)
    elif verified - taken > STALE:
        yield str(OLD_BACKUP)


def tell(now: datetime) -> int:
    """Tell the system administrators, once a day for as long as it lasts; return how many were told."""
    if not any(problems(now)):
        return 0
    day = timezone.localdate(now)
    told = people.holders_of_role(SYSTEM_ADMIN, now)
    for post in told:
        notices.tell(
            to_kind="person", to_id=post.account_id, template="backup.unproven", params={},
            dedupe_key=f"backup-{day}", now=now, county="",
        )  # fmt: skip
    return len(told)
