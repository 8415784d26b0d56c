"""The table of expected answers, the routes there are, and how one cell is asked."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from config.api import api
from tests.authorisation.neighbourhood import PROOF, ROLES, Neighbourhood, address
from tests.world import tomorrow

TABLE = Path(__file__).with_name("expected.csv")
FIELDS = Path(__file__).with_name("fields.csv")
Look = Callable[[HttpResponse, str], None]
DOORS = ("/sign-in", "/desk/sign-in")
PROVE = ("/desk/account/second/confirm?", "/desk/account/second/phone?")


@dataclass(frozen=True)
class Row:
    """What each role is to be answered. ``expected`` has every role of ROLES."""

    route: str
    method: str
    relation: str
    sends: str
    expected: dict[str, str]


def rows() -> list[Row]:
    """Read the table. ``except`` names the roles whose answer differs from ``others``."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [_row(line) for line in csv.DictReader(file) if not line["route"].startswith("#")]


def _row(line: dict[str, str]) -> Row:
    expected = dict.fromkeys(ROLES, line["others"])
    expected |= {"stranger": line["stranger"], "halfway": line["halfway"]}
    for group in line["except"].split():
        answer, _equals, names = group.partition("=")
        for name in names.split("+"):
            if name not in ROLES:
                raise ValueError(f"{line['route']}: there is no role {name!r}.")
            expected[name] = answer
    route = "" if line["route"] == "/" else line["route"]
    return Row(route, line["method"], line["relation"], line["sends"], expected)


def fields() -> dict[tuple[str, str, str], set[str]]:
    """Read where a personal value may stand in clear, and for which roles: by its code, the route and the method."""
    with FIELDS.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    return {(line["code"], line["route"], line["method"]): set(line["roles"].split()) for line in lines}


def routes() -> Iterator[tuple[str, str]]:
    """Yield each route with each method it must have a row for: the API's own, GET and POST of pages."""
    operations = api.get_openapi_schema(path_prefix="")["paths"]
    for route, _pattern in _patterns(get_resolver().url_patterns):
        path = re.sub(r"<\w+:(\w+)>", r"{\1}", route.removeprefix("api/v1"))
        for method in sorted(operations.get(path, ("get", "post"))):
            yield route, method.upper()


def _patterns(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, route)
        else:
            yield route, pattern


def ask(
    client: Client,
    row: Row,
    here: Neighbourhood,
    look: Look | None = None,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """Send the request of one cell, ``more`` beside its body, let ``look`` see the answer, and undo what it did."""
    url, sends = address(row.route, row.relation, here), {**_sends(row, here), **(more or {})}
    how: dict[str, Any] = {"headers": {"X-CSRFToken": PROOF}}
    if row.method != "GET":
        as_json = row.route.startswith("api/") and "photos" not in row.route
        how |= {"data": sends, "content_type": "application/json"} if as_json else {"data": sends}
    cache.clear()  # limits on guessing have tests of their own
    with transaction.atomic():
        response: HttpResponse = getattr(client, row.method.lower())(url, **how)
        if look:
            look(response, row.sends)
        transaction.set_rollback(True)
    if response.streaming:
        b"".join(response)  # a picture is an open file until it has been sent
    return response


def _sends(row: Row, here: Neighbourhood) -> dict[str, Any]:
    """Return a row's body, with what stands for something of the neighbourhood put in."""
    sends: dict[str, Any] = dict(parse_qsl(row.sends, keep_blank_values=True))
    if (case := here.cases.get(row.relation)) and "<" in row.route:
        sends["version"] = case.version
    elif "version" in sends:
        sends["version"] = int(sends["version"])
    if sends.get("place") == "@building":
        sends["place"] = str(here.world.building.pk)
    if sends.get("desk") == "@urban":
        sends["desk"] = str(here.world.desks["department:urban"].pk)
    if sends.get("until") == "@tomorrow":
        sends["until"] = tomorrow(timezone.now())
    return sends


def answer_of(response: HttpResponse) -> str:
    """Say an answer as the table does: a status, ``login`` or ``prove`` for the way to a door."""
    if response.status_code == 302:
        to = response["Location"]
        if to.startswith(PROVE):
            return "prove"
        if to.partition("?")[0] in DOORS:
            return "login"
    return str(response.status_code)


def header_faults(response: HttpResponse, *, personal: bool) -> list[str]:
    """Return what an HTML answer lacks of the headers that every page has (reliability I4)."""
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    policy = response.headers.get("Content-Security-Policy", "")
    held = {
        "no policy": "default-src 'self'" in policy,
        "inline or eval is allowed": not (
            {"'unsafe-inline'", "'unsafe-eval'"} & set(policy.replace(";", " ").split())
        ),
        "may be framed": "frame-ancestors 'none'" in policy,
        "kind may be guessed": response.headers.get("X-Content-Type-Options") == "nosniff",
        "opener": response.headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "referrer": response.headers.get("Referrer-Policy") in {"same-origin", "no-referrer"},
        "may be kept": not personal or "no-store" in response.headers.get("Cache-Control", ""),
    }
    return [fault for fault, fine in held.items() if not fine]
