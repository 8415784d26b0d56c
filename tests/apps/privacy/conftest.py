from __future__ import annotations

import pytest

from tests.apps.privacy.asking import Asked
from tests.world import a_world


@pytest.fixture
def asked(db: None) -> Asked:
    """A county in which somebody, with an account, has reported things, and a data officer who answers."""
    return Asked(a_world())
