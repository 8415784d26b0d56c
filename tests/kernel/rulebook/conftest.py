"""The rulebook by itself: what people say about rights is left out, unless a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from linli.kernel.rulebook import registry


@pytest.fixture
def rights() -> list[registry.Guard]:
    """The guards as the installation has them."""
    return list(registry.GUARDS)


@pytest.fixture(autouse=True)
def guards(rights: list[registry.Guard]) -> Iterator[list[registry.Guard]]:
    """No guards but those a test puts in; afterwards all are back."""
    registry.GUARDS.clear()
    yield registry.GUARDS
    registry.GUARDS[:] = rights
