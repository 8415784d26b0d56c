"""The drawn flows in the docs are those of the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from linli.kernel.cases import registry
from linli.kernel.cases.management.commands.draw_flows import drawn

DOCS = Path(__file__).parents[3] / "docs" / "flows"


@pytest.mark.parametrize("app", registry.every(), ids=lambda app: app.flow.name)
def test_the_drawn_flow_is_the_one_that_runs(app):
    assert (DOCS / f"{app.flow.name}.md").read_text(encoding="utf-8") == drawn(app.flow)
