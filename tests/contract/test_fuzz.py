"""Thousands of requests made from the schema, as three roles: no 5xx, and no answer that is not documented."""

from __future__ import annotations

import logging
from collections import Counter

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.authorisation.neighbourhood import PROOF, a_neighbourhood

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EACH = 18  # requests of one operation as one role: two thousand in all
LEAST = 700
MANY = 16_700  # of each of three roles: fifty thousand
MOST_TURNS = 60


@pytest.fixture(autouse=True)
def _one_connection():
    """Keep the test's transaction open across requests, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


ROLES = [("own", "replied"), ("clerk", "held"), ("property", "working")]


@pytest.mark.slow  # two thousand requests
@pytest.mark.django_db
@pytest.mark.parametrize(("role", "relation"), ROLES)
def test_what_the_schema_allows_is_answered_as_the_schema_says(role, relation):
    answers = storm(role, relation, LEAST)
    print(f"{role}: {sum(answers.values())} requests, {dict(sorted(answers.items()))}")


@pytest.mark.proof
@pytest.mark.django_db
@pytest.mark.parametrize(("role", "relation"), ROLES)
def test_fifty_thousand_requests_are_answered_as_the_schema_says(role, relation, figure):
    answers = storm(role, relation, MANY)
    figure(
        "I1", f"requests from the schema as {role}: 5xx, undocumented", target="0, 0",
        n=sum(answers.values()), floor=MANY, got="0, 0",
    )  # fmt: skip


def storm(role, relation, least):
    """Ask every operation, round after round until ``least`` were sent; return how often each status came."""
    here = a_neighbourhood()
    client = here.client(role)
    signed = {
        "cookies": {name: morsel.value for name, morsel in client.cookies.items()},
        "headers": {"X-CSRFToken": PROOF, "Host": "localhost"},
    }
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    operations = [found.ok() for found in schema.get_all_operations()]
    answers: Counter[int] = Counter()
    logging.disable(logging.ERROR)
    try:
        for turn in range(MOST_TURNS):
            for operation in operations:
                for mode, share in ((GenerationMode.POSITIVE, 2), (GenerationMode.NEGATIVE, 1)):
                    ask(operation, (mode, EACH * share // 3, turn), signed, here.cases[relation], answers)
            if sum(answers.values()) >= least:
                break
    finally:
        logging.disable(logging.NOTSET)
    assert sum(answers.values()) >= least
    assert max(answers) < 500
    assert answers[401] == 0
    assert answers[200] + answers[201] >= 10
    return answers


def ask(operation, how, signed, subject, answers):
    """Send requests of an operation, half of them about a case that this role knows.

    ``how``: which kind, how many at most, and the turn, which is the seed.
    """
    mode, most, turn = how

    @seed(turn)
    @settings(
        max_examples=most, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case):
        if "case_id" in case.path_parameters and sum(answers.values()) % 2:
            case.path_parameters["case_id"] = str(subject.pk)
            if isinstance(case.body, dict) and sum(answers.values()) % 4 == 1:
                case.body["version"] = subject.version
        cache.clear()
        with transaction.atomic():
            response = case.call(**signed)
            transaction.set_rollback(True)
        answers[response.status_code] += 1
        case.validate_response(response, checks=list(CHECKS))

    send()
