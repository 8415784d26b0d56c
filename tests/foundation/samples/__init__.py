"""A plausible context for every page, as its view gives it: people, places and numbers are invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from linli.shell.watching.trouble import Check, Found, Trouble
from tests.foundation.samples import desk, ground, numbers, parts, residents
from tests.foundation.samples.parts import shell as shell


def troubles() -> list[Found]:
    """One check that found something, one that found nothing, one that was not asked."""

    def nothing(_now: Any) -> Iterator[Trouble]:
        yield from ()

    grave = Trouble("磁盘快要满了，新的诉求可能存不下。", "删掉用不着的文件，或者换大一些的磁盘。")
    soon = Trouble("记录已经一个多月没有核对过。", "运行 linli verify，每月至少一次。", is_grave=False)
    return [
        Found(Check("room", "磁盘有余地", nothing), [grave, soon]),
        Found(Check("clock", "时钟没有往回走", nothing)),
        Found(Check("keys", "主密钥和密钥库配得上", nothing), was_asked=False),
    ]


PAGES: dict[str, tuple[str, dict[str, Any]]] = (
    {
        "home": ("home/index.html", residents.home_context()),
        "home-new": ("home/index.html", residents.home_context(place=None, desk=None, items=None)),
        "report": ("requests/report.html", residents.report_context()),
        "report-wrong": (
            "requests/report.html",
            residents.report_context(
                form=parts.ReportForm({"text": "", "photos": ["018f6a3e-0000-7000-8000-000000000001"]}),
                place_label="",
                suggested=None,
                protected=True,
            ),
        ),
        "places": ("requests/places.html", {"q": "3 栋", "places": parts.PLACES}),
        "sent": ("requests/sent.html", residents.sent_context()),
        "track": ("requests/track.html", residents.track_context()),
        "track-rate": ("requests/track.html", residents.rate_context()),
        "find": ("requests/find.html", {"code": "7K3M", "refusal": "没有这个查询码，请再对一遍。"}),
        "inbox": ("desk/inbox.html", desk.inbox_context()),
        "inbox-empty": ("desk/inbox.html", desk.inbox_context(rows=[])),
        "cases": ("desk/cases.html", desk.cases_context()),
        "case": ("desk/case.html", desk.case_context()),
        "case-refused": (
            "desk/case.html",
            desk.case_context(
                refusal="情况已经变了，请刷新后再看。", hands=[], photos=[], reads=None, reveal=None
            ),
        ),
        "new": ("desk/new.html", residents.report_context()),
        "map": ("desk/map.html", numbers.map_context()),
        "figures": ("desk/figures.html", numbers.figures_context()),
        "figure": ("desk/figure.html", numbers.figure_context()),
        "register-of-places": ("desk/places.html", ground.places_context()),
        "register-of-places-found": ("desk/places.html", ground.found_context()),
        "register-of-places-empty": ("desk/places.html", ground.empty_context()),
        "rules": ("desk/rules.html", desk.rules_context()),
        "rule": ("desk/rule.html", desk.rule_context()),
        "notices": ("desk/notices.html", desk.notices_context()),
        "reads": ("desk/reads.html", desk.reads_context()),
        "card": ("desk/card.html", desk.card_context()),
        "reading": ("desk/reading.html", desk.reading_context()),
        "reading-empty": (
            "desk/reading.html",
            desk.reading_context(mine=[], waiting=[], week=None, refusal="您已经有一份申请在等批准。"),
        ),
        "read-log": ("desk/read_log.html", desk.read_log_context()),
        "read-log-due": (
            "desk/read_log.html",
            desk.read_log_context(
                due={"month": date(2023, 3, 1), "count": 412},
                proposes=True,
                answers=False,
                waiting=[],
                past=[],
                refusal="这个月的记录还没有到期。",
            ),
        ),
        "refusal": ("ui/refusal.html", {"refusal": {"message": "这件事不归您的岗位办。"}}),
        "qr": ("desk/qr.html", desk.qr_context()),
        "health": ("watching/health.html", {"is_red": False, "found": []}),
        "health-red": ("watching/health.html", {"is_red": True, "found": troubles()}),
    }
    | {str(code): (f"{code}.html", {}) for code in (400, 403, 404, 413, 429, 500, 503)}
    | {"csrf": ("403_csrf.html", {})}
)
