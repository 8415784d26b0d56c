"""Scripts in every text that people write, on every page, in a real browser: none runs, none is even tried."""

from __future__ import annotations

import pytest

from tests.acceptance.strewn import payloads, strewn
from tests.acceptance.test_scripts_in_words import ROLES
from tests.authorisation import matrix
from tests.authorisation.neighbourhood import address

pytestmark = [pytest.mark.browser, pytest.mark.proof]
AT_ONCE = 55  # payloads in one neighbourhood
ROUNDS = 4
RAN = "window.xss7 = () => { console.error('RAN ' + location.pathname) }"


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_no_script_in_any_text_runs_in_chromium(open_as, heard, figure, turn):
    """``heard`` holds errors, violations of the policy and requests that leave the site: nothing, or this fails."""
    texts = payloads()[turn * AT_ONCE :][:AT_ONCE]
    here, opened = strewn(texts), 0
    for role in ROLES:
        page = open_as(here.people.get(role))
        page.add_init_script(RAN)
        page.on("dialog", lambda dialog: (heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        for url in addresses(role, here):
            if page.goto(url, wait_until="load").status == 200:
                opened += 1
        page.close()
    figure(
        "I3", f"{len(texts)} scripts in every text, pages opened in Chromium, round {turn + 1} of {ROUNDS}",
        target="0 ran, 0 tried", n=opened, floor=80, got=f"{len(heard)} heard of",
    )  # fmt: skip


def addresses(role, here):
    """The address of every page that this role may read."""
    rows = [row for row in matrix.rows() if row.method == "GET" and row.expected[role] == "200"]
    found = [
        address(row.route, row.relation, here) for row in rows if not row.route.startswith(("api/", "files/"))
    ]
    skipped = (
        "sign-out",
        "/file",
        "export",
        "format=csv",
        "outlines",
        "map/cases",
        "copy.",
        "/metrics",
        "/health",
    )
    return dict.fromkeys(url for url in found if not any(part in url for part in skipped))
