"""The functions that decide who may see and who may do, with every small wrong made in each: the tests find it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import pytest

from tests.proofs.deciding import GROUPS, NO_DIFFERENCE
from tests.proofs.mutants import mutants_of
from tests.proofs.mutating import ROOT, wrongs

WRONG = """
def rule(case, posts):
    if case.closed and not case.mine:
        raise Refused
    check(case)
    return any(post.desk == case.desk for post in posts) or Q(a=1, b=2) & Q(c=3)
"""


@pytest.mark.proof  # some four hundred and fifty wrongs
@pytest.mark.parametrize("group", GROUPS)
def test_every_wrong_in_a_function_that_decides_is_found(group, tmp_path, figure):
    found = tmp_path / "found.json"
    with_sqlite = {**os.environ, "LINLI_TEST_DB": "sqlite", "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    subprocess.run(
        [sys.executable, "-m", "tests.proofs.mutating", str(found), group],
        cwd=ROOT,
        env=with_sqlite,
        check=True,
    )
    results: dict[str, str] = json.loads(found.read_text(encoding="utf-8"))
    alive = sorted(
        name for name, result in results.items() if result != "found" and name not in NO_DIFFERENCE
    )
    n = sum(name not in NO_DIFFERENCE for name in results)

    print(*alive, sep="\n")
    figure("G6", f"{group}: wrongs found", target="≥ 98 %", n=n, floor=1, got=f"{(n - len(alive)) / n:.1%}")
    assert len(alive) <= 0.02 * n


def test_there_are_at_least_four_hundred_and_fifty_wrongs_and_few_that_make_no_difference(figure):
    names = [mutant.name for group in GROUPS.values() for mutant in wrongs(group.files)]

    assert [name for name in NO_DIFFERENCE if name not in names] == []
    assert len(NO_DIFFERENCE) <= len(names) * 0.02
    figure(
        "G6",
        "wrongs that make no difference, listed",
        target="≤ 2 %",
        n=len(names),
        floor=450,
        got=len(NO_DIFFERENCE),
    )


def test_the_wrongs_of_a_function_are_those_one_would_make(tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text(WRONG, encoding="utf-8")

    made = {mutant.text for mutant in mutants_of(file, "wrong.py")}

    assert {
        "case.closed and (not case.mine) → case.closed",
        "case.closed and (not case.mine) → case.closed or not case.mine",
        "not case.mine → case.mine",
        "raise Refused → pass",
        "check(case) → pass",
        "post.desk == case.desk → post.desk != case.desk",
        "Q(a=1, b=2) → Q(b=2)",
        "Q(a=1, b=2) & Q(c=3) → Q(a=1, b=2) | Q(c=3)",
        "Q(a=1, b=2) & Q(c=3) → Q(c=3)",
        "any((post.desk == case.desk for post in posts)) → all((post.desk == case.desk for post in posts))",
    } <= made
    assert all(
        ast.unparse(mutant.make()) != ast.unparse(ast.parse(WRONG)) for mutant in mutants_of(file, "wrong.py")
    )
