from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from linli.kernel.journal import queries, services, verify
from linli.kernel.journal.models import Seal
from tests.kernel.journal.builders import a_record
from tests.kernel.journal.conftest import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _hours(count: int, start: int = 0) -> None:
    for hour in range(start, start + count):
        a_record()
        a_record()
        services.sequence(NOW + hour * HOUR)
        services.seal(NOW + hour * HOUR)


def test_each_hour_is_sealed_once_and_hangs_on_the_one_before() -> None:
    _hours(3)
    assert services.seal(NOW + 3 * HOUR) == 0  # nothing new
    spans = Seal.objects.order_by("from_position").values_list("kind", "from_position", "to_position")
    assert list(spans) == [("hourly", 1, 2), ("hourly", 3, 4), ("hourly", 5, 6)]
    seals = list(Seal.objects.order_by("from_position"))
    assert [bytes(seal.prev) for seal in seals] == [b"", bytes(seals[0].digest), bytes(seals[1].digest)]
    assert len({bytes(seal.digest) for seal in seals}) == 3


def test_a_day_of_shanghai_gets_one_root_over_its_hours(settings: Settings, tmp_path: Path) -> None:
    settings.ROOTS_FOLDER = tmp_path / "roots"
    _hours(10)  # 17:30 of the first of July to 02:30 of the second, in Shanghai
    root = Seal.objects.get(kind="daily")
    assert (str(root.day), root.from_position, root.to_position) == ("2026-07-01", 1, 14)
    _hours(24, start=10)
    assert [
        str(day) for day in Seal.objects.filter(kind="daily").order_by("day").values_list("day", flat=True)
    ] == [
        "2026-07-01",
        "2026-07-02",
    ]
    files = sorted(path.name for path in settings.ROOTS_FOLDER.iterdir())
    assert files == ["2026-07-01-events.json", "2026-07-02-events.json"]
    first = json.loads((settings.ROOTS_FOLDER / files[0]).read_text())
    assert first["root"] == bytes(root.digest).hex()
    assert [found["day"] for found in queries.roots()] == ["2026-07-02", "2026-07-01"]
    assert verify.run().findings == []


def test_what_is_not_sealed_yet_is_stated() -> None:
    _hours(1)
    a_record()
    services.sequence(NOW)
    assert queries.unsealed()["events"] == {"rows": 1, "since": NOW}
    out = StringIO()
    call_command("verify", stdout=out)
    assert "events：最后 1 条尚未封存" in out.getvalue()
    assert "没有发现问题。" in out.getvalue()


def test_verify_answers_in_json_and_fails_when_something_is_found(settings: Settings, tmp_path: Path) -> None:
    settings.ROOTS_FOLDER = tmp_path
    _hours(10)
    out = StringIO()
    call_command("verify", "--json", stdout=out)
    assert json.loads(out.getvalue())["findings"] == []
    assert json.loads(out.getvalue())["counts"]["published roots"] == 1
    file = tmp_path / "2026-07-01-events.json"
    published = json.loads(file.read_text())
    other_day = published | {"day": "2026-06-30"}
    for name, said, sentence in [
        (file.name, json.dumps(published | {"root": "00" * 32}), "不一样"),
        (file.name, "{", "不一样"),
        ("2026-06-30-events.json", json.dumps(other_day), "不见了"),
    ]:
        kept = file.read_text()
        (tmp_path / name).write_text(said)
        out = StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("verify", "--json", stdout=out)
        file.write_text(kept)
        assert ended.value.code == 1
        found = json.loads(out.getvalue())["findings"]
        assert [finding["check"] for finding in found] == ["journal.roots"]
        assert sentence in found[0]["sentence"]
