"""What every test stands on: both databases, a fresh copy for tests that commit, honest skips."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests.copies import fresh_copy, keep_template
from tests.figures import figure, lines  # noqa: F401 -- a fixture for every test
from tests.logs import no_error_is_logged  # noqa: F401 -- a fixture for every test
from tests.outbound import stays_here, watch  # noqa: F401 -- a fixture for every test
from tests.postgres import Cluster
from tests.shared import SHARED

SKIPS = Path(__file__).with_name("skips.txt")
POSTGRESQL = os.environ.get("LINLI_TEST_DB", "sqlite") == "postgresql"
DATABASES = {"django_db_setup", "db", "transactional_db", "live_server"}  # the ways to the run's own
COMMITS = "These tests commit: {}. Ask for committed_db (or live_site): a fresh copy of a migrated database."

cluster_key = pytest.StashKey[Cluster]()
absent_key = pytest.StashKey[list[str]]()
_skipped: dict[str, str] = {}


def pytest_configure(config: pytest.Config) -> None:
    watch()
    config.stash[absent_key] = []
    only_sends_out = bool(getattr(config.option, "numprocesses", None)) and not hasattr(config, "workerinput")
    if POSTGRESQL and not only_sends_out and not config.option.collectonly:
        cluster = Cluster(Path(settings.DATABASES["default"]["HOST"]))
        cluster.start()
        config.stash[cluster_key] = cluster


def pytest_unconfigure(config: pytest.Config) -> None:
    if settings.configured:
        shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
    if cluster := config.stash.get(cluster_key, None):
        cluster.stop()


def pytest_report_header() -> str:
    return f"databases: {'PostgreSQL' if POSTGRESQL else 'SQLite'}"


def pytest_itemcollected(item: pytest.Item) -> None:
    if _asks_no_database(item) and not item.get_closest_marker("servers"):
        item.add_marker("once")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if committing := [item.nodeid for item in items if _commits(item)]:
        raise pytest.UsageError(COMMITS.format(", ".join(committing)))
    for item in items:
        if item.get_closest_marker("django_db") or "db" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db(databases="__all__"), append=False)
    if not SHARED.is_dir():
        absent = [item for item in items if item.get_closest_marker("shared")]
        items[:] = [item for item in items if item not in absent]
        config.hook.pytest_deselected(items=absent)
        config.stash[absent_key].extend(item.nodeid for item in absent)


def _asks_no_database(item: pytest.Item) -> bool:
    """Is it the same whichever database the run is on? It may start an installation of its own."""
    return not (item.get_closest_marker("django_db") or DATABASES & set(getattr(item, "fixturenames", ())))


def _commits(item: pytest.Item) -> bool:
    """Would it have to empty tables that refuse to be emptied?"""
    fixtures = set(getattr(item, "fixturenames", ()))
    if marker := item.get_closest_marker("django_db"):
        return bool(marker.kwargs.get("transaction") or "committed_db" in fixtures)
    return bool(fixtures & {"transactional_db", "live_server"})


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Migrate both databases once per process (and worker)."""
    with django_db_blocker.unblock():
        created = setup_databases(verbosity=0, interactive=False, aliases=set(connections))
    yield
    with django_db_blocker.unblock():
        teardown_databases(created, verbosity=0)


@pytest.fixture(scope="session")
def _template(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    with django_db_blocker.unblock():
        return keep_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def committed_db(
    _template: dict[str, str], django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> Iterator[None]:
    """For tests that commit or use threads: a fresh copy of the migrated databases, dropped afterwards."""
    with django_db_blocker.unblock(), fresh_copy(_template, tmp_path):
        yield


@pytest.fixture
def live_site(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the site from a fresh copy; give its address, without a slash at the end."""
    # Playwright keeps an event loop running in the test's thread, where Django would refuse its queries.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    server = LiveServer("localhost")
    yield server.url
    server.stop()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _skipped[report.nodeid] = reason


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        _skipped[report.nodeid] = str(report.longrepr)


def _unlisted() -> dict[str, str]:
    """The skips that tests/skips.txt (lines "test: reason") does not allow."""
    lines = SKIPS.read_text(encoding="utf-8").splitlines()
    listed = {line.partition(": ")[0] for line in lines if line and not line.startswith("#")}
    return {test: reason for test, reason in _skipped.items() if test not in listed}


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if os.environ.get("CI") == "true" and _unlisted() and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    told = [report for group in terminalreporter.stats.values() for report in group]
    if table := list(lines(told)):
        terminalreporter.section("figures")
        for line in table:
            terminalreporter.line(line)
    if absent := config.stash[absent_key]:
        terminalreporter.section("left out")
        terminalreporter.line(
            f"{len(absent)} tests need the shared data, and {SHARED.name}/ is not on this machine."
        )
    if os.environ.get("CI") == "true" and (unlisted := _unlisted()):
        terminalreporter.section("skipped without being listed in tests/skips.txt")
        for test, reason in unlisted.items():
            terminalreporter.line(f"{test}: {reason}")
