"""Taking a step from a page: what was sent becomes the step's input, photos become received files."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.foundation import limits
from linli.foundation.errors import InvalidInput, WrongState
from linli.foundation.forms import posted
from linli.foundation.rules import Moment
from linli.kernel.cases import registry, services
from linli.kernel.cases.models import Case
from linli.kernel.files import services as files


def take(request: HttpRequest, case: Case, step: str, moment: Moment) -> Case:
    """Take ``step`` with what the page sent. Raises the refusals of ``cases.services.take``."""
    row = registry.get(case.flow).flow.steps.get(step)
    if row is None:
        raise WrongState(_("没有这一步。"))
    data: dict[str, Any] = {}
    if row.form is not None:
        data = posted(row.form, request.POST, received(request, moment, row.form))
    return services.take(case_id=case.pk, step=step, data=data, moment=moment, version=version_of(request))


def received(request: HttpRequest, moment: Moment, form: Any, now: datetime | None = None) -> list[UUID]:
    """Receive the photos that came with the page; each refusal names the photos field."""
    if "photos" not in form.base_fields:
        return []
    uploads = [upload for upload in request.FILES.getlist("photos") if upload.size]
    limits.count(request, "photos", times=len(uploads), field="photos")
    try:
        return [files.receive(upload, actor=moment.actor, now=now or moment.now).pk for upload in uploads]
    except InvalidInput as refusal:
        refusal.field = "photos"
        raise


def version_of(request: HttpRequest) -> int:
    """Return the version the page showed; a page always shows one."""
    try:
        return int(request.POST.get("version", ""))
    except ValueError as wrong:
        raise InvalidInput(_("页面不完整，请刷新后再试。")) from wrong
