"""What waits for another person's yes, each with somebody who asked for it and could otherwise say yes themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from linli.foundation.rules import IMPORT, Actor
from linli.kernel.people import services as people
from linli.kernel.people.fields import STAFF_PHONE
from linli.kernel.people.models import Account, Post
from linli.kernel.people.queries import same_person
from linli.kernel.rulebook.models import Decision, RuleSet
from linli.kernel.vault import services as vault
from linli.kernel.vault.choices import Leave, Removal
from linli.kernel.vault.models import Allowance, Purge
from tests.authorisation.neighbourhood import Neighbourhood, _proposal
from tests.kernel.people.builders import an_administrator, post_of
from tests.world import TEN, a_person, post

_phones = count(13911140000)


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: its id, who asked, the same person's other account, who may say yes, and by which route."""

    what: str
    id: UUID
    asker: Account
    twin: Account
    other: Account
    route: str
    is_agreed: Callable[[], bool]

    def bypassed(self) -> bool:
        """Has anything of what takes two come about by this one person alone?"""
        me = [self.asker.pk, self.twin.pk]
        return (
            self.is_agreed()
            or RuleSet.objects.filter(made_by__in=me, approved_by__in=[*me, F("made_by")]).exists()
            or Decision.objects.filter(
                decided_by__in=me, rule__isnull=False, proposal__made_by__in=me
            ).exists()
            or Post.objects.filter(made_by__in=me, confirmed_by__in=me).exists()
            or Post.objects.filter(made_by__in=me, role__endswith="admin", needs_confirming=False).exists()
            or Allowance.objects.filter(reader_id__in=me, decided_by__in=me).exists()
            or Purge.objects.filter(proposed_by__in=me, decided_by__in=me)
            .exclude(state=Removal.REFUSED)
            .exists()
        )


def everything(here: Neighbourhood) -> list[Waiting]:
    return [*_rules(here), *_posts(here), *_leaves(here), *_purges(here)]


def _rules(here: Neighbourhood) -> list[Waiting]:
    """An editor who also approves at that place."""
    asker, twin = (a_person(here.world, f"both{n}", "rule_approver", here.world.county) for n in (1, 2))
    post(asker, "rule_editor", here.world.county)
    one_person(asker, twin)
    here.people["editor"] = asker
    pk = _proposal(here, timezone.now())

    def is_agreed() -> bool:
        return Decision.objects.filter(proposal_id=pk, rule__isnull=False).exists()

    other = here.people["approver"]
    return [
        Waiting("rule", pk, asker, twin, other, "desk/rules/proposals/<uuid:proposal_id>/approve", is_agreed)
    ]


def _posts(here: Neighbourhood) -> list[Waiting]:
    """A security administrator may appoint, and confirm what another has appointed: the two kinds of weighty post."""
    now, found = timezone.now(), []
    for role, where in (("auditor", {"place_id": here.world.county.pk}), ("system_admin", {})):
        asker, twin = an_administrator("security_admin", TEN), an_administrator("security_admin", TEN)
        newcomer = people.add_staff(username=f"xin.{next(_phones)}", name="测试员", by=IMPORT, now=TEN)
        waiting = people.appoint(
            account_id=newcomer.pk, role_code=role, by=Actor("person", asker.pk), now=now, **where
        )
        assert waiting.needs_confirming
        one_person(asker, twin)

        def is_agreed(pk: UUID = waiting.pk) -> bool:
            return not Post.objects.filter(pk=pk, needs_confirming=True, confirmed_at=None).exists()

        route = "desk/people/posts/<uuid:post_id>/confirm"
        found.append(Waiting(role, waiting.pk, asker, twin, here.people["system"], route, is_agreed))
    return found


def _leaves(here: Neighbourhood) -> list[Waiting]:
    """Who reads at a desk and stands over the whole county: they may decide for everybody else."""
    asker = a_person(here.world, "reader", "supervisor", here.world.county)
    twin = a_person(here.world, "reader2", "supervisor", here.world.county)
    one_person(asker, twin)
    reading = post_of(asker)
    told: dict[str, Any] = {
        "actor": Actor("person", asker.pk), "post_id": reading.pk, "county": reading.county,
        "purpose": "handle_case", "now": timezone.now(),
    }  # fmt: skip
    things = {
        "leave to read": vault.ask_for_more(**told, number=5, hours=2),
        "glass": vault.break_glass(**told),
    }

    def agreed(pk: UUID) -> Callable[[], bool]:
        return lambda: Allowance.objects.filter(pk=pk, state__in=[Leave.GRANTED, Leave.REVIEWED]).exists()

    route, other = "desk/reading/<uuid:allowance_id>/<slug:step>", here.people["security"]
    return [
        Waiting(what, wish.pk, asker, twin, other, route, agreed(wish.pk)) for what, wish in things.items()
    ]


def _purges(here: Neighbourhood) -> list[Waiting]:
    """Who audited when they proposed, and keeps the security now."""
    now, purge = timezone.now(), Purge.objects.get(pk=here.things["purge"])
    an_administrator("audit_admin", TEN)
    asker, twin = here.people["audit"], an_administrator("security_admin", TEN)
    people.end_post(post_id=post_of(asker).pk, by=IMPORT, now=now)
    people.appoint(account_id=asker.pk, role_code="security_admin", by=IMPORT, now=now)
    one_person(asker, twin)

    def is_agreed() -> bool:
        return Purge.objects.filter(pk=purge.pk, state=Removal.REMOVED).exists()

    route, other = "desk/reading/log/<uuid:purge_id>/<slug:step>", here.people["security"]
    return [Waiting("purge", purge.pk, asker, twin, other, route, is_agreed)]


def one_person(one: Account, two: Account) -> None:
    """Both accounts have one person's phone; that is how they are known to be one."""
    phone = str(next(_phones))
    for account in (one, two):
        vault.put(
            subject_kind="account",
            subject_id=account.pk,
            county="",
            values={STAFF_PHONE: phone},
            person_id=account.pk,
        )
    assert same_person(one.pk, two.pk)
