"""What a page asks of the database, beside whether what it keeps in memory is still so.

A test's own changes are not committed, so that each look into memory asks after its
stamp; in production stamps are read once a second, whatever a page shows.
"""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def queries_of(client: Client, address: str) -> list[str]:
    """Return the statements of one request, after one that has filled the memory."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured if "journal_stamp" not in query["sql"]]
