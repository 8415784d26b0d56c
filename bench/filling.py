"""What ``bench.fill`` does once Django is set up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from bench import ground, history
from bench.people import CLERK, COUNTY, PASSWORD, SECRET
from linli.foundation.rules import IMPORT
from linli.kernel.cases.models import Case
from linli.kernel.figures import services as figures
from linli.kernel.journal import queries as journal
from linli.kernel.journal import services as sequencer
from linli.kernel.journal.models import Cursor
from linli.kernel.journal.registry import CONSUMERS
from linli.kernel.people import services as people
from linli.kernel.people.models import Account, Desk
from linli.kernel.places.models import Place

COUNTED_AT_ONCE = 20_000
STEPS_PLANNED = 20_000
ASKED = 200


def fill(until: int, now: datetime) -> dict[str, Any]:
    """Fill up to ``until`` cases; return ids, versions and names for the load."""
    ground.lay_out(now)
    spots = ground.spots(5000)
    clerk = _staff(CLERK, "community_clerk", Desk.objects.get(pk=spots[0].desks["community"]), now)
    county = Desk.objects.get(kind="county", county=spots[0].county)
    _staff(COUNTY, "county_dispatcher", county, now)
    models = history.models_of(spots[0], clerk, now - timedelta(minutes=3))
    history.fill(until, models, spots, now)
    history.refuse_running_out(now)
    _follow(now)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return _targets(spots[0], spots)


def _staff(username: str, role: str, desk: Desk, now: datetime) -> Account:
    if known := Account.objects.filter(username=username).first():
        return known
    with transaction.atomic():
        account = people.add_staff(username=username, name="测试员", by=IMPORT, now=now)
        Account.objects.filter(pk=account.pk).update(password=make_password(PASSWORD))
        TOTP.activate(account, SECRET)
        people.appoint(
            account_id=account.pk, role_code=role, desk_id=desk.pk, by=IMPORT, now=now, title=desk.name
        )
    return account


def _follow(now: datetime) -> None:
    """Give positions, count the figures, and let the other consumers begin after the bulk."""
    while sequencer.sequence(now):
        continue
    last = journal.last_position()
    counted = Cursor.objects.filter(name="figures").values_list("position", flat=True).first() or 0
    while counted < last:
        batch = journal.since(counted, COUNTED_AT_ONCE)
        figures.count(batch)
        counted = batch[-1].position
    rows = [Cursor(name=name, position=last) for name in CONSUMERS]
    Cursor.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["name"], update_fields=["position"]
    )


def _targets(desk: ground.Spot, spots: list[ground.Spot]) -> dict[str, Any]:
    mine = Case.objects.filter(holder_id=desk.desks["community"], closed_at=None)
    to_sort = mine.filter(state="submitted").order_by("id").values_list("id", "version")[:STEPS_PLANNED]
    in_hand = mine.exclude(state="submitted").order_by("id").values_list("id", flat=True)[:ASKED]
    return {
        "to_sort": [[str(pk), version] for pk, version in to_sort],
        "in_hand": [str(pk) for pk in in_hand],
        "places": [str(spot.building) for spot in spots[:2000]],
        "held": mine.count(),
        "cases": Case.objects.count(),
        "places_in_all": Place.objects.count(),
        "desks_in_all": Desk.objects.count(),
    }
