"""Small wrongs for a function: a condition turned round, a filter or a guard left out, an answer made up."""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
TURNS: dict[type[ast.AST], type[ast.AST]] = {
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
NARROWS = {"filter", "exclude", "Q"}
FUNCTIONS = (ast.FunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Mutant:
    """One wrong. ``text`` is what stood there and what stands there now; ``make`` gives the whole module with it."""

    file: str
    function: str
    line: int
    text: str
    make: Callable[[], ast.Module]

    @property
    def name(self) -> str:
        """Without the line: an edit above it leaves the name as it is."""
        return f"{self.file} {self.function}: {self.text}"


def mutants_of(path: Path, file: str) -> Iterator[Mutant]:
    """Give every wrong for every function of a file."""
    source = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(source) for child in ast.iter_child_nodes(node)}
    for number, node in enumerate(ast.walk(source)):
        function = _function(node, parents)
        if not function or _is_annotation(node, parents):
            continue
        for text, changed in _wrongs(node, parents):
            make = functools.partial(_with, source, number, changed)
            yield Mutant(file, function, node.lineno, text, make)  # type: ignore[attr-defined]


def _with(source: ast.Module, number: int, changed: ast.AST) -> ast.Module:
    """Return a copy in which the node of this number is another; the first stays beside it, never reached.

    So a function keeps the same free variables, and its code can be put in the place of the first.
    """
    tree = copy.deepcopy(source)
    old = next(node for count, node in enumerate(ast.walk(tree)) if count == number)
    both: ast.AST
    if isinstance(old, ast.stmt):
        both = ast.If(ast.Constant(True), [changed], [copy.deepcopy(old)])
    else:
        both = ast.IfExp(ast.Constant(True), changed, copy.deepcopy(old))
    _replace(tree, old, ast.copy_location(both, old))
    return ast.fix_missing_locations(tree)


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if value is old:
                setattr(node, name, new)
                return
            if isinstance(value, list):
                for place, one in enumerate(value):
                    if one is old:
                        value[place] = new
                        return


def _function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    """Name the functions around a node, the outermost first; "" if it stands in none, or in a decorator."""
    names: list[str] = []
    inside = False
    while (parent := parents.get(node)) is not None:
        if isinstance(parent, FUNCTIONS):
            body = parent.body if isinstance(parent.body, list) else [parent.body]
            if node in body:
                inside = True
                names.append(getattr(parent, "name", "<lambda>"))
        elif isinstance(parent, ast.ClassDef):
            names.append(parent.name)
        node = parent
    return ".".join(reversed(names)) if inside else ""


def _is_annotation(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    while (parent := parents.get(node)) is not None:
        if isinstance(parent, ast.AnnAssign) and parent.annotation is node:
            return True
        if isinstance(parent, ast.arg) or (isinstance(parent, ast.FunctionDef) and parent.returns is node):
            return True
        node = parent
    return False


def _wrongs(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Give what was and what is instead, with the node that is instead."""
    for changed in _changed(node, parents):
        if ast.dump(changed) != ast.dump(node):
            yield f"{_short(node)} → {_short(changed)}", changed


def _short(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:110]


def _changed(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield ast.Compare(node.left, [SWAPS[type(op)]()], node.comparators)  # type: ignore[list-item]
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(TURNS[type(op)](), values)  # type: ignore[arg-type]
            yield from (_rest(op, values, place) for place in range(len(values)))
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            yield ast.BinOp(node.left, TURNS[type(node.op)](), node.right)  # type: ignore[arg-type]
            yield from (node.left, node.right)
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            yield node.operand
        case ast.Call(func=ast.Name(id="any" | "all" as word)):
            yield ast.Call(ast.Name("all" if word == "any" else "any", ast.Load()), node.args, node.keywords)
        case ast.Call() if _name(node) in NARROWS:
            yield from _wider(node)
    yield from _left_out(node, parents)
    for test in _tests(node, parents):
        yield ast.UnaryOp(ast.Not(), test)


def _left_out(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    """Give what stands instead of a whole statement: another answer, or nothing."""
    match node:
        case ast.Return(value=ast.expr()) if _answers(node, parents) == "bool":
            yield from (ast.Return(ast.Constant(answer)) for answer in (True, False))
        case ast.Raise():
            yield ast.Pass()
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            yield ast.Pass()


def _tests(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.expr]:
    """Give the node itself if it is what an ``if`` asks; a comparison is turned round in its own way."""
    parent = parents.get(node)
    asked = isinstance(parent, ast.If | ast.IfExp | ast.While) and parent.test is node
    asked = asked or (isinstance(parent, ast.comprehension) and node in parent.ifs)
    if asked and isinstance(node, ast.expr) and not isinstance(node, ast.Compare | ast.UnaryOp):
        yield node


def _rest(op: ast.boolop, values: list[ast.expr], place: int) -> ast.expr:
    others = [value for number, value in enumerate(values) if number != place]
    return others[0] if len(others) == 1 else ast.BoolOp(op, others)


def _wider(node: ast.Call) -> Iterator[ast.expr]:
    """Give the call without each of its conditions in turn."""
    for place in range(len(node.args)):
        yield ast.Call(node.func, [*node.args[:place], *node.args[place + 1 :]], node.keywords)
    for place in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, [*node.keywords[:place], *node.keywords[place + 1 :]])


def _name(node: ast.Call) -> str:
    return getattr(node.func, "attr", "") or getattr(node.func, "id", "")


def _answers(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    while not isinstance(node, FUNCTIONS):
        node = parents[node]
    return ast.unparse(node.returns) if isinstance(node, ast.FunctionDef) and node.returns else ""
