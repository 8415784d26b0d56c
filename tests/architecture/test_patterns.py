"""No pattern of ours takes long over a text made against it (reliability I9, ASVS 1.3.12)."""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Iterator
from itertools import product
from re import _constants as constants  # the library keeps its parser there since 3.11
from re import _parser as parser
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.sources import ROOT, name, python, tree

LENGTHS = (24, 30, 10_000, 100_000)  # what doubles with each character or two shows in the first
MOST = 0.05  # seconds of the processor, for one text
ASKS = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
KINDS = {
    constants.CATEGORY_DIGIT: "7", constants.CATEGORY_WORD: "w", constants.CATEGORY_SPACE: " ",
    constants.CATEGORY_NOT_DIGIT: "x", constants.CATEGORY_NOT_WORD: "!", constants.CATEGORY_NOT_SPACE: "x",
}  # fmt: skip


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern by where it stands: in the code, in the published schema, in the addresses."""
    found = {
        f"{name(path)}:{line}": text
        for path in python("config", "linli")
        for line, text in written(tree(path))
    }
    schema = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
    found |= {f"openapi {text}": text for text in in_schema(schema)}
    compiled = {place: re.compile(text) for place, text in found.items()}
    return compiled | dict(in_addresses(get_resolver().url_patterns))


def written(module: ast.Module) -> Iterator[tuple[int, str | bytes]]:
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=attr), args=[ast.Constant(value=text), *_]
            ) if attr in ASKS:
                yield node.lineno, text
            case ast.Call(func=ast.Name(id="RegexValidator"), args=[ast.Constant(value=text), *_]):
                yield node.lineno, text
            case ast.keyword(arg="pattern" | "regex", value=ast.Constant(value=str(text))):
                yield node.value.lineno, text


def in_schema(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(text := node.get("pattern"), str):
            yield text
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from in_schema(part)


def in_addresses(entries: list[Any]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from in_addresses(entry.url_patterns)
        elif isinstance(entry, URLPattern) and "<" in str(entry.pattern):
            yield f"address {entry.pattern}", entry.pattern.regex


def alphabet(pattern: re.Pattern[Any]) -> list[str]:
    """One character for each part of the pattern, and one that is in none."""
    flat: list[str] = []

    def walk(node: Any) -> None:
        match node:
            case (constants.LITERAL | constants.NOT_LITERAL, int(code)):
                flat.append(chr(code))
            case (constants.RANGE, (int(low), int(_high))):
                flat.append(chr(low))
            case (constants.CATEGORY, kind):
                flat.append(KINDS.get(kind, "w"))
            case list() | tuple() | parser.SubPattern():
                for part in node:
                    walk(part)

    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    walk(
        parser.parse(
            text, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
        )
    )
    return [*dict.fromkeys(flat), "\x01"]


def against(pattern: re.Pattern[Any], length: int, *, pairs: bool) -> Iterator[str | bytes]:
    """Texts that go on as the pattern wants and end as it does not."""
    letters = alphabet(pattern)
    units = letters + (["".join(pair) for pair in product(letters, repeat=2)] if pairs else [])
    for unit in units:
        text = (unit * (length // len(unit)))[: length - 1] + "\x01"
        for whole in (text, letters[0] + text):
            yield whole.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else whole


def slowest(pattern: re.Pattern[Any], *, pairs: bool = False) -> tuple[float, int]:
    """Return the seconds that the worst text took, and how many there were; short texts first."""
    count = 0
    for length in LENGTHS:
        for text, ask in product(against(pattern, length, pairs=pairs), (pattern.fullmatch, pattern.search)):
            count += 1
            if timed(ask, text) > MOST and (took := timed(ask, text)) > MOST:
                return took, count
    return 0.0, count


def timed(ask: Any, text: str | bytes) -> float:
    began = time.process_time()
    ask(text)
    return time.process_time() - began


def test_no_pattern_takes_long_over_a_text_made_against_it(figure):
    found = patterns()
    taken = {place: slowest(pattern) for place, pattern in found.items()}
    slow = {place: seconds for place, (seconds, _count) in taken.items() if seconds > MOST}
    figure(
        "I9", f"{len(found)} patterns against texts of 100,000", target="≤ 50 ms each",
        n=sum(count for _seconds, count in taken.values()), floor=300, got=f"{len(slow)} slower",
    )  # fmt: skip
    assert slow == {}
    assert len(found) >= 25


@pytest.mark.proof
def test_no_pattern_takes_long_over_pairs_of_its_characters(figure):
    own = {place: pattern for place, pattern in patterns().items() if not place.startswith("address")}
    taken = {place: slowest(pattern, pairs=True) for place, pattern in own.items()}
    slow = {place: seconds for place, (seconds, _count) in taken.items() if seconds > MOST}
    figure(
        "I9", "the same with every pair of their characters", target="≤ 50 ms each",
        n=sum(count for _seconds, count in taken.values()), floor=3_000, got=f"{len(slow)} slower",
    )  # fmt: skip
    assert slow == {}


@pytest.mark.parametrize("bad", [r"\d+$", r"^(\w\w?)*$"])
def test_the_measure_finds_a_pattern_that_is_slow(bad):
    assert slowest(re.compile(bad))[0] > MOST
