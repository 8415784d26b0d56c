from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.figures.builders import declared


@pytest.fixture
def figures() -> Iterator[None]:
    with declared():
        yield
