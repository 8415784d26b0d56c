"""``python -m tests.proofs.durability.lay_out``: migrate the configured installation, lay out a neighbourhood, tell where."""

from __future__ import annotations

import json

import django

django.setup()

from django.core.management import call_command  # noqa: E402 -- after set-up
from django.db import connections  # noqa: E402 -- after set-up

from tests.kernel.people.builders import signed_in  # noqa: E402 -- after set-up
from tests.world import a_world  # noqa: E402 -- after set-up

if __name__ == "__main__":
    for alias in connections:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    world = a_world("default", fresh=True)
    cookies = signed_in(world.people["supervisor"]).cookies
    told = {
        "building": str(world.building.pk),
        "community": str(world.community.pk),
        "supervisor": "; ".join(f"{name}={one.value}" for name, one in cookies.items()),
    }
    print(json.dumps(told))
