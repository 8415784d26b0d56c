"""One router per flow, made from its table: a list, a case, and one operation for each step."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Router, Status, UploadedFile

from linli.foundation import limits
from linli.foundation.errors import InvalidInput
from linli.foundation.flow import Step
from linli.foundation.forms import as_json_schema
from linli.kernel.cases import queries as cases
from linli.kernel.cases import schemas, services
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import showing
from linli.kernel.cases.queries.inbox import Cursor, cursor, mark
from linli.kernel.cases.registry import FlowApp
from linli.kernel.cases.rules import clock
from linli.kernel.cases.services import words
from linli.kernel.files import services as files
from linli.kernel.people import queries as people
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.vault.choices import Purpose

REFUSALS = {400: schemas.Problem, 401: schemas.Problem, 403: schemas.Problem, 404: schemas.Problem,
            409: schemas.Problem, 413: schemas.Problem, 422: schemas.Problem, 503: schemas.Problem}  # fmt: skip
LONGEST_BODY = 256 * 1024
MOST = 100


def router_for(app: FlowApp, *, anonymous_auth: Any) -> Router:
    """Return the operations of one flow; ``anonymous_auth`` lets a stranger raise a case."""
    router = Router(tags=[app.plural])
    _add_reading(router, app)
    for step in app.flow.steps.values():
        if step.name == app.birth:
            _add_birth(router, app, step, anonymous_auth)
        elif step.who is not clock:
            _add_step(router, app, step)
    return router


def _add_reading(router: Router, app: FlowApp) -> None:
    name = app.flow.name

    @router.get(
        "",
        response={200: schemas.Page, **REFUSALS},
        operation_id=f"{app.plural}_list",
        summary=str(app.flow.title),
    )
    def list_cases(request: HttpRequest, band: str = "", after: str = "", limit: int = 50) -> Any:
        """The open cases that the caller's desks hold, the most pressing first; keyset paging."""
        now = timezone.now()
        size = max(1, min(limit, MOST))
        page = cases.inbox(_viewer(request), band=band, now=now, after=_cursor(after), limit=size, flow=name)
        onward = mark(page.after) if page.after else None
        return _answer({"items": [case_out(case) for case in page.cases], "next": onward})

    @router.get(
        "/{uuid:case_id}", response={200: schemas.CaseDetail, **REFUSALS}, operation_id=f"{app.plural}_get"
    )
    def get_case(request: HttpRequest, case_id: UUID) -> Any:
        """One case the caller may know of; what was said, if they work on it (the reading is recorded)."""
        return _answer(detail_out(_found(request, name, case_id), _viewer(request), timezone.now()))


def _add_birth(router: Router, app: FlowApp, step: Step, anonymous_auth: Any) -> None:
    @router.post(
        "",
        response={200: schemas.Raised, 201: schemas.Raised, **REFUSALS, 429: schemas.Problem},
        operation_id=f"{app.plural}_{step.name}",
        summary=str(step.label),
        auth=anonymous_auth,
        openapi_extra=_body_schema(step, version=False, key=True),
    )
    def birth(request: HttpRequest) -> Any:
        """Open a case. Send a secret Idempotency-Key, 16 to 128 random characters: a resend answers the same case and code.

        While the first send is still being worked on the answer is 409 with Retry-After.
        """
        return _born(request, app)

    # A person in danger is urgent in any case, what one asks of one's own data never.
    if app.flow.confidential:
        return

    @router.post(
        "/urgent",
        response={200: schemas.Raised, 201: schemas.Raised, **REFUSALS, 429: schemas.Problem},
        operation_id=f"{app.plural}_{step.name}_urgent",
        summary=str(_urgent(step)),
        auth=anonymous_auth,
        openapi_extra=_body_schema(step, version=False, key=True),
    )
    def urgent_birth(request: HttpRequest) -> Any:
        """Open a case that cannot wait: urgent at least, and let in where the way for everybody is full."""
        return _born(request, app, urgent=True)


def _urgent(step: Step) -> str:
    return _("%(step)s（情况紧急）") % {"step": step.label}


def _born(request: HttpRequest, app: FlowApp, *, urgent: bool = False) -> HttpResponse:
    limits.count(request, "report")
    key = request.headers.get("Idempotency-Key", "")
    moment = _viewer(request).moment(None, timezone.now())
    opened = services.open_case(
        flow=app.flow.name, data=_body(request), moment=moment, key=key, urgent=urgent
    )
    body = {"case": case_out(opened.case), "code": opened.code, "again": opened.again}
    return _answer(body, status=200 if opened.again else 201)


def _add_step(router: Router, app: FlowApp, step: Step) -> None:
    @router.post(
        f"/{{uuid:case_id}}/{step.name}",
        response={200: schemas.CaseOut, **REFUSALS},
        operation_id=f"{app.plural}_{step.name}",
        summary=str(step.label),
        openapi_extra=_body_schema(step, version=True),
    )
    def take(request: HttpRequest, case_id: UUID) -> Any:
        data = _body(request)
        version = data.pop("version", None)
        if not isinstance(version, int) or isinstance(version, bool):
            raise InvalidInput(_("请带上看到的版本号（version）。"), field="version")
        case = _found(request, app.flow.name, case_id)
        moment = _viewer(request).moment(case, timezone.now())
        after = services.take(case_id=case.pk, step=step.name, data=data, moment=moment, version=version)
        return _answer(case_out(after))


