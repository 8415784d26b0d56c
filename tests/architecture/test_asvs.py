"""The table of OWASP ASVS 5.0 is whole and true to the tests it names (reliability K9)."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache

from tests.architecture.asvs import CHAPTERS, PAGE, STANDINGS, lines, page
from tests.architecture.sources import ROOT, tree

LONGEST = 12  # words in which a line says what it is about
SENTENCE_ENDS = (".", "。")


def test_every_line_of_the_standard_is_there_once(figure):
    table = lines()
    there = Counter((line.number[0], line.level) for line in table)
    wanted = {
        (chapter, level): count
        for chapter, (_name, *counts) in CHAPTERS.items()
        for level, count in enumerate(counts, start=1)
        if count
    }
    low = sum(count for (_chapter, level), count in there.items() if level < 3)
    figure("K9", "lines of ASVS 5.0, levels 1 and 2", target="253", n=low, floor=253, got=low)

    assert [line.id for line in table] == [line.id for line in sorted(table, key=lambda line: line.number)]
    assert len({line.id for line in table}) == len(table) == 70 + 183 + 92
    assert there == wanted


def test_sections_and_lines_are_numbered_without_a_gap():
    """An id that was misread leaves a gap, and stands where another should."""
    sections: dict[int, dict[int, list[int]]] = {}
    for line in lines():
        chapter, section, number = line.number
        sections.setdefault(chapter, {}).setdefault(section, []).append(number)
    assert list(sections) == list(CHAPTERS)
    for found in sections.values():
        assert list(found) == list(range(1, len(found) + 1))
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in found.values())


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
