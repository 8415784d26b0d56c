"""What the pages say about times, deadlines and figures, and how they draw a field."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django import forms

from linli.foundation.forms import IdsField, StepForm
from linli.foundation.templatetags import ui
from linli.foundation.templatetags.ui import Due
from linli.foundation.worktime import SHANGHAI

NOW = datetime(2026, 11, 20, 10, 40, tzinfo=SHANGHAI)
PHOTO = UUID("018f6a3e-0000-7000-8000-000000000001")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("fields", "state", "words"),
    [
        ({"due_at": at("2026-11-20 10:40")}, "over", "超 1 分"),
        ({"due_at": at("2026-11-20 10:00")}, "over", "超 40 分"),
        ({"due_at": at("2026-11-20 07:35")}, "over", "超 3 小时"),
        ({"due_at": at("2026-11-19 10:40")}, "over", "超 1 天"),
        ({"due_at": at("2026-11-20 10:40") + timedelta(seconds=20)}, "soon", "剩 1 分"),
        ({"due_at": at("2026-11-20 11:15")}, "soon", "剩 35 分"),
        ({"due_at": at("2026-11-20 13:39")}, "soon", "剩 2 小时"),
        ({"due_at": at("2026-11-20 17:30")}, "soon", "今天 17:30"),
        ({"due_at": at("2026-11-21 00:00")}, "fine", "明天 00:00"),
        ({"due_at": at("2026-11-23 09:00")}, "fine", "11月23日"),
        ({"due_at": at("2027-01-04 09:00")}, "fine", "2027年1月4日"),
        ({"due_at": None, "due_pending": True}, "halt", "期限待定"),
        ({"due_at": at("2026-11-20 07:35"), "paused_since": at("2026-11-19 08:00")}, "halt", "暂停计时"),
        ({"due_at": at("2026-11-20 07:35"), "closed_at": at("2026-11-19 20:15")}, "done", "昨天 20:15 办完"),
        ({"due_at": at("2026-11-20 12:00"), "done_at": at("2026-11-20 10:05")}, "done", "今天 10:05 办完"),
    ],
)
def test_a_deadline_is_said_relative_when_near_and_as_a_date_when_far(
    fields: dict[str, Any], state: str, words: str
) -> None:
    assert ui.deadline(fields, NOW) == Due(state, words)


def test_what_has_no_deadline_has_no_chip() -> None:
    assert ui.deadline({"due_at": None}, NOW) is None


def test_a_deadline_reads_a_case_as_it_reads_a_dict() -> None:
    class Case:
        due_at = at("2026-11-20 11:15")

    assert ui.deadline(Case(), NOW) == Due("soon", "剩 35 分")


def test_a_deadline_after_midnight_is_counted_in_minutes_not_called_tomorrow() -> None:
    late = at("2026-11-20 23:50")
    assert ui.deadline({"due_at": at("2026-11-21 00:20")}, late) == Due("soon", "剩 30 分")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-20 10:05", "今天 10:05"),
        ("2026-11-19 20:15", "昨天 20:15"),
        ("2026-11-21 12:00", "明天 12:00"),
        ("2026-11-18 09:12", "11月18日 09:12"),
        ("2025-12-31 09:12", "2025年12月31日"),
    ],
)
def test_a_time_is_said_in_words(moment: str, words: str) -> None:
    assert ui.when(at(moment), NOW) == words


def test_a_day_is_shanghais_whatever_the_zone_it_comes_in() -> None:
    assert ui.when(datetime.fromisoformat("2026-11-19T16:05:00+00:00"), NOW) == "今天 00:05"


def test_a_day_is_said_without_its_hour() -> None:
    assert [ui.day(at(text), NOW) for text in ("2026-11-20 10:05", "2026-11-18 09:12")] == [
        "今天",
        "11月18日",
    ]


def test_no_time_is_a_dash() -> None:
    assert (ui.when(None, NOW), ui.day(None, NOW), ui.ago(None, NOW)) == ("—", "—", "—")


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "刚刚"),
        (timedelta(minutes=35), "35 分"),
        (timedelta(hours=2), "2 小时"),
        (timedelta(hours=14, minutes=48), "14 小时 48 分"),
        (timedelta(days=3, hours=5), "3 天"),
    ],
)
def test_a_length_of_time_is_said_in_two_units_at_most(length: timedelta, words: str) -> None:
    assert ui.ago(NOW - length, NOW) == words


def test_a_count_has_its_thousands_apart_and_nothing_counted_is_not_zero() -> None:
    assert (ui.figure(1095), ui.figure(0), ui.figure(None)) == ("1,095", "0", "—")


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (1070, 1095, "97.72%"),
        (736, 848, "86.79%"),
        (1, 8, "12.50%"),
        (1, 32, "3.13%"),
        (1, 800, "0.13%"),
        (5, 5, "100.00%"),
        (0, 7, "0.00%"),
        (0, 0, "—"),
        (None, 7, "—"),
    ],
)
def test_a_rate_is_rounded_half_up_at_two_places(part: int | None, whole: int, words: str) -> None:
    assert ui.rate(part, whole) == words


def test_a_name_is_kept_on_one_line_and_stays_text() -> None:
    assert ui.nb("<b>第二网格") == '<span class="nb">&lt;b&gt;第二网格</span>'


def test_an_icon_is_silent_for_a_screen_reader() -> None:
    assert ui.icon("over", "k-over") == (
        '<svg class="i k-over" aria-hidden="true" focusable="false"><use href="/static/ui/icons.svg#over"></use></svg>'
    )


def test_the_table_under_a_chart_has_its_labels_and_values() -> None:
    data = {
        "labels": ["9/8", "9/15"],
        "series": [{"name": "收到", "values": [228, 222]}, {"name": "办结", "values": [218, None]}],
    }
    assert ui.chart_rows(data) == [("9/8", 228, 218), ("9/15", 222, None)]


class Sample(StepForm):
    photos = IdsField(label="照片", required=False)
    solved = forms.ChoiceField(label="修好了没有？", choices=[("yes", "修好了")], widget=forms.RadioSelect)
    lead = forms.BooleanField(label="牵头", required=False)
    task = forms.CharField(label="做什么", help_text="一件事")
    place = forms.UUIDField(widget=forms.HiddenInput)


def test_each_field_is_laid_out_by_what_it_is() -> None:
    kinds = {field.name: ui.kind_of_input(field) for field in Sample()}
    assert kinds == {
        "photos": "photos",
        "solved": "choices",
        "lead": "tick",
        "task": "line",
        "place": "hidden",
    }


def test_an_input_has_our_class_and_is_joined_to_its_hint_and_its_message() -> None:
    html = ui.control(Sample({"task": ""})["task"])
    assert 'class="input"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="task_helptext task_error"' in html


def test_photos_already_received_are_kept_when_a_form_is_shown_again() -> None:
    assert ui.ids(Sample({"photos": [PHOTO]})["photos"]) == [str(PHOTO)]
    assert ui.ids(Sample()["photos"]) == []


def test_a_form_with_photos_is_sent_as_multipart() -> None:
    class Words(StepForm):
        words = forms.CharField()

    assert ui.sends_photos(Sample()) is True
    assert ui.sends_photos(Words()) is False
