"""What is proved here is the entrance, and ``linli serve`` behind it: on PostgreSQL it would be the same runs again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import POSTGRESQL
from tests.proofs.durability.serving import Installation
from tests.statics import collected

collect_ignore_glob = ["test_*.py"] if POSTGRESQL else []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """``linli serve`` over a neighbourhood, for all the tests of a file."""
    folder = tmp_path_factory.mktemp("overload")
    made = Installation(folder, folder / "serve.log", collected(tmp_path_factory))
    made.lay_out()
    made.start()
    yield made
    made.end()
    assert made.unforeseen() == []
