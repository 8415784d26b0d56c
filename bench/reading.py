"""The load opens in a minute what one person may open in an hour: the bench's province has ruled so."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from linli.foundation.rules import IMPORT
from linli.kernel.rulebook.choices import Origin
from linli.kernel.rulebook.models import RuleSet
from linli.kernel.rulebook.services import versions

BASIS = "压力测试"
MANY = {"an_hour": 2000, "a_minute": 200, "most": 300, "longest": 12, "at_once": 10}


def let_read_much(now: datetime) -> None:
    """Ship, once, that one person may open many files."""
    if RuleSet.objects.filter(key="reading", basis=BASIS).exists():
        return
    with transaction.atomic():
        rule = versions.draft(
            key="reading", place=None, valid_from=date(2020, 1, 2), valid_to=None, data=MANY, basis=BASIS
        )
        rule.origin = Origin.SHIPPED
        versions.write(rule=rule, actor=IMPORT, name="rulebook.ship", now=now)
