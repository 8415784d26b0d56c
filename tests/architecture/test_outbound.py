"""One file of ours opens connections to elsewhere; whoever needs one asks it."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import name, python, tree

DOOR = "linli/foundation/outbound.py"
# Is our own site up, at the address that the administrator has told? Asked by hand, on the machine itself.
OWN_SITE = "config/doctor.py"
# Hangs up on a database that does not answer: a connection that stands, and no new one.
HANGS_UP = "linli/foundation/postgresql/confirming.py"
OPENS = frozenset(
    """
    aiohttp asyncore asyncio.open_connection django.core.mail ftplib grpc http.client httpcore httpx imaplib nntplib
    niquests paramiko poplib pycurl requests smtplib socket ssl telnetlib urllib.request urllib3 websockets xmlrpc
    """.split()  # noqa: SIM905 -- a list to be read
)


def opened(module: ast.Module) -> set[str]:
    """Return which of the modules that open connections are named in an import or by their dotted name."""
    found: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                found |= {one.name for one in names}
            case ast.ImportFrom(module=str(of), names=names, level=0):
                found |= {of} | {f"{of}.{one.name}" for one in names}
            case ast.Attribute(value=ast.Name("asyncio")):
                found.add(ast.unparse(node))
    return {one for one in OPENS if any(f"{word}.".startswith(f"{one}.") for word in found)}


def test_one_file_opens_connections_to_elsewhere():
    found = {name(path): words for path in python("config", "linli") if (words := opened(tree(path)))}

    assert set(found) - {HANGS_UP} == {DOOR, OWN_SITE}
    assert found.get(HANGS_UP, {"socket"}) == {"socket"}
    assert found[OWN_SITE] == {"http.client", "socket", "urllib.request"}


@pytest.mark.parametrize(
    "text",
    ["import requests", "import http.client as h", "from urllib import request", "from urllib.request import urlopen",
     "import urllib3.util", "asyncio.open_connection(a, b)", "from django.core.mail import send_mail"],
)  # fmt: skip
def test_the_finder_finds(text):
    assert opened(ast.parse(text))


@pytest.mark.parametrize(
    "text", ["from urllib.parse import quote", "from http import HTTPStatus", "request.user"]
)
def test_the_finder_lets_be(text):
    assert opened(ast.parse(text)) == set()
