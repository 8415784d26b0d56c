"""What no code of ours does, however it is written: see docs/asvs.csv for the lines that rest on it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import pytest
from django.conf import settings

from tests.architecture.sources import ROOT, name, python, tree

CALLS = ("config", "linli")
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
ASKS_A_SHELL = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
TEMPLATES_OF_TEXT = {"Template", "from_string", "SafeString", "mark_safe"}
MAKES_OBJECTS = {"pickle", "marshal", "shelve", "dill", "yaml", "jsonpickle"}
READS_XML = {"xml", "lxml", "defusedxml", "xmltodict"}
OF_PATTERNS = {"compile", "match", "search", "fullmatch", "sub", "subn", "findall", "finditer", "split"}
# Chance that anybody could foresee: it spreads load, and lays out the demonstration.
GUESSABLE = {"linli/kernel/notices/services/sending.py", "config/refusals.py"}
LETS_IN = re.compile(r"Access-Control-Allow|corsheaders|django-cors", re.IGNORECASE)
OURS = [*ROOT.glob("frontend/src/*.js"), *ROOT.glob("linli/*/static/ui/*.js")]
IN_SCRIPTS = re.compile(
    r"\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.(?:write|cookie)|\beval\(|new Function|localStorage"
    r"|sessionStorage|indexedDB|postMessage|onmessage|[\"']message[\"']|__proto__|\bimport\(\s*[^\"'\s]"
)


def called(node: ast.AST) -> str:
    """Return the dotted name that is called here, or nothing."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def asks_a_shell_or_runs_text(node: ast.AST) -> bool:
    words = called(node)
    if words in RUNS_TEXT | ASKS_A_SHELL or words.rpartition(".")[2] in TEMPLATES_OF_TEXT:
        return True
    return isinstance(node, ast.keyword) and node.arg == "shell" and ast.unparse(node.value) != "False"


def imports(*modules: str) -> Callable[[ast.AST], bool]:
    def finds(node: ast.AST) -> bool:
        match node:
            case ast.Import(names=names):
                return any(one.name.split(".")[0] in modules for one in names)
            case ast.ImportFrom(module=str(module)):
                return module.split(".")[0] in modules
        return False

    return finds


def makes_a_pattern_from_text(node: ast.AST) -> bool:
    module, _, verb = called(node).rpartition(".")
    if module != "re" or verb not in OF_PATTERNS or not isinstance(node, ast.Call):
        return False
    return not isinstance(node.args[0], ast.Constant)


def places(finds: Callable[[ast.AST], bool]) -> list[str]:
    return [
        f"{name(path)}:{getattr(node, 'lineno', 0)}"
        for path in python(*CALLS)
        for node in ast.walk(tree(path))
        if finds(node)
    ]


def test_no_shell_is_asked_and_no_code_is_made_from_text():
    assert places(asks_a_shell_or_runs_text) == []


def test_nothing_is_unpickled_and_no_xml_is_read():
    assert places(imports(*MAKES_OBJECTS, *READS_XML)) == []
    assert getattr(settings, "SESSION_SERIALIZER", "").endswith("JSONSerializer")


def test_no_pattern_is_made_from_text():
    assert places(makes_a_pattern_from_text) == []


def test_chance_that_can_be_guessed_is_used_where_it_does_no_harm():
    found = {place.partition(":")[0] for place in places(imports("random"))}
    assert {file for file in found if not file.startswith("linli/demo/")} == GUESSABLE


def test_no_other_site_is_let_in():
    files = [*python(*CALLS), *ROOT.glob("deploy/nginx/*"), ROOT / "requirements.lock"]
    assert [name(file) for file in files if LETS_IN.search(file.read_text(encoding="utf-8"))] == []


def test_our_scripts_write_no_markup_and_keep_nothing():
    assert len(OURS) >= 4
    found = {name(file): IN_SCRIPTS.findall(file.read_text(encoding="utf-8")) for file in OURS}
    assert {file: words for file, words in found.items() if words} == {}


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("eval(text)", asks_a_shell_or_runs_text),
        ("subprocess.run(text, shell=True)", asks_a_shell_or_runs_text),
        ("engines['django'].from_string(text)", asks_a_shell_or_runs_text),
        ("import xml.etree.ElementTree", imports(*READS_XML)),
        ("from pickle import loads", imports(*MAKES_OBJECTS)),
        ("re.compile(f'^{text}')", makes_a_pattern_from_text),
    ],
)
def test_the_finders_of_dangers_find(text, finds):
    assert any(finds(node) for node in ast.walk(ast.parse(text)))


@pytest.mark.parametrize("text", ["a.innerHTML = b", "localStorage.a", "w.addEventListener('message', f)"])
def test_the_pattern_for_scripts_finds(text):
    assert IN_SCRIPTS.search(text)
