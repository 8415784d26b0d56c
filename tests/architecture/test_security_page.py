"""docs/security.md says what the code does: figures, ways in, files with cryptography, connections."""

from __future__ import annotations

import ast
import re
from datetime import timedelta

import pytest
from django.conf import settings

from config.passwords import KNOWN_WORDS
from linli.kernel.people.services import accounts, codes, entering
from linli.shell.signin import forms, session
from linli.shell.signin.urls import urlpatterns
from tests.architecture.sources import ROOT, name, python, tree

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
CRYPTOGRAPHY = {
    "hashlib", "hmac", "cryptography", "secrets", "django.utils.crypto", "django.core.signing", "nacl", "Crypto"
}  # fmt: skip
WIRES = {"http.client", "socket", "ssl", "urllib.request", "smtplib", "requests", "httpx", "aiohttp"}


def test_the_page_on_security_says_what_the_settings_say():
    rates = settings.ACCOUNT_RATE_LIMITS
    lengths = [v["OPTIONS"]["min_length"] for v in settings.AUTH_PASSWORD_VALIDATORS if "OPTIONS" in v]
    longest = forms.NewPassword.base_fields["password"].max_length
    minutes, hours, days = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

    assert rates["phone_code"] == "10/h/ip,3/h/key"
    assert "3 codes an hour to a number, 10 from an address" in PAGE
    assert (rates["phone_try"], rates["entry_code"]) == ("60/h/ip", "20/h/ip")
    assert "60 tries an hour from an address" in PAGE
    assert PAGE.count("20 tries an hour from an address") == 2
    assert rates["login_failed"] == "10/m/ip,5/15m/key"
    assert "5 wrong tries a quarter of an hour for an account, 10 a minute from an address" in PAGE
    assert f"6 digits, {codes.PHONE_CODE_LIVES // minutes} minutes, {codes.PHONE_CODE_TRIES} tries" in PAGE
    assert f"120 bits, {accounts.INVITATION_LIVES // days} days, once" in PAGE
    assert f"a token from the machine, {entering.SETUP_LIVES // minutes} minutes, once" in PAGE
    assert f"have {lengths[0]} to {longest} characters" in PAGE
    assert " · ".join(f"`{word}`" for word in KNOWN_WORDS) in PAGE
    assert f"out after {session.IDLE // minutes} minutes of nothing" in PAGE
    assert f"after {session.ABSOLUTE // hours} hours in any case; one session at a time" in PAGE
    assert f"Residents: {settings.SESSION_COOKIE_AGE // 86400} days" in PAGE
    assert settings.PASSWORD_HASHERS  # the shipped one has its own test
    assert "kept 35 days" in PAGE


@pytest.mark.parametrize(
    "heading", ["Ways in", "Sessions", "Keys and ciphers", "Connections", "Logs", "Libraries"]
)
def test_the_page_on_security_has_each_part(heading):
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    assert len(part.split()) > 40


def test_the_page_on_security_names_every_way_in():
    ways = {f"`/{way.pattern}`" for way in urlpatterns}
    assert len(ways) >= 15
    assert {way for way in ways if way not in PAGE} == set()


def test_the_page_on_security_lists_every_file_that_uses_cryptography():
    listed = set(
        re.findall(r"`((?:config|linli)/[\w/]+\.py)`", PAGE.partition("## Keys")[2].partition("\n## ")[0])
    )
    assert listed == {name(path) for path in python("config", "linli") if _uses(path, CRYPTOGRAPHY)}


def test_the_page_on_security_names_every_connection():
    listed = set(
        re.findall(
            r"`((?:config|linli)/[\w/]+\.py)`", PAGE.partition("## Connections")[2].partition("\n## ")[0]
        )
    )
    assert listed == {name(path) for path in python("config", "linli") if _uses(path, WIRES)}


def test_the_log_goes_to_standard_error_alone():
    """One handler in one file, and no file is opened by it; no module of ours makes another."""
    made = [
        (name(path), ast.unparse(node))
        for path in python("config", "linli")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Constant) and str(node.value).startswith("logging."))
        or (isinstance(node, ast.Attribute) and node.attr in {"addHandler", "FileHandler", "basicConfig"})
    ]
    assert made == [("config/logs.py", "'logging.StreamHandler'")]


def _uses(path, modules):
    for node in ast.walk(tree(path)):
        match node:
            case ast.Import(names=names):
                found = {one.name for one in names}
            case ast.ImportFrom(module=str(module)):
                found = {module}
            case ast.Attribute(attr="urandom", value=ast.Name(id="os")):
                return "hashlib" in modules
            case _:
                continue
        if any(one in modules or one.split(".")[0] in modules for one in found):
            return True
    return False
