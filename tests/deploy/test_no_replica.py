"""Nothing is decided by what a standby says: no standby is asked (reliability: what is read there may be old)."""

from __future__ import annotations

import re

from django.apps import apps
from django.conf import settings
from django.db import router

from tests.deploy.values import ROOT


def test_there_is_one_database_and_the_store_of_keys_and_each_model_is_read_where_it_is_written():
    models = apps.get_models(include_auto_created=True)
    read = {(router.db_for_read(model), router.db_for_write(model)) for model in models}

    assert set(settings.DATABASES) == {"default", "keys"}
    assert len(models) >= 50
    assert read == {("default", "default"), ("keys", "keys")}


def test_every_way_to_postgresql_leads_to_the_machine_that_leads():
    haproxy = (ROOT / "deploy/haproxy/haproxy.cfg").read_text(encoding="utf-8")
    listening = re.findall(r"^(?:listen|frontend|backend) (\w+)", haproxy, re.MULTILINE)
    asked = re.findall(r"httpchk OPTIONS (\S+)", haproxy)
    urls = [
        line
        for name in ("web", "work", "owner")
        for line in (ROOT / f"deploy/environment/{name}.env").read_text(encoding="utf-8").splitlines()
        if "DATABASE_URL" in line
    ]

    assert (listening, asked) == (["primary"], ["/primary"])
    assert len(urls) == 6
    assert {re.findall(r"@\{\{(\w+?)_address", line)[0] for line in urls} == {"primary", "pooler"}
    assert "target_session_attrs" not in "".join(urls)
    pooled = (ROOT / "deploy/pgbouncer/pgbouncer.ini").read_text(encoding="utf-8")
    assert set(re.findall(r"host=\{\{(\w+)\}\}", pooled)) == {"primary_address"}
