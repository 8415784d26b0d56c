"""The JSON API: one router per app, one shape of error (RFC 9457), signed in unless a router says otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.db import Error, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.security import django_auth

from linli.foundation.addresses import refuse_unknown
from linli.foundation.errors import Busy, DomainError, Misasked
from linli.foundation.web import PROBLEM, problem
from linli.kernel.cases import registry
from linli.kernel.cases.api import photo_router, router_for

DOOR_OPENS_IN = 15 * 60  # seconds: the longest that tries at a password are counted
AGAIN_IN = 10  # seconds until a database that is away is asked for again
READ_ONLY = "25006"  # PostgreSQL's code where a standby was asked to write, as just after a failover


class Api(NinjaAPI):
    """Says in its schema what it does: refusals are problems, not plain JSON."""

    @cached_property
    def _schemas(self) -> dict[str, OpenAPISchema]:
        return {}

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Make it once for each prefix and process: it costs half a second, and whoever is signed in may ask."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        if prefix not in self._schemas:
            self._schemas[prefix] = _with_problems(super().get_openapi_schema(path_prefix=prefix))
        return self._schemas[prefix]


def _with_problems(schema: OpenAPISchema) -> OpenAPISchema:
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= HTTPStatus.BAD_REQUEST and "content" in response:
                    response["content"] = {PROBLEM: next(iter(response["content"].values()))}
    return schema


api = Api(title="Linli 邻里", version="1", auth=django_auth, urls_namespace="api", docs_url=None)


def signed_in_or_stranger(request: HttpRequest) -> object:
    """Let a stranger in as one; who is signed in must show as always that the request is theirs."""
    return django_auth(request) if request.user.is_authenticated else True


def only_known_names(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Refuse query names that an operation does not declare: what nobody reads is no filter and no order.

    ``run`` is the bound method of a ninja operation, which says what it declares.
    """
    operation: Operation = run.__self__  # type: ignore[attr-defined]  # bound: ninja decorates operation.run itself
    query = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    known = {name for model in query for name in model.__ninja_flatten_map__}

    def asked(request: HttpRequest, **given: Any) -> HttpResponseBase:
        try:
            refuse_unknown(request.GET, known)
        except Misasked as refusal:
            return api.on_exception(request, refusal)
        return run(request, **given)

    return asked


api.add_decorator(only_known_names, mode="view")
for app in registry.every():
    api.add_router(f"/{app.plural}", router_for(app, anonymous_auth=signed_in_or_stranger))
api.add_router("/photos", photo_router(anonymous_auth=signed_in_or_stranger))


@api.exception_handler(DomainError)
def refused(_request: HttpRequest, refusal: DomainError) -> HttpResponse:
    response = problem(refusal.status, str(refusal.message), field=refusal.field)
    if refusal.retry_after:
        response["Retry-After"] = str(refusal.retry_after)
    return response


@api.exception_handler(AuthenticationError)
def stranger(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return problem(HTTPStatus.UNAUTHORIZED, _("请先登录。"))


@api.exception_handler(Http404)
def absent(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return problem(HTTPStatus.NOT_FOUND, _("没有找到。"))


@api.exception_handler(ValidationError)
def misshapen(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name the first field that is not as the schema says; its value is not repeated."""
    first = error.errors[0] if error.errors else {}
    field = ".".join(str(part) for part in first.get("loc", ())[2:])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("填写的内容格式不对。"), field=field)


@api.exception_handler(HttpError)
def failed(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, str(error))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere: a problem under /api/, the site's own page elsewhere."""
    if request.path.startswith("/api/"):
        return problem(HTTPStatus.NOT_FOUND, _("没有找到。"))
    return page_not_found(request, exception)


def too_many(request: HttpRequest) -> HttpResponse:
    """Too many tries at a door of allauth's, which does not say for how long: within this time most are open."""
    response = render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(DOOR_OPENS_IN)
    return response


def went_wrong(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw is a 500. A database that is away is a 503, and a reason to come again."""
    error = sys.exc_info()[1]
    is_away = _is_away(error)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.INTERNAL_SERVER_ERROR
    if request.path.startswith("/api/"):
        response = problem(status, _told(error, is_away=is_away))
    else:
        response = HttpResponse(render_to_string(f"{status:d}.html"), status=status)
    if is_away:
        response["Retry-After"] = str(AGAIN_IN)
    return response


def _told(error: BaseException | None, *, is_away: bool) -> str:
    """Say a refusal's own sentence, where it was met on the way in or out and no view has answered it."""
    if isinstance(error, Busy):
        return str(error.message)
    return _("暂时打不开，请过几秒再发一次。") if is_away else _("出了错，已经记下来。")


def _is_away(error: BaseException | None) -> bool:
    if isinstance(error, OperationalError | InterfaceError | Busy):
        return True
    return isinstance(error, Error) and getattr(error.__cause__, "sqlstate", "") == READ_ONLY
