"""Four eyes: one person proposes a rule, another one decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.errors import Absent, InvalidInput, NotAllowed, WrongState
from linli.foundation.rules import NOBODY, Actor
from linli.kernel.journal import services as journal
from linli.kernel.rulebook.choices import Origin
from linli.kernel.rulebook.models import Decision, Proposal, RuleSet
from linli.kernel.rulebook.queries.proposals import digest_of_decision, digest_of_proposal
from linli.kernel.rulebook.services import versions

SUBJECT = "rule_proposal"


@transaction.atomic
def propose(
    *,
    key: str,
    place_id: UUID | None,
    valid_from: date,
    valid_to: date | None = None,
    data: Mapping[str, Any],
    basis: str,
    inherits: bool = False,
    actor: Actor,
    now: datetime,
) -> Proposal:
    """Write down a rule that somebody wants; nothing changes until another person approves.

    ``inherits`` with empty data gives up the place's own rule: what lies above counts again.
    """
    _refuse_nobody(actor)
    place = versions.place_of(place_id)
    versions.ask("propose", actor, place.path if place else "", now)
    drafted = versions.draft(
        key=key,
        place=place,
        valid_from=valid_from,
        valid_to=valid_to,
        data=data,
        basis=basis,
        inherits=inherits,
    )
    _refuse_past(valid_from, now)
    proposal = Proposal.objects.create(
        key=key,
        place_id=place_id,
        county=drafted.county,
        valid_from=valid_from,
        valid_to=valid_to,
        inherits=inherits,
        data=drafted.data,
        basis=drafted.basis,
        made_by=actor.id,
        made_at=now,
    )
    _record(proposal, "rulebook.propose", actor, now, digest=digest_of_proposal(proposal))
    return proposal


@transaction.atomic
def approve(*, proposal_id: UUID, actor: Actor, now: datetime) -> RuleSet:
    """Make the proposal a rule. Refused to the one who proposed it, by whichever account."""
    proposal = _undecided(proposal_id, actor)
    place = versions.place_of(proposal.place_id)
    _ask_another(proposal, "approve", actor, place.path if place else "", now)
    _refuse_past(proposal.valid_from, now)
    rule = versions.draft(
        key=proposal.key,
        place=place,
        valid_from=proposal.valid_from,
        valid_to=proposal.valid_to,
        data=proposal.data,
        basis=proposal.basis,
        inherits=proposal.inherits,
    )
    rule.origin, rule.made_by, rule.approved_by = Origin.LOCAL, proposal.made_by, actor.id
    versions.write(rule=rule, actor=actor, name="rulebook.enact", now=now)
    decision = Decision.objects.create(proposal=proposal, rule=rule, decided_by=actor.id, decided_at=now)
    _record(proposal, "rulebook.approve", actor, now, rule=rule.id, digest=digest_of_decision(decision))
    return rule


@transaction.atomic
def refuse(*, proposal_id: UUID, reason: str, actor: Actor, now: datetime) -> Decision:
    """Turn a proposal down and say why. Who proposed it may take it back in the same way."""
    proposal = _undecided(proposal_id, actor)
    place = versions.place_of(proposal.place_id)
    if actor.id != proposal.made_by:
        versions.ask("refuse", actor, place.path if place else "", now, proposal.made_by)
    if not reason.strip():
        raise InvalidInput(_("请写明不同意的理由。"), field="reason")
    decision = Decision.objects.create(
        proposal=proposal, reason=reason.strip(), decided_by=actor.id, decided_at=now
    )
    _record(proposal, "rulebook.refuse", actor, now, digest=digest_of_decision(decision))
    return decision


def _undecided(proposal_id: UUID, actor: Actor) -> Proposal:
    _refuse_nobody(actor)
    versions.lock()
    proposal = Proposal.objects.filter(id=proposal_id).first()
    if proposal is None:
        raise Absent(_("没有这份规则提议。"))
    if Decision.objects.filter(proposal=proposal).exists():
        raise WrongState(_("这份规则提议已经有结论了。"))
    return proposal


def _ask_another(proposal: Proposal, step: str, actor: Actor, path: str, now: datetime) -> None:
    if actor.id == proposal.made_by:
        raise NotAllowed(_("自己提出的规则要由另一个人审核。"))
    versions.ask(step, actor, path, now, proposal.made_by)


def _refuse_nobody(actor: Actor) -> None:
    """The clock, an import and a tracking code make no rules."""
    if actor.kind != "person" or actor.id == NOBODY:
        raise NotAllowed(_("规则只能由有岗位的工作人员提出和审核。"))


def _refuse_past(valid_from: date, now: datetime) -> None:
    if valid_from < versions.day_of(now):
        raise InvalidInput(_("规则不能从过去的日子起算，请把起始日期改为今天或以后。"), field="valid_from")


def _record(proposal: Proposal, name: str, actor: Actor, now: datetime, **data: Any) -> None:
    journal.record(
        subject_kind=SUBJECT,
        subject_id=proposal.id,
        county=proposal.county,
        name=name,
        actor=actor,
        at=now,
        data={"key": proposal.key, "place": proposal.place_id, **data},
    )
