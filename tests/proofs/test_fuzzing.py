"""Each parser of our own is given what a search by its coverage thinks up: none breaks, none takes a second (I8)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARSERS = (
    "divisions", "divisions_packed", "geojson", "outlines", "telephone", "typed", "fields", "tracking_code",
    "page_mark", "api_body", "picture_header", "rule_text", "rule_data",
)  # fmt: skip
# For all of them together: three minutes, and fifteen where somebody has them (`FUZZ_SECONDS=900`).
SECONDS = int(os.environ.get("FUZZ_SECONDS", "180"))
DONE = re.compile(r"stat::number_of_executed_units: (\d{1,12})")
pytestmark = pytest.mark.once


def searched(parser: str, seconds: int, folder: Path) -> tuple[int, str]:
    """Search for so long; return how many inputs were tried and what went wrong, "" if nothing did."""
    corpus = folder / "corpus"
    corpus.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.proofs.fuzzing", parser, f"-max_total_time={seconds}", "-timeout=60",
         "-rss_limit_mb=2048", "-max_len=8192", "-print_final_stats=1", f"-artifact_prefix={folder}/", corpus],
        cwd=ROOT, capture_output=True, text=True, errors="replace", check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", "TMPDIR": str(folder), "LINLI_TEST_DB": "sqlite"},
    )  # fmt: skip
    tried = DONE.search(done.stderr)
    kept = [
        file.read_bytes()[:200]
        for file in folder.iterdir()
        if file.name.startswith(("crash", "slow", "oom", "timeout"))
    ]
    wrong = f"{kept} {done.stdout[-3000:]} {done.stderr[-3000:]}" if done.returncode or kept else ""
    return int(tried[1]) if tried else 0, wrong


@pytest.mark.proof  # SECONDS for all
@pytest.mark.parametrize("parser", PARSERS)
def test_no_input_breaks_a_parser_or_holds_it_for_a_second(parser, tmp_path, figure):
    seconds = max(1, SECONDS // len(PARSERS))
    tried, wrong = searched(parser, seconds, tmp_path)

    what = f"inputs in {seconds} s that break {parser} or take over 1 s of the processor"
    figure("I8", what, target="0", n=tried, floor=10 * seconds, got=int(bool(wrong)))
    assert wrong == ""


@pytest.mark.proof  # two processes that start with everything watched
@pytest.mark.parametrize(
    ("parser", "fault"), [("planted_crash", "KeyError"), ("planted_slowness", "TooSlow")]
)
def test_the_search_finds_a_fault_that_is_there(parser, fault, tmp_path):
    _tried, wrong = searched(parser, 60, tmp_path)

    assert fault in wrong
