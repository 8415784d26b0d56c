"""Counting costs no statement (these tests have no database) and a bounded memory."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import caches
from django.test import RequestFactory

from config.settings import base
from linli.foundation import limits
from linli.foundation.limits import TooMany

MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _shipped(settings):
    """The limits as they are shipped, and nothing counted yet."""
    settings.LIMITS = base.LIMITS
    caches["local"].clear()
    yield
    caches["local"].clear()


def asked_from(address: str) -> Any:
    request = RequestFactory().post("/report", REMOTE_ADDR=address)
    request.user = SimpleNamespace(is_authenticated=False)
    return request


def signed_in(*posts: str) -> Any:
    request = asked_from("192.0.2.1")
    request.user = SimpleNamespace(is_authenticated=True, pk="7")
    request.viewer = SimpleNamespace(posts=posts)
    return request


def test_a_hundred_thousand_addresses_are_held_in_bounded_memory():
    request = asked_from("")
    for n in range(100_000):
        request.META["REMOTE_ADDR"] = f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"
        limits.count(request, "report")

    held = caches["local"]._cache
    size = sum(sys.getsizeof(key) + sys.getsizeof(value) for key, value in held.items())
    sys.stdout.write(f"{len(held)} addresses in {size / MIB:.1f} MiB\n")
    assert 10_000 <= len(held) <= 20_000
    assert size <= 8 * MIB


def test_an_address_at_its_limit_is_not_forgotten_for_other_addresses_that_came_less_often():
    busy = asked_from("192.0.2.1")
    for _n in range(120):
        limits.count(busy, "report")
    other = asked_from("")
    for n in range(30_000):
        other.META["REMOTE_ADDR"] = f"10.0.{n >> 8}.{n & 255}"
        limits.count(other, "report")
        if n % 5_000 == 0:
            with pytest.raises(TooMany):
                limits.count(busy, "report")


@pytest.mark.parametrize("action", sorted(set(base.LIMITS) - {"guess", "guess_all"}))
def test_every_refusal_says_when_and_whom_to_ring(action, settings):
    settings.LIMITS = base.LIMITS | {action: "1/m"}
    settings.SERVICE_PHONE = "0851-12345"
    limits.count(asked_from("192.0.2.1"), action)

    with pytest.raises(TooMany) as refused:
        limits.count(asked_from("192.0.2.1"), action, field="photos")

    said = str(refused.value.message)
    assert all(number in said for number in ("0851-12345", "110", "119", "120"))
    assert said.endswith("。")
    assert (refused.value.status, refused.value.field) == (429, "photos")
    assert 59 <= refused.value.retry_after <= 60


def test_several_at_once_count_each(settings):
    settings.LIMITS = base.LIMITS | {"photos": "10/m"}
    limits.count(asked_from("192.0.2.1"), "photos", times=9)

    with pytest.raises(TooMany):
        limits.count(asked_from("192.0.2.1"), "photos", times=2)


def test_who_holds_a_post_is_not_counted_and_a_resident_is_counted_wherever_they_are(settings):
    settings.LIMITS = base.LIMITS | {"report": "1/m"}
    for _n in range(3):
        limits.count(signed_in("a post"), "report")
    limits.count(asked_from("192.0.2.1"), "report")
    limits.count(signed_in(), "report")

    with pytest.raises(TooMany):
        limits.count(signed_in(), "report")


def test_every_installation_counts_in_the_memory_of_its_processes():
    assert base.LOCAL_CACHE["BACKEND"] == "django.core.cache.backends.locmem.LocMemCache"
    assert base.LOCAL_CACHE["LOCATION"] != ""  # the empty name is the default cache's
