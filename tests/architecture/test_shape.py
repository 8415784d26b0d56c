"""Files and functions a person can read, and modules a newcomer can use."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import LONGEST_FILE, LONGEST_FUNCTION, MODULES, ROOT, name, python, tree

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LONGEST_README = 40


@pytest.mark.parametrize("folder", ["config", "linli", "tests", "bench"])
def test_files_stay_readable(folder):
    long = {
        name(path): lines
        for path in python(folder)
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }

    assert long == {}


@pytest.mark.parametrize("folder", ["config", "linli", "tests", "bench"])
def test_functions_stay_readable(folder):
    long = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in python(folder)
        for node in ast.walk(tree(path))
        if isinstance(node, FUNCTIONS) and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]

    assert long == []


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_every_module_tells_a_newcomer_what_it_is_for(module):
    readme = module / "README.md"

    assert readme.exists(), f"{name(module)} has no README.md"
    assert 0 < len(readme.read_text(encoding="utf-8").splitlines()) <= LONGEST_README


def test_the_shelves_are_the_ones_of_the_house():
    shelves = {
        path.name for path in (ROOT / "linli").iterdir() if path.is_dir() and path.name != "__pycache__"
    }

    assert shelves == {"foundation", "kernel", "apps", "shell", "demo"}


def test_no_test_of_the_servers_lies_where_postgresql_leaves_all_out():
    embedded = {
        path.parent
        for path in python("tests")
        if path.name == "conftest.py" and '["test_*.py"] if' in path.read_text()
    }
    hidden = [
        name(path)
        for path in python("tests")
        if embedded & set(path.parents) and "mark.servers" in path.read_text()
    ]

    assert len(embedded) == 2  # the durability and the overload of the embedded tier
    assert hidden == []
