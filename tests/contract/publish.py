"""Write docs/openapi.json anew: ``python -m tests.contract.publish``."""

from __future__ import annotations

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")


def main() -> None:
    django.setup()
    from config.api import api  # noqa: PLC0415 -- after the set-up
    from tests.contract.test_schema import PUBLISHED  # noqa: PLC0415 -- after the set-up

    text = json.dumps(api.get_openapi_schema(), ensure_ascii=False, indent=1, sort_keys=True, default=str)
    PUBLISHED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
