"""A neighbourhood in which every text that people can write holds a script, and how to see whether one got through."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import cycle
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import F

from linli.kernel.journal.models import Stamp
from linli.kernel.rulebook.models import RuleSet
from tests.authorisation.neighbourhood import Neighbourhood, a_neighbourhood
from tests.world import World

MARK = "xss7"
SHORT = "<i onclick=xss7()>"
# Columns that hold words of people; every other text is a code, a digest or a number of ours.
WORDS = {
    "people.Account": ("name",),
    "people.Organisation": ("name",),
    "people.Desk": ("name", "phone"),
    "people.Post": ("title", "basis"),
    "places.Place": ("name", "official"),
    "places.Alias": ("name", "source"),
    "places.Outline": ("source", "review_number"),
    "places.Zone": ("name",),
}
LABELS = {"label", "name", "title", "hint", "sentence", "short"}
OPENINGS = (
    "",
    '">',
    "'>",
    "</title>",
    "</textarea>",
    "-->",
    "</script>",
    "</style>",
    "</option></select>",
    '" ',
    "' ",
    "`",
)
CORES = (
    "<script>xss7()</script>", "<img src=x onerror=xss7()>", "<svg onload=xss7()>", "<svg/onload=xss7()>",
    "<body onload=xss7()>", "<iframe srcdoc='<script>parent.xss7()</script>'>", "<a href=javascript:xss7()>x</a>",
    "<details open ontoggle=xss7()>", "<input autofocus onfocus=xss7()>", "<video><source onerror=xss7()>",
    "<object data=javascript:xss7()>", "<embed src=javascript:xss7()>", "<form><button formaction=javascript:xss7()>",
    "<link rel=stylesheet href=//xss7.example/>", "<base href=//xss7.example/>", "<style>@import'//xss7.example'</style>",
    "<meta http-equiv=refresh content='0;url=javascript:xss7()'>", "javascript:xss7()", "onmouseover=xss7() x=",
    "{{constructor.constructor('xss7()')()}}", "${xss7()}", "{% load static %}{{ xss7 }}", "&lt;script&gt;xss7()&lt;/script&gt;",
    "\\u003cscript\\u003exss7()\\u003c/script\\u003e", "%3Cscript%3Exss7()%3C/script%3E", "<scr<script>ipt>xss7()</script>",
    "<svg><animate onbegin=xss7() attributeName=x dur=1s>", "<i hx-on:load=xss7()>", "<i hx-get=/xss7 hx-trigger=load>",
    "<i data-hx-vals='js:{a:xss7()}'>", "＜script＞xss7()＜/script＞", "<a xlink:href=javascript:xss7()>",
)  # fmt: skip


def payloads() -> list[str]:
    """Every core behind every opening: some hundreds, in an order in which neighbours differ in both."""
    return [
        OPENINGS[(n + n // len(CORES)) % len(OPENINGS)] + CORES[n % len(CORES)]
        for n in range(len(CORES) * len(OPENINGS))
    ]


def strewn(texts: list[str]) -> Neighbourhood:
    """Lay out the neighbourhood of the matrix with these texts wherever somebody may write one."""
    together, turn = " ".join(texts), cycle(texts)
    with pytest.MonkeyPatch.context() as patch:
        raise_case, take = World.raise_case, World.take

        def raising(self: World, *, text: str = "三栋二单元楼道灯不亮", **data: Any) -> Any:
            return raise_case(self, **data | {"text": f"{text} {together}"[:900], "contact_name": SHORT})

        def taking(self: World, case: Any, step: str, who: str, *more: Any, **data: Any) -> Any:
            if "words" in data:
                data["words"] = f"{data['words']} {next(turn)} {next(turn)}"
            return take(self, case, step, who, *more, **data)

        patch.setattr(World, "raise_case", raising)
        patch.setattr(World, "take", taking)
        with transaction.atomic():
            here = a_neighbourhood()
    with transaction.atomic():
        _rename(turn)
        _relabel(turn)
        Stamp.objects.update(version=F("version") + 1)
    return here


def _rename(turn: Iterator[str]) -> None:
    for model, columns in WORDS.items():
        kind = apps.get_model(model)
        for row in kind.objects.all():
            fits = {
                column: next(each for each in turn if len(each) <= kind._meta.get_field(column).max_length)
                for column in columns
            }
            kind.objects.filter(pk=row.pk).update(**fits)


def _relabel(turn: Iterator[str]) -> None:
    """Put a newer version beside each rule that has labels: rules are never changed."""
    for rule in RuleSet.objects.filter(key__in=("categories", "roles")):
        values = {field.attname: getattr(rule, field.attname) for field in RuleSet._meta.concrete_fields}
        values |= {
            "id": None,
            "version": rule.version + 1,
            "data": _labelled(rule.data, turn),
            "basis": next(turn),
        }
        values.pop("id")
        RuleSet.objects.create(**values)


def _labelled(node: Any, turn: Iterator[str]) -> Any:
    if isinstance(node, dict):
        return {
            key: next(turn) if key in LABELS and isinstance(value, str) else _labelled(value, turn)
            for key, value in node.items()
        }
    return [_labelled(part, turn) for part in node] if isinstance(node, list) else node


class Page(HTMLParser):
    """What a page would run: nothing of ours is inline, so whatever is was written by somebody."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        where = f"<{tag} {attrs}>"[:200]
        runs = [name for name in held if name.startswith(("on", "hx-on", "srcdoc", "xlink:", "data-hx"))]
        leads = [
            value
            for value in held.values()
            if value.strip().lower().startswith(("javascript:", "vbscript:", "data:text", "//"))
        ]
        inline = tag == "script" and "src" not in held and held.get("type") != "application/json"
        strange = (
            tag in {"iframe", "object", "embed", "base", "style", "animate"}
            or MARK in " ".join(held)
            or "http-equiv" in held
        )
        if runs or leads or inline or strange or held.get("hx-get", "").endswith(MARK):
            self.faults.append(where)
