"""Every page renders with what its view gives it, and keeps the house's promises to its readers."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from tests.foundation import samples

LINLI = Path(__file__).parents[2] / "linli"
UI = LINLI / "foundation/static/ui"
TEMPLATES = sorted(path for path in LINLI.rglob("templates/**/*.html"))
OURS = [path for path in TEMPLATES if "/foundation/" in path.as_posix()] + [
    path for path in TEMPLATES if path.parent.name in {"home", "desk", "requests"}
]
REFERRING = ("for", "aria-labelledby", "aria-describedby", "list", "form")


class Unknown(str):
    """Stands for a name that a context does not have: printing it fails the test."""

    __slots__ = ()

    def __contains__(self, key: object) -> bool:
        return key == "%s"

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"No context gives {name!r}.")


@pytest.fixture(autouse=True)
def _unknown_names_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", Unknown())


class Page(HTMLParser):
    """What a test asks of a page: its tags with their attributes, and which forms hold a token."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inside: list[str] = []
        self.labelled: set[int] = set()
        self.forms: list[dict[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag == "form":
            self.forms.append(found)
        if tag == "input" and found.get("name") == "csrfmiddlewaretoken":
            self.forms[-1]["token"] = found["value"]
        if "label" in self.inside:
            self.labelled.add(len(self.tags) - 1)
        if tag not in {"input", "img", "meta", "link", "br", "path", "use", "rect", "circle"}:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def named(self, *names: str) -> list[dict[str, str]]:
        return [attrs for tag, attrs in self.tags if tag in names]


def drawn(name: str, elder: str = "") -> str:
    request = RequestFactory().get("/")
    request.COOKIES["elder"] = elder
    template, context = samples.PAGES[name]
    return render_to_string(template, {"shell": samples.shell()} | context, request)


every_page = pytest.mark.parametrize("name", sorted(samples.PAGES))


@every_page
def test_a_page_has_one_heading_a_main_part_and_a_way_past_the_top(name: str) -> None:
    page = Page(drawn(name))
    assert len(page.named("h1")) == 1
    assert [main["id"] for main in page.named("main")] == ["main"]
    assert page.named("a")[0]["href"] == "#main"
    assert page.named("html")[0]["lang"] == "zh-Hans"


@every_page
def test_a_page_has_nothing_inline_that_the_policy_would_refuse(name: str) -> None:
    page = Page(drawn(name))
    assert [
        attrs for _tag, attrs in page.tags if "style" in attrs or any(key.startswith("on") for key in attrs)
    ] == []
    scripts = page.named("script")
    assert [
        attrs for attrs in scripts if "src" not in attrs and attrs.get("type") != "application/json"
    ] == []
    assert page.named("style") == []


@every_page
def test_a_page_asks_nothing_of_another_site(name: str) -> None:
    asking = Page(drawn(name)).named("script", "link", "img", "use")
    asked = [
        attrs.get("src") or attrs.get("href", "")
        for attrs in asking
        if attrs.get("type") != "application/json"
    ]
    assert [address for address in asked if not address.startswith(("/", "#"))] == []


@every_page
def test_no_two_things_of_a_page_have_one_id_and_every_reference_finds_its_own(name: str) -> None:
    page = Page(drawn(name))
    ids = Counter(attrs["id"] for _tag, attrs in page.tags if "id" in attrs)
    assert {one: count for one, count in ids.items() if count > 1} == {}
    referred = {word for _tag, attrs in page.tags for key in REFERRING for word in attrs.get(key, "").split()}
    referred |= {attrs["href"][1:] for attrs in page.named("a") if attrs.get("href", "").startswith("#")}
    assert referred - set(ids) == set()


@every_page
def test_every_field_of_a_page_says_what_it_is_for(name: str) -> None:
    page = Page(drawn(name))
    named = {attrs["for"] for attrs in page.named("label") if "for" in attrs}
    nameless = [
        attrs
        for place, (tag, attrs) in enumerate(page.tags)
        if tag in {"input", "select", "textarea"} and attrs.get("type") not in {"hidden", "submit"}
        if not (
            place in page.labelled
            or attrs.get("id") in named
            or {"aria-label", "aria-labelledby"} & set(attrs)
        )
    ]
    assert nameless == []


@every_page
def test_every_picture_has_its_words_or_says_that_it_has_none(name: str) -> None:
    assert [attrs for attrs in Page(drawn(name)).named("img") if "alt" not in attrs] == []


@every_page
def test_every_form_that_changes_something_carries_its_token_and_works_without_a_script(name: str) -> None:
    posting = [form for form in Page(drawn(name)).forms if form.get("method") == "post"]
    assert [form for form in posting if not form.get("token") or not form.get("action")] == []


@pytest.mark.parametrize("name", ["home", "report", "track", "track-rate", "sent", "find", "404"])
def test_a_residents_page_is_drawn_in_large_type_by_a_cookie(name: str) -> None:
    assert Page(drawn(name, elder="1")).named("html")[0]["data-mode"] == "elder"
    assert "data-mode" not in Page(drawn(name)).named("html")[0]


def test_the_large_home_page_puts_the_telephone_first() -> None:
    acts = [
        attrs["href"]
        for attrs in Page(drawn("home", elder="1")).named("a")
        if "elder-act" in attrs.get("class", "")
    ]
    assert acts == ["tel:0856-000-0100", "/report?place=b3&channel=qr", "/find"]


def test_nothing_is_chosen_beforehand_in_a_rating() -> None:
    radios = [attrs for attrs in Page(drawn("track-rate")).named("input") if attrs.get("type") == "radio"]
    assert len(radios) == 5
    assert [attrs for attrs in radios if "checked" in attrs] == []


def test_a_refused_step_stays_in_its_place_with_its_reason_and_without_a_button() -> None:
    html = drawn("case")
    refused = re.findall(r'<div class="act act-refused" role="note">.*?</div>', html, re.DOTALL)
    assert [re.findall(r"<b>(.*?)</b><small>(.*?)</small>", one)[0] for one in refused] == [
        ("核查", "还有 2 家没办完：区综合行政执法局、区水务中心"),
        ("办结", "要先核查、再回复反映人"),
    ]
    assert "/t/7K3M-Q2FD/check" not in html


def test_a_step_is_a_form_first_and_carries_the_version_it_was_shown_with() -> None:
    form = next(form for form in Page(drawn("case")).forms if form["action"].endswith("/escalate"))
    assert form["method"] == "post"
    assert form["hx-post"] == form["action"]
    assert '<input type="hidden" name="version" value="4">' in drawn("case")


def test_what_is_wrong_stands_first_and_under_its_field() -> None:
    html = drawn("report-wrong")
    assert html.index('role="alert"') < html.index("拍一张")
    assert '<a href="#text">什么事</a>' in html
    assert 'id="text_error"' in html


def test_photos_that_were_received_survive_a_refused_form() -> None:
    sent = [
        attrs["value"]
        for attrs in Page(drawn("report-wrong")).named("input")
        if attrs.get("name") == "photos" and attrs["type"] == "hidden"
    ]
    assert sent == ["018f6a3e-0000-7000-8000-000000000001"]


def test_danger_shows_the_two_numbers_to_ring_at_once() -> None:
    rings = {
        attrs["href"]
        for attrs in Page(drawn("report-wrong")).named("a")
        if attrs.get("href", "").startswith("tel:")
    }
    assert {"tel:110", "tel:12338"} <= rings
    assert "tel:12338" not in drawn("report")


@pytest.mark.parametrize("name", ["400", "403", "404", "413", "429", "500", "503", "csrf"])
def test_a_page_that_failed_gives_a_number_to_ring_and_no_internals(name: str) -> None:
    html = render_to_string(samples.PAGES[name][0])  # a 500 is drawn without a request and without a context
    assert 'href="tel:12345"' in html
    assert (
        re.search(r"Traceback|Exception|DEBUG|csrf|CSRF", html.split("<main")[1].split("</main>")[0]) is None
    )


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(LINLI).as_posix())
def test_a_template_says_what_it_takes(path: Path) -> None:
    assert re.match(r"\{# .*?Takes: .+? #\}", path.read_text())


def test_every_icon_that_a_template_a_flow_or_the_navigation_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (UI / "icons.svg").read_text()))
    code = "\n".join(path.read_text() for path in [*TEMPLATES, *LINLI.rglob("*.py")])
    named = re.findall(r'{% icon "([\w-]+)"', code)
    named += re.findall(r'\bicon="([\w-]+)"', code)  # a row of a flow
    named += re.findall(r'\(_\("[^"]+"\), "([\w-]+)", "/', code)  # a line of the navigation
    assert set(named) - sprite == set()


