"""The floors: what the same machine does in the same minute when there is hardly anything to do.

A bare answer: Django with one view and no middleware, through the same server with the
same workers and threads. Raw inserts: a transaction of three rows (case, event, vault
record) of the shipped tables' shape, committed durably, with psycopg alone.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from typing import Any
from uuid import uuid4

import psycopg
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

TABLES = """
CREATE TABLE floor_case (id uuid PRIMARY KEY, number varchar(24) UNIQUE, track varchar(64) UNIQUE, path varchar(128),
  holder uuid, opened_at timestamptz, facts jsonb);
CREATE INDEX ON floor_case (holder, opened_at, id);
CREATE TABLE floor_event (id bigserial PRIMARY KEY, subject uuid, version int, name varchar(64), at timestamptz,
  data jsonb, digest bytea, UNIQUE (subject, version));
CREATE TABLE floor_record (id bigserial PRIMARY KEY, subject uuid, code varchar(64), cipher bytea,
  UNIQUE (subject, code))
"""
DATA = json.dumps(
    {"path": "/1/2/3/4/5/6/", "category": "homes.light", "holder": "0" * 36, "round": 1, "channel": "web"}
)


def answer(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


urlpatterns = [path("", answer)]


def application(environ: Any, start_response: Any) -> Any:
    return _bare()(environ, start_response)


def _bare() -> Any:
    if not settings.configured:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="floor", MIDDLEWARE=[])  # noqa: S106 -- protects nothing
    if not _made:
        _made.append(get_wsgi_application())
    return _made[0]


_made: list[Any] = []


def raw_inserts(host: str, *, clients: int, seconds: float) -> tuple[float, int]:
    """Return transactions a second and how many there were, ``clients`` processes at once."""
    with psycopg.connect(host=host, user="postgres", dbname="floor", autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS floor_case, floor_event, floor_record")
        connection.execute(TABLES)
    context = multiprocessing.get_context("spawn")
    with context.Pool(clients) as pool:
        barrier_at = time.time() + 1.5 + clients * 0.25
        counts = pool.starmap(_insert, [(host, barrier_at, seconds)] * clients)
    return sum(counts) / seconds, sum(counts)


def _insert(host: str, start: float, seconds: float) -> int:
    connection = psycopg.connect(host=host, user="postgres", dbname="floor", prepare_threshold=None)
    time.sleep(max(0.0, start - time.time()))
    end, done = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        one = uuid4()
        with connection.transaction():
            connection.execute(
                "INSERT INTO floor_case VALUES (%s, %s, %s, '/1/2/3/4/5/6/', %s, now(), '{}')",
                [one, one.hex[:24], one.hex * 2, one],
            )
            connection.execute(
                "INSERT INTO floor_event (subject, version, name, at, data, digest) VALUES (%s, 1, 'raise', now(), %s, %s)",
                [one, DATA, one.bytes * 2],
            )
            connection.execute(
                "INSERT INTO floor_record (subject, code, cipher) VALUES (%s, 'requests.text', %s)",
                [one, one.bytes * 6],
            )
        done += 1
    connection.close()
    return done
