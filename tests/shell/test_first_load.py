"""A resident's first page: small enough for a mountain network, and something a phone can keep."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.world import a_world

pytestmark = pytest.mark.django_db
MOST = 100 * 1024  # bytes, compressed
ADDRESS = re.compile(r'(?:href|src)="/static/([^"#]+)')


def loaded(page: str) -> dict[str, bytes]:
    """All that a browser fetches to show the page, by name; what is for printing only comes later."""
    shown = re.sub(r"<link[^>]*media=\"print\"[^>]*>", "", page)
    names = set(ADDRESS.findall(shown)) | set(re.findall(r'/static/([^"#]+\.svg)#', shown))
    found = {}
    for name in names:
        path = finders.find(name)
        assert path, f"{name} is named and not there"
        found[name] = Path(str(path)).read_bytes()
    return found


@pytest.mark.parametrize("address", ["/", "/report", "/find"])
def test_the_first_load_is_at_most_a_hundred_kilobytes(address):
    a_world("wanshan")
    page = Client().get(address).content.decode()
    files = loaded(page)
    sizes = {name: len(gzip.compress(content)) for name, content in files.items()}
    total = len(gzip.compress(page.encode())) + sum(sizes.values())

    print(f"{address}: {total} bytes, {sizes}")
    assert {"vendor/base.js", "vendor/base.css", "ui/looks.css", "ui/ui.js", "ui/icons.svg"} <= set(files)
    assert not [name for name in files if "map" in name or "charts" in name]
    assert total <= MOST


def test_a_phone_can_keep_the_site_among_its_programs():
    page = Client().get("/").content.decode()
    (name,) = re.findall(r'<link rel="manifest" href="/static/([^"]+)"', page)
    manifest = json.loads(Path(str(finders.find(name))).read_text(encoding="utf-8"))

    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert manifest["short_name"] == "邻里"
    for icon in manifest["icons"]:
        assert finders.find(f"ui/{icon['src']}")