def test_every_class_that_a_template_names_is_drawn_by_a_stylesheet() -> None:
    styles = "\n".join(path.read_text() for path in UI.glob("*.css"))
    drawn_classes = set(re.findall(r"\.([a-z][\w-]*)", styles))
    named = set()
    for name in samples.PAGES:
        for _tag, attrs in Page(drawn(name)).tags:
            named |= set(attrs.get("class", "").split())
    assert named - drawn_classes - {"segno", "qrline"} == set()


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [":root {", '[data-theme="dark"] {'])
@pytest.mark.parametrize("ground", ["paper", "surface", "sunk"])
@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "dai", "dan", "sui", "lan", "cha"])
def test_text_can_be_read_on_every_ground(theme: str, ground: str, ink: str) -> None:
    block = (UI / "tokens.css").read_text().split(f"\n{theme}", 1)[1].split("\n}", 1)[0]
    tokens = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block))
    assert contrast(tokens[ink], tokens[ground]) >= 4.5


def test_large_type_is_21_pixels_and_nothing_in_it_is_under_18() -> None:
    block = (UI / "tokens.css").read_text().split('\n[data-mode="elder"] {', 1)[1].split("\n}", 1)[0]
    sizes = {name: float(size) * 16 for name, size in re.findall(r"--(t-\d):\s*([\d.]+)rem", block)}
    assert sizes["t-3"] == 21
    assert min(sizes.values()) == 18
