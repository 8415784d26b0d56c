"""How the pins are judged: an old patch is wrong, an index that is silent is wrong, a newer minor is told."""

from __future__ import annotations

from tests.architecture.newest import ROOT, judged, pins


def test_an_old_patch_and_an_answer_that_did_not_come_are_wrong():
    wanted = {"Django": "5.2.4", "segno": "1.6.6", "pillow": "13.0.0", "numpy": "2.4.6"}
    found = {
        "Django": ["6.0.1", "5.2.19", "5.2.4", "4.2.1"],
        "segno": [],
        "pillow": ["13.1.0", "13.0.0"],
        "numpy": ["2.4.7rc1", "2.4.6"],
    }
    wrong, told = judged(wanted, found)

    assert wrong == ["Django: 5.2.4 is pinned, 5.2.19 is out", "segno: not asked, the index gave no answer"]
    assert told == ["pillow: 13.0.0 is pinned, there is 13.1.0"]


def test_every_library_we_run_on_is_pinned_to_one_version():
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if line.strip() and not line.startswith("#")]

    assert len(pins("\n".join(named))) == len(named) >= 30
