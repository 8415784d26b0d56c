"""One application machine in front of one PostgreSQL, or of three, for all the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.deploy.archive import Archive
from tests.deploy.database import Database
from tests.deploy.machines import Machines
from tests.deploy.site import Site, wait_for_answer

POOLED = 3  # connections to PostgreSQL: fewer than ask for one, so that they are shared


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    try:
        site.write(pool_size=str(POOLED), machine_port=site.values["primary_port"])
        database = Database(site.folder, site.values)
        site.programs["postgresql"] = database.program
        database.found(site.etc / "postgresql/roles.sql", site.values["superuser_password"])
        Archive(site.values).backrest("stanza-create")
        site.prepare()
        site.start()
        wait_for_answer(site)
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    """One application machine in front of three database machines under Patroni."""
    site = Site()
    machines = Machines(site)
    try:
        machines.start()
        Archive(machines.primary().values).backrest("stanza-create")
        site.prepare()
        site.start()
        site.start_worker(2)
        wait_for_answer(site)
        yield machines
    finally:
        with ExitStack() as ending:
            ending.callback(site.stop)
            ending.callback(machines.end)
            ending.callback(site.halt, but=("etcd", "patroni"))  # while there is a database to say goodbye to


@pytest.fixture(scope="module")
def place(site: Site) -> str:
    return str(site.told["place"])


@pytest.fixture(scope="module")
def clerks(site: Site) -> list[Any]:
    """Staff, each signed in over a connection of their own."""
    return [site.client().sign_in(username) for username in site.told["clerks"]]
