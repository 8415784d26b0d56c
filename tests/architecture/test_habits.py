"""Rules about the code that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest
from django.apps import apps

from linli.kernel.journal.models import Journalled
from tests.architecture.sources import name, python, tree

Finder = Callable[[ast.AST], bool]
SETS_STATES = ("linli/kernel/journal/services",)
# Where a delivery or a picture stands is bookkeeping of the module's own job; it has no history.
KEEPS_BOOKS = ("linli/kernel/files/services", "linli/kernel/notices/services")


def places(finds: Finder, *, outside: tuple[str, ...] = ()) -> list[str]:
    """Return "file:line" for each node of config and linli that the finder knows."""
    return [
        f"{name(path)}:{node.lineno}"
        for path in python("config", "linli")
        if not name(path).startswith(outside or ("\0",))
        for node in ast.walk(tree(path))
        if finds(node)
    ]


def sets_a_state(node: ast.AST) -> bool:
    """Is this `x.state = …`, `setattr(x, "state", …)` or `….update(state=…)`?"""
    match node:
        case ast.Assign(targets=targets):
            parts = [part for target in targets for part in ast.walk(target)]
            return any(isinstance(part, ast.Attribute) and part.attr == "state" for part in parts)
        case (
            ast.AugAssign(target=ast.Attribute(attr="state"))
            | ast.AnnAssign(target=ast.Attribute(attr="state"))
        ):
            return True
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="state"), *_]):
            return True
        case ast.Call(func=ast.Attribute(attr="update"), keywords=keywords):
            return any(keyword.arg == "state" for keyword in keywords)
    return False


def compares_a_path_as_text(node: ast.AST) -> bool:
    """Is this `path__startswith=`, `path__like=` or `….path.startswith(…)`?"""
    match node:
        case ast.keyword(arg=str(word)):
            field, _, lookup = word.rpartition("__")
            return field.endswith("path") and lookup in {"startswith", "istartswith", "contains", "regex"}
        case ast.Call(func=ast.Attribute(attr="startswith", value=ast.Attribute(attr="path", value=owner))):
            return not (isinstance(owner, ast.Name) and owner.id == "request")
    return False


def builds_sql_from_text(node: ast.AST) -> bool:
    """Is this `….execute(…)`, `raw`, `extra` or `RawSQL` with text put together on the spot?

    A migration's schema editor is left alone: names of tables cannot be parameters.
    """
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="schema_editor"))):
            return False
        case ast.Call(func=ast.Attribute(attr="execute" | "executemany" | "raw" | "extra"), args=[first, *_]):
            return is_put_together(first)
        case ast.Call(func=ast.Name(id="RawSQL"), args=[first, *_]):
            return is_put_together(first)
    return False


def is_put_together(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr(values=values):
            return any(
                isinstance(value, ast.FormattedValue) and not is_constant(value.value) for value in values
            )
        case ast.BinOp(op=ast.Mod() | ast.Add()):
            return True
        case ast.Call(func=ast.Attribute(attr="format")):
            return True
    return False


def is_constant(node: ast.AST) -> bool:
    """A NAME in capitals is written in the code; so is what `quote_name` returns."""
    match node:
        case ast.Name(id=word):
            return word.isupper()
        case ast.Call(func=ast.Attribute(attr="quote_name")):
            return True
    return False


def spreads_a_request_into_a_query(node: ast.AST) -> bool:
    """Is this `f(**request.GET)`, `**request.POST.dict()` or the like?"""
    return (
        isinstance(node, ast.keyword)
        and node.arg is None
        and any(isinstance(part, ast.Name) and part.id == "request" for part in ast.walk(node.value))
    )


def swallows(node: ast.AST) -> bool:
    match node:
        case ast.ExceptHandler(body=[ast.Pass()]):
            return True
        case ast.ExceptHandler(type=None):
            return True
    return False


def test_only_the_journal_sets_a_state():
    assert places(sets_a_state, outside=SETS_STATES + KEEPS_BOOKS) == []
    assert [place for place in places(sets_a_state) if place.startswith(SETS_STATES)] != []


@pytest.mark.parametrize("module", ["files", "notices"])
def test_what_keeps_its_own_books_has_no_history_in_the_journal(module):
    models = apps.get_app_config(module).get_models()

    assert [model.__name__ for model in models if issubclass(model, Journalled)] == []


def test_a_path_is_compared_by_range_and_never_as_text():
    assert places(compares_a_path_as_text) == []


def test_no_sql_is_put_together_from_text():
    assert places(builds_sql_from_text) == []


def test_no_request_is_spread_into_a_query():
    assert places(spreads_a_request_into_a_query) == []


def test_no_error_is_swallowed():
    assert places(swallows) == []


@pytest.mark.parametrize(
    ("finds", "bad", "good"),
    [
        (sets_a_state, "case.state = 'x'", "state = case.state"),
        (sets_a_state, "case.state, case.version = 'x', 1", "state, version = case.state, case.version"),
        (sets_a_state, "Case.objects.update(state='x')", "Case.objects.filter(state='x')"),
        (sets_a_state, "setattr(case, 'state', 1)", "setattr(case, name, 1)"),
        (compares_a_path_as_text, "C.filter(place__path__startswith=p)", "C.filter(path__gte=p)"),
        (compares_a_path_as_text, "case.path.startswith(p)", "request.path.startswith('/api/')"),
        (builds_sql_from_text, "cursor.execute(f'SELECT {x}')", "cursor.execute('SELECT %s', [x])"),
        (builds_sql_from_text, "cursor.execute('SELECT %s' % x)", "cursor.execute(f'SELECT {NOW}')"),
        (spreads_a_request_into_a_query, "C.filter(**request.GET.dict())", "C.filter(**wanted)"),
        (swallows, "try: f()\nexcept ValueError: pass", "try: f()\nexcept ValueError: log()"),
    ],
)
def test_the_finders_find(finds, bad, good):
    assert any(finds(node) for node in ast.walk(ast.parse(bad)))
    assert not any(finds(node) for node in ast.walk(ast.parse(good)))
