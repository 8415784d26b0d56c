"""The rules that count here: read by everybody at a desk, changed by two."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from linli.foundation import paths
from linli.foundation.errors import DomainError
from linli.foundation.flow import Profile
from linli.foundation.web import answer
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.rulebook import registry, services
from linli.kernel.rulebook.choices import Capability
from linli.kernel.rulebook.models import Proposal
from linli.kernel.rulebook.queries import RuleVersion
from linli.shell.desk.forms import ReasonForm, RuleForm, form_of
from linli.shell.desk.queries import rules, wording
from linli.shell.desk.queries.rules import Here

PAGE, CARD = "desk/rule.html", "desk/_rule.html"
NOT_YOURS = gettext_lazy("这个地方的规则，不在您的岗位职责里。")


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    here = _here(request)
    context = {
        "place_name": here.name,
        "sets": rules.sets(here),
        "waiting": rules.proposals_list(here),
        "now": timezone.now(),
    }
    return render(request, "desk/rules.html", context)


@require_safe
def one(request: HttpRequest, key: str) -> HttpResponse:
    return _show(request, _here(request), _known(key))


@require_safe
def version(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """One version, also an old one, beside those that count now."""
    found = rulebook.by_id(rule_id)
    here = rules.here_of(people.looking(request), str(found.place_id or "everywhere"), timezone.now())
    return _show(request, here, found.key, beside=found)


@require_safe
def export(request: HttpRequest, key: str) -> HttpResponse:
    """The rule that counts here, as the file it could have been shipped as."""
    here = _here(request)
    found = rules.version_at(here, _known(key))
    text = services.export(key=key, place_id=found.place_id, on=here.on)
    response = HttpResponse(text, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{key}.toml"'
    return response


@require_POST
def propose(request: HttpRequest, key: str) -> HttpResponse:
    """Write down a change, or only look at what it would do (``act=look``)."""
    here = _here(request)
    form = form_of(_known(key), _data(here, key), request.POST, may_inherit=_has_own(here, key))
    if not form.is_valid():
        return _show(request, here, key, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if request.POST.get("act") == "look":
        return _show(request, here, key, form=form, looked=True)
    inherits = bool(form.cleaned_data.get("inherits"))
    try:
        services.propose(
            key=key, place_id=here.place_id, valid_from=form.cleaned_data["valid_from"],
            valid_to=form.cleaned_data["valid_to"], data={} if inherits else form.rule_data,
            basis=form.cleaned_data["basis"], inherits=inherits, actor=people.looking(request).actor, now=timezone.now(),
        )  # fmt: skip
    except DomainError as refusal:
        if refusal.field in form.fields:
            form.add_error(refusal.field, str(refusal.message))
            return _show(request, here, key, form=form, status=refusal.status)
        return _show(request, here, key, form=form, refusal=refusal)
    return _show(request, here, key, then=here.url(key))


@require_POST
def approve(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    proposal, here = _proposal(request, proposal_id)
    try:
        services.approve(proposal_id=proposal_id, actor=people.looking(request).actor, now=timezone.now())
    except DomainError as refusal:
        return _show(request, here, proposal.key, refusal=refusal)
    return _show(request, here, proposal.key, then=here.url(proposal.key))


@require_POST
def refuse(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    proposal, here = _proposal(request, proposal_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        said = _("请写明不同意的理由。")
        return _show(request, here, proposal.key, refusal=said, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        reason = form.cleaned_data["reason"]
        services.refuse(
            proposal_id=proposal_id, reason=reason, actor=people.looking(request).actor, now=timezone.now()
        )
    except DomainError as refusal:
        return _show(request, here, proposal.key, refusal=refusal)
    return _show(request, here, proposal.key, then=here.url(proposal.key))


def _here(request: HttpRequest) -> Here:
    return rules.here_of(people.looking(request), request.GET.get("place", ""), timezone.now())


def _known(key: str) -> str:
    if key not in rulebook.known_keys():
        raise Http404
    return key


def _proposal(request: HttpRequest, proposal_id: UUID) -> tuple[Proposal, Here]:
    proposal = Proposal.objects.filter(pk=proposal_id).first()
    if proposal is None:
        raise Http404
    asked = str(proposal.place_id or "everywhere")
    return proposal, rules.here_of(people.looking(request), asked, timezone.now())


def _data(here: Here, key: str) -> Any:
    return rules.version_at(here, key).data


def _has_own(here: Here, key: str) -> bool:
    return here.place_id is not None and rules.version_at(here, key).place_id == here.place_id


def _may(viewer: Viewer, capability: str, path: str) -> bool:
    return any(paths.contains(ground, path or paths.ROOT) for ground in viewer.grounds(capability))


def _show(
    request: HttpRequest, here: Here, key: str, *, beside: RuleVersion | None = None, form: RuleForm | None = None,
    looked: bool = False, refusal: Any = "", then: str = "", status: int = HTTPStatus.OK,
) -> HttpResponse:  # fmt: skip
    viewer, now = people.looking(request), timezone.now()
    found = rules.version_at(here, key)
    shown = beside or found
    columns, lines = rules.compared(here, key, beside=beside)
    waiting = [proposal for proposal in rules.waiting_for(here) if proposal.key == key]
    titles = people.titles_by_account({proposal.made_by for proposal in waiting})
    context = {
        "label": wording.name_of(key)[0],
        "columns": columns,
        "lines": lines,
        "line": _line(key, shown.data),
        "facts_title": here.name,
        "facts": rules.facts(shown),
        "history": rules.history(key, shown.place_id, found.id),
        "pendings": [_pending(proposal, here, viewer, titles) for proposal in waiting],
        "propose": _offer(here, key, viewer, form),
        "looked": _line(key, form.rule_data) if looked and form else None,
        "refusal": str(getattr(refusal, "message", refusal)),
        "export_url": here.url(key, "/export"),
        "now": now,
    }  # fmt: skip
    status = refusal.status if isinstance(refusal, DomainError) else status
    return answer(request, context, fragment=CARD, page=PAGE, then=then, status=status)


def _line(key: str, data: Any) -> dict[str, Any] | None:
    """Return the step bar and the table of steps of a profile; None for other rules."""
    family, _dot, name = key.partition(".")
    if family != "profile" or name not in registry.FLOWS or not data:
        return None
    settings = {"choose": dict(data.get("choose", {})), "settings": data.get("settings", {})}
    compiled = registry.FLOWS[name].compile(Profile(data["key"], frozenset(data["on"]), **settings))
    return {"stepbar": wording.stations(name, compiled.states()), "ways": rules.ways(compiled)}


def _offer(here: Here, key: str, viewer: Viewer, form: RuleForm | None) -> dict[str, Any] | None:
    """Return the form of a change, for who may propose here; nothing for everybody else."""
    if key.startswith("calendar.") or not _may(viewer, Capability.EDIT_RULES, here.path):
        return None
    form = form or form_of(key, _data(here, key), may_inherit=_has_own(here, key))
    return {"url": here.url(key, "/propose"), "form": form, "place": here.name, "is_open": form.is_bound}


def _pending(proposal: Proposal, here: Here, viewer: Viewer, titles: Mapping[UUID, str]) -> dict[str, Any]:
    own = proposal.made_by == viewer.actor.id
    refusal: Any = ""
    if own:
        refusal = _("自己提出的规则要由另一个人审核。")
    elif not _may(viewer, Capability.APPROVE_RULES, rules.path_of(proposal.place_id)):
        refusal = NOT_YOURS
    base = f"/desk/rules/proposals/{proposal.pk}"
    hint = _("从 %(day)s 起生效") % {"day": proposal.valid_from.isoformat()}
    return {
        "made_by": titles.get(proposal.made_by, ""),
        "made_at": proposal.made_at,
        "place": rules.place_name(proposal.place_id),
        "basis": proposal.basis,
        "changes": rules.changes(here, proposal),
        "line": None if proposal.inherits else _line(proposal.key, proposal.data),
        "approve": _act("approve", _("审核通过"), "tick", f"{base}/approve", hint=hint, refusal=refusal, weight="main"),
        "refuse": None if refusal and not own else _act(
            "refuse", _("收回") if own else _("不同意"), "back", f"{base}/refuse", form=ReasonForm(auto_id=f"r{proposal.pk}-%s")
        ),
    }  # fmt: skip


def _act(name: str, label: str, icon: str, url: str, **more: Any) -> dict[str, Any]:
    step = {
        "name": name,
        "label": label,
        "icon": icon,
        "hint": more.get("hint", ""),
        "weight": more.get("weight", ""),
    }
    return {
        "step": step,
        "refusal": more.get("refusal", ""),
        "url": url,
        "form": more.get("form"),
        "version": None,
    }
