"""The published API is the served API: docs/openapi.json, one operation per step, refusals as problems."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.api import PROBLEM
from linli.apps.requests.flow import FLOW, PROTECTED
from linli.kernel.cases.rules import clock

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
MUST_SAY = {"401", "403", "404", "409", "422"}


@pytest.fixture
def served(client):
    return client.get("/api/v1/openapi.json").json()


@pytest.mark.django_db
def test_the_published_schema_is_the_served_one(served):
    """After a wanted change: ``python -m tests.contract.publish``."""
    assert served == json.loads(PUBLISHED.read_text(encoding="utf-8"))


@pytest.mark.django_db
def test_the_schema_is_made_once_however_often_it_is_asked_for(client, monkeypatch):
    first = client.get("/api/v1/openapi.json").content
    monkeypatch.setattr("ninja.main.get_schema", lambda **_asked: pytest.fail("made again"))

    assert client.get("/api/v1/openapi.json").content == first


@pytest.mark.django_db
@pytest.mark.parametrize(("flow", "plural"), [(FLOW, "requests"), (PROTECTED, "protected")])
def test_every_step_that_a_person_takes_is_one_operation(served, flow, plural):
    under = f"/api/v1/{plural}/{{case_id}}/"
    there = {path.removeprefix(under) for path in served["paths"] if path.startswith(under)}

    assert there == {
        step.name for step in flow.steps.values() if step.name != "raise" and step.who is not clock
    }


@pytest.mark.django_db
def test_every_operation_documents_its_refusals_as_problems(served):
    for path, operations in served["paths"].items():
        for method, operation in operations.items():
            refusals = {status: said for status, said in operation["responses"].items() if int(status) >= 400}
            assert set(refusals) >= MUST_SAY, (path, method)
            for status, said in refusals.items():
                assert list(said["content"]) == [PROBLEM], (path, method, status)


@pytest.mark.django_db
def test_every_step_needs_the_version_that_was_seen(served):
    steps = [path for path in served["paths"] if path.count("/") == 5]
    assert len(steps) > 30
    for path in steps:
        body = served["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert "version" in body["required"], path
        assert body["additionalProperties"] is False, path
