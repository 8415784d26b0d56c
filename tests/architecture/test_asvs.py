"""The table of OWASP ASVS 5.0 is whole and true to the tests it names (reliability K9)."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache

from tests.architecture.asvs import CHAPTERS, PAGE, STANDINGS, lines, page
from tests.architecture.sources import ROOT, tree

LONGEST = 12  # words in which a line says what it is about
SENTENCE_ENDS = (".", "。")


def test_every_line_of_levels_one_and_two_is_there_once_and_thirty_of_level_three(figure):
    table = lines()
    there = Counter((line.number[0], line.level) for line in table)
    wanted = {
        (chapter, level): count
        for chapter, (_name, *counts) in CHAPTERS.items()
        for level, count in enumerate(counts[:2], start=1)
        if count
    }
    low = sum(count for (_chapter, level), count in there.items() if level < 3)
    figure("K9", "lines of ASVS 5.0, levels 1 and 2", target="253", n=low, floor=253, got=low)

    assert [line.id for line in table] == [line.id for line in sorted(table, key=lambda line: line.number)]
    assert len({line.id for line in table}) == len(table)
    assert {key: count for key, count in there.items() if key[1] < 3} == wanted
    assert sum(wanted.values()) == 70 + 183
    assert sum(count for (_chapter, level), count in there.items() if level == 3) >= 30
    assert all(there[chapter, 3] <= CHAPTERS[chapter][3] for chapter in CHAPTERS)


def test_sections_are_numbered_without_a_gap_in_levels_one_and_two():
    """Ids that were misread would leave a section without its first line, or a chapter without a section."""
    sections: dict[int, set[int]] = {}
    for line in lines():
        sections.setdefault(line.number[0], set()).add(line.number[1])
    first = {chapter: min(found) for chapter, found in sections.items()}
    assert set(first) == set(CHAPTERS)
    assert {chapter: number for chapter, number in first.items() if number != 1} == {
        3: 2
    }  # 3.1 is level 3 alone


def test_nothing_is_blank_and_every_reason_is_a_sentence():
    wrong = [
        line.id
        for line in lines()
        if not line.what
        or len(line.what.split()) > LONGEST
        or line.standing not in STANDINGS
        or (line.standing == "held") != (not line.why)
        or (line.standing == "held" and not line.where)
        or (line.why and not (line.why.endswith(SENTENCE_ENDS) and len(line.why.split()) >= 4))
    ]
    assert wrong == []


def test_every_test_that_is_named_exists():
    named = {test for line in lines() for test in line.where}
    assert len(named) > 150
    assert sorted(test for test in named if not _exists(test)) == []
    assert not _exists("tests/architecture/test_asvs.py::test_there_is_none_of_this_name")


def test_the_page_is_made_from_the_table():
    """Among it: what is not held, and how many lines that is."""
    assert PAGE.read_text(encoding="utf-8") == page(lines())


def _exists(test: str) -> bool:
    file, _, name = test.partition("::")
    return "[" not in name and name in _tests_of(file)


@cache
def _tests_of(file: str) -> set[str]:
    path = ROOT / file
    if not path.is_file() or not path.name.startswith("test_"):
        return set()
    return {
        node.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