def photo_router(*, anonymous_auth: Any) -> Router:
    """Where photos are received, before the step that they belong to."""
    router = Router(tags=["photos"])

    @router.post(
        "",
        response={201: schemas.PhotoOut, **REFUSALS, 415: schemas.Problem, 429: schemas.Problem},
        operation_id="photos_receive",
        auth=anonymous_auth,
    )
    def receive(request: HttpRequest, photo: UploadedFile = File(...)) -> Any:  # noqa: B008 -- ninja's way to declare
        """Receive one photo (JPEG, PNG, WebP). It is served only after it has been re-encoded."""
        limits.count(request, "photos")
        kept = files.receive(photo, actor=_viewer(request).actor, now=timezone.now())
        return Status(201, {"id": kept.pk})

    return router


def _answer(body: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Answer with what is already as the schema has it.

    Checking each answer against the schema again took most of a list's time; the
    tests check that every operation's answers are what the schema promises.
    """
    return HttpResponse(
        json.dumps(body, ensure_ascii=False), content_type="application/json; charset=utf-8", status=status
    )


def _time(at: datetime | None) -> str | None:
    """Return a time in UTC to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z" if at else None


def case_out(case: Case) -> dict[str, Any]:
    """Return a case as :class:`schemas.CaseOut` has it, ready to be written as JSON."""
    plain = {name: getattr(case, name) for name in _PLAIN}
    ids = {name: str(getattr(case, name)) for name in _IDS}
    times = {name: _time(getattr(case, name)) for name in _TIMES}
    names = showing.names_of(case)
    return {
        **plain,
        **ids,
        **times,
        "state_label": names.state,
        "category_label": names.category,
        "title": names.title,
        "place_name": names.place,
        "holder_name": names.holder,
        "next_step": names.next_step,
    }


_PLAIN = ("number", "flow", "state", "category", "urgency", "round", "due_pending", "closed_how", "version")
_IDS = ("id", "place_id", "holder_id")
_TIMES = ("held_since", "opened_at", "due_at", "overdue_at", "paused_since", "resume_at", "closed_at")


def detail_out(case: Case, viewer: Any, now: datetime) -> dict[str, Any]:
    """Return a case as :class:`schemas.CaseDetail` has it."""
    compiled = rulebook.profile_of(case.flow, case.rules_id)
    offers = [
        {"step": offer.step.name, "label": str(offer.step.label), "refusal": str(offer.refusal)}
        for offer in compiled.offers(viewer.moment(case, now, compiled.profile))
        if offer.step.who is not clock
    ]
    found = {**case_out(case), "offers": offers, "text": ""}
    if showing.works_on(case, viewer):
        about = {"actor": viewer.actor, "post_id": viewer.post.id if viewer.post else None, "now": now}
        found["text"] = words.text_of(case, purpose=Purpose.HANDLE_CASE, **about)
        found["place_name"] = showing.exact_place_name(case)
    return found


def _viewer(request: HttpRequest) -> Any:
    return people.looking(request)


def _found(request: HttpRequest, flow: str, case_id: UUID) -> Case:
    case = cases.find(_viewer(request), case_id)
    if case is None or case.flow != flow:
        raise Http404
    return case


def _body(request: HttpRequest) -> dict[str, Any]:
    """Read a JSON object: bounded, without doubled names or numbers that are none."""
    if len(request.body) > LONGEST_BODY:
        raise InvalidInput(_("内容太长。"))
    try:
        data = json.loads(request.body or b"{}", object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(
            data, ensure_ascii=False
        ).encode()  # a lone surrogate could not even be named in the answer
    except (ValueError, RecursionError) as wrong:
        raise InvalidInput(_("内容不是合格的 JSON。")) from wrong
    if not isinstance(data, dict):
        raise InvalidInput(_("内容要是一个 JSON 对象。"))
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _cursor(after: str) -> Cursor | None:
    if not after:
        return None
    try:
        return cursor(after)
    except ValueError as wrong:
        raise InvalidInput(_("翻页标记不对，请从第一页开始。"), field="after") from wrong


def _body_schema(step: Step, *, version: bool, key: bool = False) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {},
        "required": [],
    }
    schema = as_json_schema(step.form) if step.form else empty
    if version:
        schema["properties"] = {**schema["properties"], "version": {"type": "integer", "minimum": 0}}
        schema["required"] = [*schema["required"], "version"]
    extra: dict[str, Any] = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}
    }
    if key:
        extra["parameters"] = [
            {
                "in": "header",
                "name": "Idempotency-Key",
                "schema": {
                    "type": "string",
                    "minLength": services.KEY_LENGTH[0],
                    "maxLength": services.KEY_LENGTH[1],
                },
            }
        ]
    return extra
